import { describe, expect, it } from 'vitest'
import { AccountCore, type AccountOutput } from '../algorithm/account-core.ts'
import { catalog } from '../algorithm/catalog.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import { defaultsOf } from '../domain/parameters.ts'
import type { SimulatorEvent } from '../domain/trading/event.ts'
import { createSimulatorCore } from '../simulator/core.ts'
import { simulatorParameters } from '../simulator/parameters.ts'
import { simulatorSettings } from '../simulator/settings.ts'
import { generateEvents } from './generated-market.ts'
import { createPipeline } from './pipeline.ts'

const products = ['BTC-USD', 'DOGE-USD']
const PARAMETERS = { ...defaultsOf(simulatorParameters), ORDER_LATENCY_MS: 20 }
const algorithm = catalog.find('market-maker')!
/** So near to the middle that it is met often. */
const NEAR = { ...algorithm.defaults, MAKER_SPREAD_BPS: 0.5 }

function market(seconds: number, seed = 3): MarketEvent[] {
  return [...generateEvents({ seed, startTime: 1_767_571_200_000_000, seconds, activity: 1, products })].flat()
}

/** Algorithm and simulator apart, with whatever becomes of what is sent between them. */
function apart(events: readonly MarketEvent[], pass: (message: MarketEvent | AccountOutput) => boolean = () => true) {
  const strategy = algorithm.strategy!(NEAR)
  const core = new AccountCore(strategy, simulatorSettings(PARAMETERS).broker, [])
  const simulator = createSimulatorCore(PARAMETERS)
  const told: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void told.push(event)
  for (const event of events) {
    const sent: (MarketEvent | AccountOutput)[] = [event]
    core.step(event, (output) => sent.push(output))
    for (const message of sent) if (pass(message)) simulator.step(message, emit)
  }
  core.check((output) => {
    if (pass(output)) simulator.step(output, emit)
  })
  return { simulator, told }
}

function together(events: readonly MarketEvent[]): readonly SimulatorEvent[] {
  const told: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void told.push(event)
  const options = { algorithm, algorithmParameters: NEAR, simulatorParameters: PARAMETERS }
  const pipeline = createPipeline(options)
  for (const event of events) pipeline.step(event, emit)
  return told
}

describe('an account that is kept beside the simulator’s', () => {
  it('is the same to the last event', () => {
    const events = market(120)
    const { simulator, told } = apart(events)
    expect(simulator.unbelievable).toBeNull()
    expect(told).toEqual(together(events))
    expect(told.filter(({ type }) => type === 'fill').length).toBeGreaterThan(10)
  })

  it.each<[what: string, lost: (message: MarketEvent | AccountOutput, at: number) => boolean]>([
    ['an order', (message) => message.type === 'command' && message.wish?.kind === 'PLACE'],
    ['a replacement', (message) => message.type === 'command' && message.wish?.kind === 'REPLACE'],
    ['a stretch of the market', (message, at) => message.type !== 'command' && at > 3_000 && at < 3_400],
  ])(
    'is found to be another where %s is lost: nothing is taken from there on, and what is open is closed',
    (_, lost) => {
      let seen = 0
      let dropped = 0
      const { simulator, told } = apart(market(60), (message) => {
        seen += 1
        const isLost =
          seen > 2_000 && dropped < 400 && lost(message, seen) && (message.type !== 'command' || dropped === 0)
        if (isLost) dropped += 1
        return !isLost
      })
      const { unbelievable } = simulator
      expect(unbelievable?.after).toBeGreaterThan(0)
      const after = told.findIndex((event) => event.type === 'order' && event.order.detail === 'the run is given up')
      const orders = told.slice(after).flatMap((event) => (event.type === 'order' ? [event.order] : []))
      // But what closes, which is told behind what was given up.
      expect(orders.every(({ state, reduceOnly }) => state === 'CANCELLED' || reduceOnly)).toBe(true)
      expect(simulator.snapshot().portfolio.positions).toEqual([])
      expect(simulator.broker?.openOrders).toEqual([])
    },
  )
})
