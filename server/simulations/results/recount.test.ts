import { expect, it } from 'vitest'
import { SAMPLE_METRICS, sampleFill, samplePortfolio, sampleSpec } from '../../../tests/support/engines/events.ts'
import { recount, type StoredEvents } from './recount.ts'

const spec = sampleSpec('a-run')
const portfolio = samplePortfolio({ tradeCount: 2 })
const trade = (sequence: number) => ({ sequence, time: 1, fill: sampleFill() })

/** What is stored: trades of these numbers, and a portfolio behind the last of them. */
const storedOf = (sequences: readonly number[], portfolioAt: number): StoredEvents => ({
  trades: (_id, after, limit) =>
    Promise.resolve(
      sequences
        .filter((sequence) => sequence > after)
        .slice(0, limit)
        .map(trade),
    ),
  latestPortfolio: () => Promise.resolve({ sequence: portfolioAt, time: 1, portfolio }),
})

it('tells the trades that are stored, not those that were told', async () => {
  const told = { ...SAMPLE_METRICS, tradeCount: 489 }
  expect(await recount(spec, told, storedOf([2, 5], 6))).toMatchObject({ metrics: { tradeCount: 2, netProfit: 0n } })
})

it('leaves metrics as they are that agree with what is stored', async () => {
  const told = { ...SAMPLE_METRICS, tradeCount: 2, feesPaid: portfolio.feesPaid, netProfit: 0n }
  expect(await recount(spec, told, storedOf([2, 5], 6))).toEqual({})
  // A trade that came after the newest portfolio is not in them.
  expect(await recount(spec, told, storedOf([2, 5, 7], 6))).toMatchObject({ metrics: { tradeCount: 3 } })
})

it('reads any number of trades, and says nothing of a run of which there is nothing', async () => {
  const many = Array.from({ length: 4_100 }, (_, index) => index + 1)
  expect(await recount(spec, null, storedOf(many, 5_000))).toMatchObject({ metrics: { tradeCount: 4_100 } })
  const nothing = { trades: () => Promise.resolve([]), latestPortfolio: () => Promise.resolve(null) }
  expect(await recount(spec, null, nothing)).toEqual({})
})
