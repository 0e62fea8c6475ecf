import { Broker } from '../../engines/broker/broker.ts'
import type { OrderRequest } from '../../engines/domain/trading/order-request.ts'
import type { BrokerSettings, QueueModel } from '../../engines/broker/settings.ts'
import type { Fill } from '../../engines/domain/trading/fill.ts'
import {
  AMOUNT_ONE,
  countOf,
  divideHalfEven,
  formatAmount,
  parseAmount,
  parseCount,
  type Amount,
} from '../../engines/domain/money.ts'
import type { OrderState, OrderUpdate } from '../../engines/domain/trading/order.ts'
import { EIGHTHS, unitOf } from '../../engines/domain/market/unit.ts'
import { marketEvents } from './events.ts'
import type { Vector, VectorAnswer, VectorOrder, VectorRequest } from './vectors.ts'

const NEVER = { closes: 0, lookBack: 0, lock: 0, all: false }

/** A rich account with no limits of risk, and the rules that the vectors are for. */
function settingsOf({ settings }: Vector, latencyMicros: number): BrokerSettings {
  const latency = { kind: 'CONSTANT', micros: latencyMicros } as const
  const unbounded = countOf(1e6, EIGHTHS.price)
  return {
    initialCapital: 10n ** 15n * AMOUNT_ONE,
    makerFee: parseCount(settings.makerFee, EIGHTHS.price),
    takerFee: parseCount(settings.takerFee, EIGHTHS.price),
    feeTiers: [],
    borrowRate: 0,
    maintenanceMargin: 0,
    queueModel: (settings.queueModel ?? 'conservative').toUpperCase() as QueueModel,
    mark: 'NEWEST',
    maxPriceAge: Infinity,
    fillAtClose: false,
    maxParticipation: countOf(0.1, EIGHTHS.price),
    slippage: countOf(0.0001, EIGHTHS.price),
    entryLatency: latency,
    cancelLatency: latency,
    exits: { stopLoss: 0, takeProfit: 0, trailing: 0, activation: 0, maxHold: 0 },
    limits: {
      positionShare: 0,
      maxPosition: 10n ** 15n * AMOUNT_ONE,
      maxGross: unbounded,
      maxPositions: 1_000,
      minOrder: 0n,
      shorting: true,
      minConfidence: 0,
      cooldown: 0,
    },
    protections: {
      cooldownAfterClose: 0,
      stopGuard: NEVER,
      drawdown: { share: 0, lookBack: 0, lock: 0 },
      lowProfit: { trips: 0, share: 0, lookBack: 0, lock: 0 },
      dailyLoss: 0,
    },
  }
}

/** What our broker answers to a scenario, with one latency. */
export function answerOf(vector: Vector, latencyMicros: number): Pick<VectorAnswer, 'fills' | 'orders'> {
  const run = new Run(vector, latencyMicros)
  const events = marketEvents(vector)
  let next = 0
  for (const request of vector.requests) {
    for (; next < events.length && events[next]!.time <= request.at; next += 1) run.play(events[next]!)
    run.ask(request)
  }
  for (; next < events.length; next += 1) run.play(events[next]!)
  return run.answer()
}

/** One scenario at the broker, whose orders have names. */
class Run {
  private readonly broker: Broker
  private readonly vector: Vector
  /** The newest order of each name, and of each order its name. */
  private readonly ids = new Map<string, number>()
  private readonly names = new Map<number, string>()
  private readonly updates = new Map<number, OrderUpdate>()
  private readonly fills: (Fill & { readonly name: string })[] = []
  /** Names of a bracket's children, by the entry. */
  private readonly children = new Map<number, { readonly stop: string; readonly target: string }>()

  constructor(vector: Vector, latencyMicros: number) {
    this.vector = vector
    const nothing = (): void => undefined
    this.broker = new Broker(settingsOf(vector, latencyMicros), {
      order: (update) => {
        this.updates.set(update.id, update)
        this.christen(update)
      },
      fill: (fill) => void this.fills.push({ ...fill, name: this.names.get(fill.orderId) ?? `order ${fill.orderId}` }),
      roundTrip: nothing,
      liquidation: nothing,
      lapsed: nothing,
      trading: nothing,
    })
    const { priceDecimals, sizeDecimals, priceIncrement, sizeIncrement } = vector.instrument
    this.broker.onInstrument({
      type: 'instrument',
      sequence: 0,
      time: vector.requests[0]!.at - 1,
      product: vector.market.product,
      unit: unitOf(priceDecimals, sizeDecimals),
      priceIncrement: this.price(priceIncrement),
      sizeIncrement: parseCount(sizeIncrement, sizeDecimals),
      minSize: 0,
      maxSize: 0,
      minValue: 0n,
      origin: 'VENUE',
    })
  }

  play(event: ReturnType<typeof marketEvents>[number]): void {
    if (event.type === 'tick') this.broker.onTick(event)
    else if (event.type === 'book') this.broker.onBook(event)
    else if (event.type === 'bar') this.broker.onBar(event)
  }

  ask(request: VectorRequest): void {
    this.broker.advance(request.at)
    switch (request.action) {
      case 'submit':
        this.place(request.order)
        return
      case 'cancel':
        this.broker.cancel(this.ids.get(request.id)!)
        return
      case 'replace': {
        const change = { limit: this.price(request.price), quantity: parseAmount(request.quantity) }
        this.name(request.id, this.broker.replace(this.ids.get(request.id)!, change).id)
        return
      }
      case 'bracket': {
        const { entry, stop, target } = request
        const bracket = { stop: this.price(stop.triggerPrice!), target: this.price(target.price!) }
        this.naming = { stop: stop.id, target: target.id }
        this.place(entry, { bracket, trigger: stop.trigger ?? 'LAST' })
        this.naming = null
        return
      }
      case 'oco': {
        const group = this.broker.newGroup()
        for (const order of request.orders) this.place(order, { group })
      }
    }
  }

  answer(): Pick<VectorAnswer, 'fills' | 'orders'> {
    const names = [...new Set([...this.names.values()])]
    return {
      fills: this.fills.map(({ name, time, price, quantity, liquidity }) => ({
        id: name,
        at: time,
        price: formatAmount(price),
        quantity: formatAmount(quantity),
        liquidity,
      })),
      orders: names.map((name) => this.order(name)),
    }
  }

  private naming: { readonly stop: string; readonly target: string } | null = null

  private order(id: string): VectorAnswer['orders'][number] {
    const { state, reason } = this.updates.get(this.ids.get(id)!)!
    let filled = 0n
    for (const fill of this.fills) if (fill.name === id) filled += fill.quantity
    // What its time in force ended has expired, in their words.
    return { id, state: reason === 'UNFILLED' ? 'EXPIRED' : stateOf(state), filled: formatAmount(filled) }
  }

  private place(order: VectorOrder, more: Partial<OrderRequest> = {}): void {
    this.pending = order.id
    const { type, side, timeInForce, postOnly = false, reduceOnly = false } = order
    const { trigger } = order
    const placement = this.broker.place({
      product: this.vector.market.product,
      type,
      side,
      quantity: parseAmount(order.quantity),
      ...(type === 'MARKET' ? {} : { timeInForce }),
      postOnly,
      reduceOnly,
      ...(order.price === undefined ? {} : { limit: this.price(order.price) }),
      ...(order.triggerPrice === undefined ? {} : { stop: this.price(order.triggerPrice) }),
      ...(type === 'TRAILING_STOP' ? { trail: this.trailOf(order) } : {}),
      ...(trigger === undefined ? {} : { trigger }),
      ...more,
    })
    this.pending = null
    this.name(order.id, placement.id)
  }

  /** Of the order that is being placed: it is told of before it is answered for. */
  private pending: string | null = null

  private trailOf(order: VectorOrder): NonNullable<OrderRequest['trail']> {
    const { trailingAmount, trailingShare, activationPrice } = order
    return {
      ...(trailingAmount === undefined ? {} : { amount: this.price(trailingAmount) }),
      ...(trailingShare === undefined ? {} : { share: parseCount(trailingShare, EIGHTHS.price) }),
      ...(activationPrice === undefined ? {} : { activation: this.price(activationPrice) }),
    }
  }

  private christen(update: OrderUpdate): void {
    if (this.names.has(update.id)) return
    const children = update.parent === null ? undefined : this.children.get(update.parent)
    if (children !== undefined) {
      this.name(update.type === 'STOP' ? children.stop : children.target, update.id)
      return
    }
    if (update.replaces !== null) this.name(this.names.get(update.replaces)!, update.id)
    else if (this.pending !== null) {
      this.name(this.pending, update.id)
      if (this.naming !== null) this.children.set(update.id, this.naming)
    }
  }

  private name(name: string, id: number): void {
    this.ids.set(name, id)
    this.names.set(id, name)
  }

  private price(text: string): number {
    return parseCount(text, this.vector.instrument.priceDecimals)
  }
}

function stateOf(state: OrderState): VectorAnswer['orders'][number]['state'] {
  switch (state) {
    case 'ACCEPTED':
    case 'TRIGGERED':
    case 'RESTING':
      return 'RESTING'
    case 'REPLACED':
      return 'CANCELLED'
    default:
      return state
  }
}

/** Fills of one moment as one, at their average: who takes several levels is told of one fill here, of one a level there. */
export function together(fills: VectorAnswer['fills']): readonly string[] {
  const sums = new Map<string, { quantity: Amount; exact: bigint }>()
  for (const { id, at, price, quantity, liquidity } of fills) {
    const key = `${id} ${at} ${liquidity}`
    const sum = sums.get(key) ?? { quantity: 0n, exact: 0n }
    sum.quantity += parseAmount(quantity)
    sum.exact += parseAmount(price) * parseAmount(quantity)
    sums.set(key, sum)
  }
  return [...sums].map(([key, { quantity, exact }]) => {
    const average = divideHalfEven(exact, quantity * 10n ** 10n) * 10n ** 10n
    return `${key} ${formatAmount(quantity)} at ${formatAmount(average)}`
  })
}
