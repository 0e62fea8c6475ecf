import { describe, expect, it } from 'vitest'
import type { MarketEvent, Tick } from '../domain/market/market.ts'
import { EIGHTHS, unitOf } from '../domain/market/unit.ts'
import { INFERRED_FROM, withInstruments } from './inferred-instruments.ts'

function tick(sequence: number, product: string, changes: Partial<Tick> = {}): Tick {
  const quote = { bid: 9_900_000_000, bidSize: 150_000_000, ask: 10_005_000_000, askSize: 100_000_000 }
  const trade = { price: 10_000_000_000, size: 25_000_000, tradeId: sequence, takerSide: 'BUY' as const }
  return { type: 'tick', sequence, time: sequence * 10, product, unit: EIGHTHS, ...quote, ...trade, ...changes }
}

const read = (...batches: (readonly MarketEvent[])[]): MarketEvent[] => [...withInstruments(batches)].flat()

describe('a tape of before products were defined', () => {
  it('tells of each what it was seen to be, before its first event, and that this was inferred', () => {
    const connected: MarketEvent = {
      type: 'feed',
      state: 'CONNECTED',
      product: '',
      count: 0,
      detail: '',
      sequence: 1,
      time: 10,
    }
    const events = [connected, tick(2, 'A-USD'), tick(3, 'B-USD', { price: 1, bid: 0, ask: 0, size: 300_000_000 })]
    const told = read(events, [tick(4, 'A-USD')])
    expect(told.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual([
      'feed 1',
      'instrument 0',
      'tick 2',
      'instrument 0',
      'tick 3',
      'tick 4',
    ])
    const origin = { unit: EIGHTHS, minSize: 0, maxSize: 0, minValue: 0n, origin: 'INFERRED' }
    expect(told[1]).toMatchObject({ ...origin, product: 'A-USD', time: 20, priceIncrement: 1_000_000 })
    expect(told[1]).toMatchObject({ sizeIncrement: 1_000_000 })
    expect(told[3]).toMatchObject({ ...origin, product: 'B-USD', priceIncrement: 1, sizeIncrement: 10_000_000 })
  })

  it('is looked at up to a bound, and passes on behind it as it is', () => {
    const first = Array.from({ length: INFERRED_FROM }, (_, at) => tick(at + 1, 'A-USD'))
    const later = [tick(INFERRED_FROM + 1, 'A-USD', { price: 1 }), tick(INFERRED_FROM + 2, 'C-USD')]
    const told = read(first, later)
    expect(told).toHaveLength(INFERRED_FROM + 3)
    expect(told[0]).toMatchObject({ type: 'instrument', priceIncrement: 1_000_000 })
    expect(told.slice(-2)).toEqual(later)
  })

  it('is not touched where it tells of its products itself', () => {
    const unit = unitOf(2, 8)
    const increments = { priceIncrement: 1, sizeIncrement: 1, minSize: 0, maxSize: 0, minValue: 0n }
    const notice = { type: 'instrument', product: 'A-USD', unit, ...increments, origin: 'VENUE' } as const
    const events: MarketEvent[] = [{ ...notice, sequence: 1, time: 1 }, tick(2, 'A-USD', { unit })]
    expect(read(events)).toEqual(events)
  })
})
