import { AMOUNT_ONE } from '../domain/money.ts'
import { describe, expect, it } from 'vitest'
import { expectIdentity, expectSane, runPipeline } from '../../tests/support/engines/pipeline-run.ts'
import { sandboxEngine } from '../../server/simulations/engine-specs.ts'
import rsi from '../algorithm/strategies/rsi.ts'
import { SANDBOX_PRODUCTS } from '../exchange-sandbox/listing.ts'
import { parseConfig } from '../exchange-sandbox/server/config.ts'
import { generateEvents } from './generated-market.ts'

const START = 1_767_571_200_000_000

describe('every product that the sandbox offers', () => {
  it('is in the market that a server launches for it', () => {
    expect(parseConfig(sandboxEngine(1, 'info').env).products).toEqual(SANDBOX_PRODUCTS)
  })

  it.each(SANDBOX_PRODUCTS)('can be traded: %s', (product) => {
    const market = { seed: 1, products: [product], startTime: START, seconds: 60, activity: 1 }
    const events = [...generateEvents(market)].flat()
    const ticks = events.filter((event) => event.type === 'tick')
    expect(ticks.length).toBeGreaterThan(100)
    for (const { bid, ask, price, size, bidSize, askSize } of ticks) {
      expect(bid > 0 && bid < ask && [bid, ask, price, size, bidSize, askSize].every(Number.isSafeInteger)).toBe(true)
    }
    const told = runPipeline({ ...rsi, defaults: { ...rsi.defaults, RSI_PERIOD: 3 } }, events, { MIN_CONFIDENCE: 0 })
    expect(told.filter(({ type }) => type === 'fill').length).toBeGreaterThan(0)
    const finished = told.at(-1)!
    if (finished.type !== 'finished') throw new Error('the run did not finish')
    expectIdentity(finished.portfolio, 100_000n * AMOUNT_ONE)
    expectSane(finished.metrics)
  })
})
