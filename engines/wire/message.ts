import type { MarketEvent } from '../domain/market/market.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { Micros } from '../domain/time.ts'

/** A signal on its way to the simulator. */
export interface WireSignal extends Signal {
  /**
   * Wall-clock send time of the datagram that brought the causing tick from the streamer; 0 where there is none.
   * With it the simulator measures the way from tick to fill.
   */
  readonly originSentAt: Micros
}

/** All that travels in DATA datagrams; formats in PROTOCOL.md. */
export type WireMessage = MarketEvent | WireSignal

/** Longest `detail` or `reason` in UTF-16 code units; longer ones are cut on encoding. */
export const MAX_TEXT_LENGTH = 200
