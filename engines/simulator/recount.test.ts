import { expect, it } from 'vitest'
import { core, feedAll, signal, tick } from '../../tests/support/engines/simulator-run.ts'
import { simulatorParameters } from './parameters.ts'
import { Recount } from './recount.ts'

/** Opens, adds, turns short, closes; with a fee. */
const inputs = [
  ...[tick(0, 100, { spread: 2 }), signal(0, 'BUY'), tick(1_000, 104, { spread: 2 }), signal(1_000, 'SELL')],
  ...[
    tick(2_000, 99, { spread: 2 }),
    signal(2_000, 'SELL'),
    tick(3_000, 103, { spread: 2 }),
    signal(3_000, 'BUY'),
    tick(4_000, 101, { spread: 2 }),
  ],
]
const CHANGES = { TRADING_FEE_PCT: 0.001 }

it('counts again what a simulator told, from its fills and its newest portfolio', () => {
  const simulator = core(CHANGES)
  const events = feedAll(simulator, inputs)
  const count = new Recount(simulatorParameters.parse(CHANGES))
  for (const event of events) if (event.type === 'fill') count.add(event.fill)
  const { portfolio, metrics } = simulator.snapshot()
  expect(metrics.closedTradeCount).toBeGreaterThan(1)
  const unknown = { exposure: null, maxDrawdownStart: null, maxDrawdownTrough: null, maxDrawdownRecovery: null }
  expect(count.metrics(portfolio)).toEqual({ ...metrics, ...unknown, periods: 0 })
})

it('values what is held at the prices of the fills where no portfolio is as new as they', () => {
  const count = new Recount(simulatorParameters.parse(CHANGES))
  expect(count.metrics(null)).toMatchObject({ netProfit: 0n, tradeCount: 0, winRate: null })
  const fills = feedAll(core(CHANGES), inputs).flatMap((event) => (event.type === 'fill' ? [event.fill] : []))
  count.add(fills[0]!)
  expect(count.metrics(null)).toMatchObject({ netProfit: -fills[0]!.fee, tradeCount: 1, feesPaid: fills[0]!.fee })
})
