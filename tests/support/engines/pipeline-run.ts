import { expect } from 'vitest'
import type { Algorithm } from '../../../engines/algorithm/define-algorithm.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import { canonicalFill } from '../../../engines/domain/trading/fill.ts'
import type { MarketEvent } from '../../../engines/domain/market/market.ts'
import type { Metrics } from '../../../engines/domain/trading/metrics.ts'
import { divideHalfEven, type Amount } from '../../../engines/domain/money.ts'
import { defaultsOf } from '../../../engines/domain/parameters.ts'
import type { Portfolio } from '../../../engines/domain/trading/portfolio.ts'
import { createPipeline } from '../../../engines/pipeline/pipeline.ts'
import type { KernelVersion } from '../../../engines/domain/simulation.ts'
import { simulatorParameters } from '../../../engines/simulator/parameters.ts'

const DEFAULTS = defaultsOf(simulatorParameters)

/** All events of a run of `algorithm` over a market, with some of the simulator's parameters changed. */
export function runPipeline(
  algorithm: Algorithm,
  market: readonly MarketEvent[],
  changes: Record<string, unknown> = {},
  kernelVersion?: KernelVersion,
): SimulatorEvent[] {
  const simulator = { ...DEFAULTS, ...changes }
  const pipeline = createPipeline({
    algorithm,
    algorithmParameters: algorithm.defaults,
    simulatorParameters: simulator,
    ...(kernelVersion === undefined ? {} : { kernelVersion }),
  })
  const events: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => {
    events.push(event)
  }
  for (const event of market) pipeline.step(event, emit)
  pipeline.end(emit)
  return events
}

/** The lines that the run's fingerprint is taken over. */
export function fillLines(events: readonly SimulatorEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'fill' ? [canonicalFill(event.fill)] : []))
}

/** What a position is worth. */
export function worthOf({ markPrice, quantity }: { readonly markPrice: Amount; readonly quantity: Amount }): Amount {
  return divideHalfEven(markPrice * quantity, 10n ** 18n)
}

/** `equity = cash + Σ quantity × mark`, and the same from the side of the P&L, exactly. */
export function expectIdentity(portfolio: Portfolio, initial: bigint): void {
  const worth = portfolio.positions.reduce((sum, each) => sum + worthOf(each), 0n)
  expect(portfolio.equity).toBe(portfolio.cash + worth)
  expect(portfolio.equity).toBe(
    initial + portfolio.realizedPnl + portfolio.unrealizedPnl - portfolio.feesPaid - portfolio.borrowCost,
  )
}

/** No figure is NaN or infinite. */
export function expectSane(metrics: Metrics): void {
  for (const [name, figure] of Object.entries(metrics)) {
    if (typeof figure === 'number') expect([name, Number.isFinite(figure)]).toEqual([name, true])
  }
}
