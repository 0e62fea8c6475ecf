import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTape } from '../../engines/edge/tape/reader.ts'
import { newDataDir } from '../support/server/server-process.ts'
import { makeTape, openPlatform, PATIENCE, type Platform } from '../support/server/platform.ts'

interface CandleView {
  readonly time: string
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
}

const CANDLES = `query ($id: ID!, $product: String!) {
  simulation(id: $id) { progress candles(product: $product) { candles { time open high low close } } } }`
const PRODUCTS = ['BTC-USD', 'ETH-USD']

/** The candles of a product, made of a tape without any of what makes them in a run. */
function candlesOfTape(path: string, product: string): CandleView[] {
  const seconds = new Map<number, number[]>()
  for (const event of [...readTape(path)].flat()) {
    if (event.type !== 'tick' || event.product !== product || event.price === 0) continue
    const second = Math.floor(event.time / 1e6)
    seconds.set(second, [...(seconds.get(second) ?? []), event.price / 10 ** event.unit.price])
  }
  const written = (price: number | undefined): string => String(price)
  return [...seconds].map(([second, prices]) => ({
    time: new Date(second * 1_000).toISOString().replace('Z', '000Z'),
    open: written(prices[0]),
    high: written(Math.max(...prices)),
    low: written(Math.min(...prices)),
    close: written(prices.at(-1)),
  }))
}

describe('the prices that a run keeps', () => {
  const directory = newDataDir()
  let platform: Platform

  beforeAll(async () => {
    makeTape(directory.path, 'short', 12, 3)
    makeTape(directory.path, 'sample', 5)
    platform = await openPlatform(directory.path)
  })
  afterAll(async () => {
    await platform.end()
    directory.remove()
  })
  const ask = async (id: string, product: string) => {
    type Answer = { simulation: { progress: number | null; candles: { candles: CandleView[] } } }
    const { simulation } = await platform.client.ask<Answer>(CANDLES, { id, product })
    return { progress: simulation.progress, candles: simulation.candles.candles }
  }

  it.each([
    { mode: 'BACKTEST' },
    // Fast enough to be over soon, and slow enough to be looked at on its way.
    { mode: 'REPLAY', speed: 4 },
  ])('of a $mode are those of its tape, to the last tick', async (input) => {
    // Nothing is signalled and nothing held: prices are kept all the same.
    const never = { simulatorParameters: { MIN_CONFIDENCE: 1 } }
    const { id } = await platform.start({ ...input, ...never, source: 'tape:short', products: PRODUCTS })
    await platform.reaches(id, 'COMPLETED')
    for (const product of PRODUCTS) {
      const { candles, progress } = await ask(id, product)
      expect(candles).toEqual(candlesOfTape(join(directory.path, 'tapes/short.tape'), product))
      expect(candles.length).toBeGreaterThan(8)
      // The tape's last event may be of another product.
      expect(progress).toBeGreaterThan(0.98)
    }
  })

  it('come while it goes on, with the share of the tape that it has gone through', async () => {
    const { id } = await platform.running({ mode: 'REPLAY', source: 'tape:short', products: PRODUCTS })
    const progress = async (): Promise<number> => (await ask(id, 'BTC-USD')).progress ?? 0
    await expect.poll(progress, PATIENCE).toBeGreaterThan(0)
    const first = await progress()
    expect(first).toBeLessThan(1)
    await expect.poll(progress, PATIENCE).toBeGreaterThan(first)
    const { candles } = await ask(id, 'BTC-USD')
    expect(candles.length).toBeGreaterThan(0)
    expect(candles).toEqual(candlesOfTape(join(directory.path, 'tapes/short.tape'), 'BTC-USD').slice(0, candles.length))
    await platform.stop(id)
    const { progress: stopped } = await ask(id, 'BTC-USD')
    expect(stopped).toBeGreaterThanOrEqual(first)
    expect(stopped).toBeLessThan(1)
  })
})
