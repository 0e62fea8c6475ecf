import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MICROS_PER_SECOND } from '../../engines/domain/time.ts'
import type { SeenTick } from '../../schema/context.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { newestBuffer } from '../bus/buffer.ts'
import { BY_SECOND } from './seen-tick.ts'

type Prices = Record<string, { open: number; high: number; low: number; close: number }>

/** What became of the price in each second. */
function candlesOf(ticks: readonly SeenTick[]): Prices {
  const candles: Prices = {}
  for (const tick of ticks) {
    const [open, high, low, close] = [
      tick.open ?? tick.price,
      tick.high ?? tick.price,
      tick.low ?? tick.price,
      tick.price,
    ]
    const candle = (candles[`${tick.product} ${Math.floor(tick.time / MICROS_PER_SECOND)}`] ??= {
      open: Number(open),
      high: -Infinity,
      low: Infinity,
      close: 0,
    })
    candle.high = Math.max(candle.high, Number(high))
    candle.low = Math.min(candle.low, Number(low))
    candle.close = Number(close)
  }
  return candles
}

it('makes the same candles of the ticks that are given as of all there were, however often the reader takes some', async () => {
  const step = fc.record({
    product: fc.constantFrom('BTC-USD', 'ETH-USD'),
    // Whoever takes none has to be given up to 240 seconds at once.
    after: fc.integer({ min: 0, max: 4 * MICROS_PER_SECOND }),
    price: fc.integer({ min: 1, max: 1_000 }),
    takes: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const buffer = newestBuffer<SeenTick>(BY_SECOND.keyOf, BY_SECOND)
      const [all, given]: [SeenTick[], SeenTick[]] = [[], []]
      let time = 0
      for (const [index, { product, after, price, takes }] of steps.entries()) {
        time += after
        const tick = { ...tickNumber(index + 1, product), time, price }
        all.push(tick)
        buffer.push(tick)
        for (let left = Math.min(takes, buffer.size); left > 0; left--)
          given.push((await buffer.next()).value as SeenTick)
      }
      buffer.end()
      for await (const tick of buffer) given.push(tick)
      expect(candlesOf(given)).toEqual(candlesOf(all))
      expect(given.length).toBeLessThanOrEqual(all.length)
    }),
  )
})
