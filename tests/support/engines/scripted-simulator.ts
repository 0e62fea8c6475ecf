import { inUnit } from '../../../engines/domain/market/counting.ts'
import type { Tick } from '../../../engines/domain/market/market.ts'
import { amountOf, type Amount, type Fixed } from '../../../engines/domain/money.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { Emit } from '../../../engines/domain/step.ts'
import type { Parameters } from '../../../engines/domain/simulation.ts'
import type { Broker } from '../../../engines/broker/broker.ts'
import type { OrderRequest } from '../../../engines/domain/trading/order-request.ts'
import type { SimulatorCore, SimulatorInput, SimulatorSnapshot } from '../../../engines/simulator/contract.ts'
import { Simulator } from '../../../engines/simulator/simulator.ts'

/** Of so many quoted trades, one places orders. */
const EVERY = 15
/** Orders that may rest: the oldest gives way. */
const MOST_OPEN = 40

/** What a recipe knows of the market at hand; prices are counts of the product's unit. */
interface AtHand {
  readonly broker: Broker
  readonly tick: Tick
  /** Some basis points of the price, at least one count. */
  readonly bps: (count: number) => Fixed
  readonly buy: Omit<OrderRequest, 'type'>
  readonly sell: Omit<OrderRequest, 'type'>
}

type Recipe = (at: AtHand) => unknown

/** One of each thing that can be asked of a broker. */
const RECIPES: readonly Recipe[] = [
  ({ broker, buy }) => broker.place({ ...buy, type: 'MARKET' }),
  ({ broker, buy, tick }) => broker.place({ ...buy, type: 'LIMIT', limit: tick.bid, postOnly: true }),
  ({ broker, buy, tick }) => broker.place({ ...buy, type: 'LIMIT', limit: tick.ask, postOnly: true }),
  ({ broker, sell, tick }) => broker.place({ ...sell, type: 'LIMIT', limit: tick.ask }),
  ({ broker, buy, tick, bps }) => broker.place({ ...buy, type: 'LIMIT', limit: tick.ask + bps(2), timeInForce: 'IOC' }),
  ({ broker, sell, tick }) => broker.place({ ...sell, type: 'LIMIT', limit: tick.bid, timeInForce: 'FOK' }),
  ({ broker, buy, tick, bps }) => {
    const limit = tick.bid - bps(3)
    return broker.place({ ...buy, type: 'LIMIT', limit, timeInForce: 'GTD', expiresAt: tick.time + 700_000 })
  },
  ({ broker, sell, tick, bps }) => broker.place({ ...sell, type: 'STOP', stop: tick.bid - bps(1) }),
  ({ broker, buy, tick, bps }) =>
    broker.place({ ...buy, type: 'STOP_LIMIT', stop: tick.ask + bps(1), limit: tick.ask + bps(3) }),
  ({ broker, sell, bps, tick }) =>
    broker.place({ ...sell, type: 'TRAILING_STOP', trail: { amount: bps(2), activation: tick.bid + bps(1) } }),
  ({ broker, buy }) => broker.place({ ...buy, type: 'TRAILING_STOP', trail: { share: 20_000 } }),
  ({ broker, sell, tick, bps }) => broker.place({ ...sell, type: 'TAKE_PROFIT', limit: tick.ask + bps(1) }),
  ({ broker, buy, tick, bps }) =>
    broker.place({
      ...buy,
      type: 'LIMIT',
      limit: tick.ask,
      bracket: { stop: tick.bid - bps(4), target: tick.ask + bps(4) },
    }),
  ({ broker, sell, tick, bps }) => {
    const group = broker.newGroup()
    broker.place({ ...sell, type: 'LIMIT', limit: tick.ask + bps(2), group })
    broker.place({ ...sell, type: 'STOP', stop: tick.bid - bps(2), group })
  },
  ({ broker, tick }) => {
    const resting = broker.openOrders.find(({ terms }) => terms.type === 'LIMIT' && terms.product === tick.product)
    if (resting === undefined) return
    broker.replace(resting.terms.id, { limit: resting.terms.side === 'BUY' ? tick.bid : tick.ask })
  },
  ({ broker }) => {
    const [oldest] = broker.openOrders
    if (oldest !== undefined) broker.cancel(oldest.terms.id)
  },
  ({ broker, sell }) => broker.place({ ...sell, type: 'MARKET', reduceOnly: true }),
]

/** A simulator that is asked, besides its signals, for one order of each kind after the other: by the market alone. */
class ScriptedSimulator implements SimulatorCore {
  readonly #simulator: Simulator
  #quoted = 0
  #next = 0

  constructor(parameters: Parameters) {
    this.#simulator = new Simulator(parameters)
  }

  step(input: SimulatorInput, emit: Emit<SimulatorEvent>): void {
    this.#simulator.step(input, emit)
    if (input.type === 'tick' && input.bid > 0 && ++this.#quoted % EVERY === 0) this.#act(input)
  }

  snapshot(): SimulatorSnapshot {
    return this.#simulator.snapshot()
  }

  get broker(): SimulatorCore['broker'] {
    return this.#simulator.broker
  }

  get unbelievable(): SimulatorCore['unbelievable'] {
    return this.#simulator.unbelievable
  }

  wish: SimulatorCore['wish'] = (wish, emit) => this.#simulator.wish(wish, emit)

  #act(told: Tick): void {
    const { broker } = this.#simulator
    const [oldest] = broker.openOrders
    if (oldest !== undefined && broker.openOrders.length > MOST_OPEN) broker.cancel(oldest.terms.id)
    const unit = broker.priceUnit(told.product)
    const tick = inUnit(told, unit)
    const quantity: Amount = amountOf(Math.max(1, Math.floor(tick.bidSize / 3)), unit.size)
    const { product } = tick
    const at: AtHand = {
      broker,
      tick,
      bps: (count) => Math.max(1, Math.round((tick.price * count) / 10_000)),
      buy: { product, side: 'BUY', quantity, purpose: 'STRATEGY' },
      sell: { product, side: 'SELL', quantity, purpose: 'STRATEGY' },
    }
    RECIPES[this.#next++ % RECIPES.length]!(at)
  }
}

export const createScriptedCore = (parameters: Parameters): SimulatorCore => new ScriptedSimulator(parameters)
