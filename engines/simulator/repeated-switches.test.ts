import fc from 'fast-check'
import { expect, it } from 'vitest'
import { specOf } from '../../tests/support/engines/tape-run.ts'
import { catalog } from '../algorithm/catalog.ts'
import { createAlgorithmCore } from '../algorithm/core.ts'
import { checkParameters } from '../domain/parameters.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import { TRADING_STATES } from '../domain/trading/order.ts'
import { placeSwitches, readSwitches, writeSwitches } from '../domain/trading/switches.ts'
import { generateEvents } from '../pipeline/generated-market.ts'
import type { SimulatorInput } from './contract.ts'
import { createSimulatorCore } from './core.ts'
import { simulatorParameters } from './parameters.ts'

const products = ['BTC-USD', 'ETH-USD']
const spec = specOf('rsi', products, { RSI_PERIOD: 5, RSI_OVERBOUGHT: 60, RSI_OVERSOLD: 40, SIGNAL_COOLDOWN_MS: 0 })

/** Market events, each before the signals that it raised. */
function inputs(): readonly SimulatorInput[] {
  const algorithm = createAlgorithmCore(catalog.find('rsi')!, spec.algorithmParameters)
  const all: SimulatorInput[] = []
  const market = { seed: 7, startTime: 1_767_571_200_000_000, seconds: 10, activity: 2, products }
  for (const batch of generateEvents(market)) {
    for (const event of batch) {
      all.push(event)
      algorithm.step(event, (signal) => all.push(signal))
    }
  }
  return all
}

function run(stream: readonly SimulatorInput[], parameters = {}): readonly SimulatorEvent[] {
  const core = createSimulatorCore({ ...spec.simulatorParameters, ORDER_LATENCY_MS: 30, ...parameters })
  const events: SimulatorEvent[] = []
  for (const input of [...stream, { type: 'end' } as const]) core.step(input, (event) => events.push(event))
  return events
}

it('repeats a run that was switched at whatever places, also before all and between signals', () => {
  const stream = inputs()
  const places = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: stream.length }), state: fc.constantFrom(...TRADING_STATES) }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(places, (switches) => {
      const switched = stream.flatMap((input, index) => [
        ...switches.filter(({ at }) => at === index).map(({ state }) => ({ type: 'trading', state }) as const),
        input,
      ])
      const told = run(switched)
      const changes = told.filter((event) => event.type === 'trading').filter(({ cause }) => cause === 'SWITCH')
      const signals = told.flatMap((event) =>
        event.type === 'signal' ? [{ sequence: event.sequence, cause: event.signal.cause }] : [],
      )
      const text = writeSwitches(placeSwitches(changes, signals))
      expect(checkParameters(simulatorParameters, { TRADING_SWITCHES: text })).toMatchObject({ ok: true })
      expect(writeSwitches(readSwitches(text))).toBe(text)
      expect(run(stream, { TRADING_SWITCHES: text })).toEqual(told)
    }),
    {
      numRuns: 15,
      examples: [
        [[{ at: 0, state: 'HALTED' }]],
        [
          stream
            .flatMap((input, at) => (input.type === 'signal' ? [{ at, state: 'HALTED' as const }] : []))
            .slice(0, 12),
        ],
      ],
    },
  )
})

it.each([
  ['no event', 'HALTED'],
  ['no such state', '7:CLOSED'],
  ['out of order', '9:HALTED 8:ACTIVE'],
  ['behind signals that come before', '9.2:HALTED 9.1:ACTIVE'],
  ['too many', Array.from({ length: 201 }, (_, at) => `${at}:HALTED`).join(' ')],
])('takes no text of switches that makes no sense: %s', (_what, text) => {
  const checked = checkParameters(simulatorParameters, { TRADING_SWITCHES: text })
  expect(checked).toMatchObject({ ok: false })
})
