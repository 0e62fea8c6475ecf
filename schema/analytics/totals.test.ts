import { expect, it } from 'vitest'
import { SAMPLE_METRICS } from '../../tests/support/engines/events.ts'
import { Group, Totals } from './totals.ts'

const run = (
  products: readonly string[],
  netProfit: bigint | null,
  totalReturn: number | null = 0.1,
  algorithm = 'rsi',
) => ({
  algorithm,
  products,
  metrics: netProfit === null ? null : { ...SAMPLE_METRICS, netProfit, totalReturn },
})

it('never adds money of different currencies', () => {
  const totals = new Totals()
  totals.add(run(['BTC-USD', 'ETH-USD'], 100n))
  totals.add(run(['ETH-BTC'], 7n, 0.3))
  totals.add(run(['SOL-BTC'], null))
  expect(totals.money).toMatchObject({ currency: 'BTC', runs: 2, netProfit: 7n })
  totals.add(run(['SOL-USD'], 1n))
  // As many runs in each: the first by name, whatever order they come in.
  expect(totals.money).toMatchObject({ currency: 'BTC', netProfit: 7n })
  totals.add(run(['SOL-USD'], 1n, null))
  expect(totals.money).toMatchObject({ currency: 'USD', runs: 3, netProfit: 102n })
  expect([totals.runs, totals.measured, totals.tradeCount]).toEqual([5, 4, 12])
  expect([totals.meanReturn, totals.bestReturn, totals.worstReturn]).toEqual([0.5 / 3, 0.3, 0.1])
})

it('says nothing of runs that are not there', () => {
  const { money, meanReturn, bestReturn, worstDrawdown } = new Totals()
  expect([money, meanReturn, bestReturn, worstDrawdown]).toEqual([null, null, null, null])
  expect(new Group().byAlgorithm).toEqual([])
})

it('sums up each algorithm in a currency of its own', () => {
  const group = new Group()
  group.add(run(['BTC-USD'], 1n))
  group.add(run(['BTC-USD'], 2n))
  group.add(run(['ETH-BTC'], 5n, 0.2, 'imbalance'))
  const told = group.byAlgorithm.map(({ algorithm, totals }) => [
    algorithm,
    totals.money?.currency,
    totals.money?.netProfit,
  ])
  expect(told).toEqual([
    ['imbalance', 'BTC', 5n],
    ['rsi', 'USD', 3n],
  ])
})
