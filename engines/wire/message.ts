import type { MarketEvent } from '../domain/market/market.ts'
import type { OrderCommand } from '../domain/trading/command.ts'
import type { TradingState } from '../domain/trading/order.ts'
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

/** A switch of trading at its place in the stream of an algorithm that trades on its account. */
export interface WireSwitch {
  readonly type: 'trading'
  /** It concerns all. */
  readonly product: ''
  readonly state: TradingState
}

/** All that travels in DATA datagrams; formats in PROTOCOL.md. */
export type WireMessage = MarketEvent | WireSignal | OrderCommand | WireSwitch

/** Longest `detail` or `reason` in UTF-16 code units; longer ones are cut on encoding. */
export const MAX_TEXT_LENGTH = 200
