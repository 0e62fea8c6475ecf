import { expect } from 'vitest'
import { gather, type Gathered } from '../time/gather.ts'
import { expectContiguous, type Platform } from './platform.ts'
import { storedEvents } from './session.ts'

/** A simulation with signals as often as can be, so that whatever happens, happens between some. */
export const busy = {
  algorithm: 'order-book-imbalance',
  algorithmParameters: { IMBALANCE_THRESHOLD: 0.01, MIN_VOLUME_THRESHOLD: 0, SIGNAL_COOLDOWN_MS: 0 },
  simulatorParameters: { MIN_CONFIDENCE: 0 },
  source: 'sandbox',
  products: ['BTC-USD', 'ETH-USD', 'SOL-USD'],
}

interface Numbered {
  readonly sequence: string
}

/** What a subscriber sees of a run, both lossless kinds, from the first event on. */
export interface Watched {
  readonly id: string
  readonly signals: Gathered<Numbered>
  readonly trades: Gathered<Numbered>
  /** Whether the server has ended both. */
  ended(): boolean
  stop(): Promise<void>
}

export function watch(at: Platform, id: string): Watched {
  const follow = (field: string): Gathered<Numbered> =>
    gather(at.client, `subscription ($id: ID!) { ${field}(simulationId: $id, after: "0") { sequence } }`, { id })
  const [signals, trades] = [follow('signals'), follow('trades')]
  return {
    id,
    signals,
    trades,
    ended: () => signals.ended() && trades.ended(),
    async stop() {
      await Promise.all([signals.stop(), trades.stop()])
    },
  }
}

/** Sees that a server has all events of a run that has ended, and gave each of them once, in order; returns how many. */
export async function expectWhole(at: Platform, databaseUrl: string, watched: Watched): Promise<number> {
  for (const list of ['signals', 'trades'] as const) {
    const stored = await storedEvents<Numbered>(at.client, watched.id, list, 'sequence')
    expect(watched[list].errors).toEqual([])
    expect(watched[list].items.map(({ sequence }) => sequence)).toEqual(stored.map(({ sequence }) => sequence))
  }
  return expectContiguous(databaseUrl, watched.id)
}
