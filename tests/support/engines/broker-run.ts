import { Broker } from '../../../engines/broker/broker.ts'
import type { BracketRequest, OrderRequest } from '../../../engines/domain/trading/order-request.ts'
import type { Fill } from '../../../engines/domain/trading/fill.ts'
import type { Bar, BookSnapshot, InstrumentNotice, Level, Tick } from '../../../engines/domain/market/market.ts'
import { countOf, formatAmount, toAmount, type Amount } from '../../../engines/domain/money.ts'
import type { Liquidation, OrderUpdate } from '../../../engines/domain/trading/order.ts'
import { defaultsOf } from '../../../engines/domain/parameters.ts'
import type { RoundTrip } from '../../../engines/domain/trading/round-trip.ts'
import type { Side } from '../../../engines/domain/side.ts'
import { unitOf, type Unit } from '../../../engines/domain/market/unit.ts'
import { simulatorParameters } from '../../../engines/simulator/parameters.ts'
import { simulatorSettings } from '../../../engines/simulator/settings.ts'

/** Microseconds in a millisecond. */
const MS = 1_000

/** Cents, and ten-thousandths of a coin. */
export const CENTS: Unit = unitOf(2, 4)

const PRODUCT = 'BTC-USD'

/** Prices with sizes, as a person writes them. */
type Side2 = readonly (readonly [price: number, size: number])[]

export interface TestOrder extends Omit<OrderRequest, 'product' | 'quantity' | 'limit' | 'stop' | 'trail' | 'bracket'> {
  readonly product?: string
  readonly quantity: number
  readonly limit?: number
  readonly stop?: number
  readonly trail?: { readonly amount?: number; readonly share?: number; readonly activation?: number }
  /** Prices as a person writes them; shares and times as the broker takes them. */
  readonly bracket?: BracketRequest
}

export interface Quotes {
  readonly bid?: readonly [price: number, size: number]
  readonly ask?: readonly [price: number, size: number]
  readonly trade?: readonly [taker: Side, price: number, size: number]
  readonly tradedAt?: number
}

/** A broker at a market of which a test tells every move, in a person's numbers, and what it told. */
export class TestMarket {
  readonly broker: Broker
  readonly orders: OrderUpdate[] = []
  readonly fills: Fill[] = []
  readonly trips: RoundTrip[] = []
  readonly liquidations: Liquidation[] = []
  /** All of it in order, a line each. */
  readonly lines: string[] = []
  unit: Unit
  private sequence = 0
  private tradeId = 0

  /** Without fees and slippage unless told otherwise, and rich. */
  constructor(changes: Record<string, unknown> = {}, unit = CENTS) {
    this.unit = unit
    const defaults = { ...defaultsOf(simulatorParameters), TRADING_FEE_PCT: 0, SLIPPAGE_BPS: 0, INITIAL_CAPITAL: 1e9 }
    this.broker = new Broker(simulatorSettings({ ...defaults, MAX_POSITION_SIZE: 1e12, ...changes }).broker, {
      order: (order) => {
        this.orders.push(order)
        this.lines.push(`${order.id} ${order.state}${order.reason === null ? '' : ` ${order.reason}`}`)
      },
      fill: (fill) => {
        this.fills.push(fill)
        this.lines.push(fillLine(fill))
      },
      roundTrip: (trip) => {
        this.trips.push(trip)
        this.lines.push(`trip ${trip.direction} ${formatAmount(trip.netPnl)} ${trip.exitReason}`)
      },
      liquidation: (liquidation) => {
        this.liquidations.push(liquidation)
        this.lines.push(`liquidation ${liquidation.reason} ${formatAmount(liquidation.equity)}`)
      },
      lapsed: (order, reason) => {
        this.lines.push(`${order.id} lapsed ${reason}`)
      },
      trading: (state, cause) => {
        this.lines.push(`trading ${state} ${cause}`)
      },
    })
  }

  /** Fills as lines, from the one with this index on. */
  told(from = 0): readonly string[] {
    return this.fills.slice(from).map(fillLine)
  }

  order(request: TestOrder): number {
    const { limit, stop, trail, bracket, quantity, product = PRODUCT, ...rest } = request
    const placement = this.broker.place({
      ...rest,
      product,
      quantity: toAmount(quantity),
      ...(limit === undefined ? {} : { limit: this.price(limit) }),
      ...(stop === undefined ? {} : { stop: this.price(stop) }),
      ...(trail === undefined
        ? {}
        : {
            trail: {
              amount: this.price(trail.amount ?? 0),
              share: countOf(trail.share ?? 0, 8),
              activation: this.price(trail.activation ?? 0),
            },
          }),
      ...(bracket === undefined
        ? {}
        : { bracket: { ...bracket, stop: this.price(bracket.stop ?? 0), target: this.price(bracket.target ?? 0) } }),
    })
    return placement.id
  }

  /** What there is in front of an open order. */
  ahead(id: number): number {
    const order = this.broker.openOrders.find(({ terms }) => terms.id === id)
    return order === undefined ? Number.NaN : order.queue.ahead / 10 ** this.unit.size
  }

  state(id: number): string {
    return this.orders.findLast((order) => order.id === id)?.state ?? 'NONE'
  }

  position(product = PRODUCT): Amount {
    return this.broker.desk.stateOf(product).holding.quantity
  }

  tick(ms: number, { bid, ask, trade, tradedAt }: Quotes, product = PRODUCT): void {
    if (trade !== undefined) this.tradeId += 1
    const [taker, price, size] = trade ?? ['BUY', 0, 0]
    const tick: Tick = {
      type: 'tick',
      ...this.envelope(ms, product),
      price: trade === undefined ? (this.broker.desk.stateOf(product).market.tick?.price ?? 0) : this.price(price),
      size: this.size(size),
      bid: this.price(bid?.[0] ?? 0),
      bidSize: this.size(bid?.[1] ?? 0),
      ask: this.price(ask?.[0] ?? 0),
      askSize: this.size(ask?.[1] ?? 0),
      tradeId: this.tradeId,
      takerSide: taker as Side,
      ...(tradedAt === undefined ? {} : { tradedAt: tradedAt * MS }),
    }
    this.broker.onTick(tick)
  }

  book(ms: number, bids: Side2, asks: Side2, product = PRODUCT): void {
    const levels = (side: Side2) => side.map(([price, size]): Level => [this.price(price), this.size(size)])
    const book: BookSnapshot = {
      type: 'book',
      ...this.envelope(ms, product),
      bids: levels(bids),
      asks: levels(asks),
    }
    this.broker.onBook(book)
  }

  /** A bar of a minute, by its number. */
  bar(
    minute: number,
    [open, high, low, close]: readonly [number, number, number, number],
    volume = 0,
    product = PRODUCT,
  ): void {
    const bar: Bar = {
      type: 'bar',
      ...this.envelope((minute + 1) * 60_000, product),
      begin: minute * 60_000 * MS,
      open: this.price(open),
      high: this.price(high),
      low: this.price(low),
      close: this.price(close),
      volume: this.size(volume),
    }
    this.broker.onBar(bar)
  }

  instrument(changes: Partial<InstrumentNotice>, product = PRODUCT): void {
    this.broker.onInstrument({
      type: 'instrument',
      ...this.envelope(0, product),
      priceIncrement: 1,
      sizeIncrement: 1,
      minSize: 0,
      maxSize: 0,
      minValue: 0n,
      origin: 'VENUE',
      ...changes,
    })
  }

  private price(price: number): number {
    return countOf(price, this.unit.price)
  }

  private size(size: number): number {
    return countOf(size, this.unit.size)
  }

  private envelope(ms: number, product: string) {
    this.sequence += 1
    return { sequence: this.sequence, time: ms * MS, product, unit: this.unit }
  }
}

/** A market of bars that stands at 100. */
export function barred(changes: Record<string, unknown> = {}): TestMarket {
  const market = new TestMarket(changes)
  market.bar(0, [100, 100, 100, 100])
  return market
}

/** The same, long 1 at 100. */
export function longInBars(changes: Record<string, unknown> = {}): TestMarket {
  const market = barred(changes)
  market.order({ side: 'BUY', type: 'MARKET', quantity: 1 })
  market.bar(1, [100, 100, 100, 100])
  return market
}

function fillLine({ side, quantity, price, liquidity }: Fill): string {
  return `${side} ${formatAmount(quantity)} at ${formatAmount(price)} ${liquidity}`
}
