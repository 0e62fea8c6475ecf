import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MICROS_PER_SECOND } from '../../domain/time.ts'
import { createCandleStore, GRANULARITIES, inventPast } from './candles.ts'
import { LISTINGS } from '../listing.ts'

const DAY = 86_400

describe('candles', () => {
  it('hold the extremes, ends and volume of the trades in each bucket, and omit empty buckets', () => {
    const trades = fc.array(
      fc.record({
        step: fc.integer({ min: 0, max: 400 }),
        price: fc.integer({ min: 1, max: 500 }),
        size: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(trades, fc.constantFrom(...GRANULARITIES), (drawn, granularity) => {
        const store = createCandleStore()
        const expected = new Map<number, { prices: number[]; volume: number }>()
        let time = 1_000_000
        for (const { step, price, size } of drawn) {
          time += step
          store.add(time * MICROS_PER_SECOND, price, size)
          const start = Math.floor(time / granularity) * granularity
          const bucket = expected.get(start) ?? { prices: [], volume: 0 }
          expected.set(start, { prices: [...bucket.prices, price], volume: bucket.volume + size })
        }
        const rows = [...expected].map(([start, { prices, volume }]) => {
          const [low, high] = [Math.min(...prices), Math.max(...prices)]
          return [start, low, high, prices[0], prices.at(-1), volume]
        })
        expect(store.rows(granularity, 0, time)).toEqual(rows.reverse().slice(0, 300))
      }),
    )
  })

  it('give the figures of the last 24 hours, the current minute included', () => {
    const store = createCandleStore()
    const add = (second: number, price: number) => store.add(second * MICROS_PER_SECOND, price, 2)
    add(100, 5)
    add(DAY, 50)
    add(DAY + 3600, 40)
    add(DAY + 7200, 60)
    expect(store.day((DAY + 7200) * MICROS_PER_SECOND)).toEqual({
      open: 50,
      high: 60,
      low: 40,
      volume24h: 6,
      volume30d: 180,
    })
  })

  it('are kept for a week or so, not for ever', () => {
    const store = createCandleStore()
    for (let minute = 0; minute < 20_000; minute += 1) store.add(minute * 60 * MICROS_PER_SECOND, 1, 1)
    const days = store.rows(DAY, 0, 20_000 * 60)
    expect(days.length).toBeGreaterThanOrEqual(7)
    expect(days.length).toBeLessThanOrEqual(10)
  })

  it('lead without a break up to the start price of a generated market', () => {
    const listing = LISTINGS.get('DOGE-USD')!
    const rows = inventPast(3, listing, 1_790_000_030 * MICROS_PER_SECOND)
    expect(rows).toHaveLength(1440)
    expect(rows.at(-1)![4]).toBe(listing.startPrice)
    rows.slice(1).forEach((row, index) => {
      expect(row[0]).toBe(rows[index]![0] + 60)
      expect(row[3]).toBe(rows[index]![4])
    })
  })
})
