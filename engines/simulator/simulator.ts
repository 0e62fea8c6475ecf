import { Broker } from '../broker/broker.ts'
import { markOf } from '../broker/desk.ts'
import { AccountDigest } from '../broker/digest.ts'
import type { ClosedPart } from '../broker/listener.ts'
import type { Placement } from '../broker/orders/intake.ts'
import type { ProductState } from '../broker/product-state.ts'
import { follow } from '../broker/wish.ts'
import type { SimulatorEvent, SimulatorOutput } from '../domain/trading/event.ts'
import type { Fill } from '../domain/trading/fill.ts'
import type { Bar, BookSnapshot, FeedStatus, InstrumentNotice, Tick } from '../domain/market/market.ts'
import { numberOf } from '../domain/money.ts'
import type { OrderCommand, Wish } from '../domain/trading/command.ts'
import type { TradingState } from '../domain/trading/order.ts'
import type { Portfolio, Position } from '../domain/trading/portfolio.ts'
import type { Product } from '../domain/market/product.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { Emit } from '../domain/step.ts'
import type { Micros } from '../domain/time.ts'
import { Benchmark } from './benchmark.ts'
import { CandleMaker } from './candle-maker.ts'
import type { Divergence, SimulatorCore, SimulatorInput, SimulatorSnapshot } from './contract.ts'
import { Performance } from './performance.ts'
import { simulatorSettings } from './settings.ts'

/** What a simulator keeps of a product beside its broker. */
interface Watched {
  readonly state: ProductState
  readonly candles: CandleMaker
  /** Whether buy-and-hold has it. */
  invested: boolean
}

/**
 * A broker with running statistics, candles and numbered events around it.
 *
 * A signal meets the risk rules; an accepted one becomes a market order. What its order does follows as events, in one step or in
 * later ones. A step that filled something ends with a snapshot of the portfolio; so does the first of each
 * `STATISTICS_INTERVAL_MS` of market time in which what is held changed its worth. Of the same length are the candles of each product's
 * prices, told by the first tick after them; a bar is one itself. `end` brings the last ones, and the last event, `finished`.
 */
export class Simulator implements SimulatorCore {
  readonly broker: Broker
  /** From where on the strategy's account is another than this one; null: they agree, as far as is known. */
  unbelievable: Divergence | null = null
  private readonly digest = new AccountDigest()
  private readonly tally: Performance
  private readonly benchmark: Benchmark
  private readonly interval: Micros
  private readonly watched = new Map<Product, Watched>()
  private recent: Watched | null = null
  private emit: Emit<SimulatorEvent> = () => undefined
  private sequence = 0
  private feedSequence = 0
  private lapsed = 0
  private ended = false
  private filled = false
  /** Of the broker's desk, when the portfolio was last looked at, and reported. */
  private seen = 0
  private reported = -1
  /** Market time at which the next snapshot is due; the first event brings the first. */
  private nextReport: Micros = -1

  /** @throws ZodError where the parameters are not right; check them first with `checkParameters`. */
  constructor(parameters: Parameters) {
    const { broker, riskFreeDaily, statisticsInterval } = simulatorSettings(parameters)
    this.interval = statisticsInterval
    this.tally = new Performance(broker.initialCapital, riskFreeDaily)
    this.broker = new Broker(broker, {
      order: (order) => {
        this.digest.order(order)
        this.tell({ type: 'order', order })
      },
      fill: (fill, closed) => {
        this.onFill(fill, closed)
      },
      roundTrip: (roundTrip) => {
        this.tally.onRoundTrip(roundTrip)
        this.tell({ type: 'roundTrip', roundTrip })
      },
      liquidation: (liquidation) => {
        this.tell({ type: 'liquidation', liquidation })
      },
      lapsed: ({ signalSequence, product, side, quantity }, reason) => {
        this.lapsed += 1
        this.tell({ type: 'lapsed', signalSequence, product, side, quantity, reason })
      },
      trading: (state, cause) => {
        this.tell({ type: 'trading', state, after: this.feedSequence, cause })
      },
    })
    const { desk } = this.broker
    this.benchmark = new Benchmark((product) => markOf(desk.stateOf(product)))
  }

  step(input: SimulatorInput, emit: Emit<SimulatorEvent>): void {
    if (this.ended) throw new Error('the simulator was told that its input had ended, and got more')
    this.emit = emit
    if (input.type === 'tick') this.onTick(input)
    else if (input.type === 'signal') this.onSignal(input)
    else if (input.type === 'book') this.onBook(input)
    else if (input.type === 'bar') this.onBar(input)
    else if (input.type === 'feed') this.onFeed(input)
    else if (input.type === 'instrument') this.onInstrument(input)
    else if (input.type === 'trading') this.onTrading(input.state)
    else if (input.type === 'command') this.onCommand(input)
    else this.onEnd()
  }

  wish(wish: Wish, emit: Emit<SimulatorEvent>): Placement {
    this.emit = emit
    const placement = follow(this.broker, wish)
    this.settle()
    return placement
  }

  snapshot(): SimulatorSnapshot {
    const { broker } = this
    const { ledger, now } = broker.desk
    const books = {
      initial: ledger.initial,
      equity: broker.desk.worth(null).equity,
      feesPaid: ledger.feesPaid,
      borrowCost: ledger.borrowCost,
      turnover: ledger.turnover,
    }
    return {
      portfolio: this.portfolio(),
      metrics: this.tally.metrics(books, broker.desk.equity(), this.benchmark.value(), now),
      pendingOrders: broker.openOrders.filter(({ terms }) => terms.purpose === 'SIGNAL').length,
      lapsedOrders: this.lapsed,
      ruin: broker.ruin,
      crossedQuotes: [...broker.desk.states.values()].reduce((sum, { market }) => sum + market.crossedQuotes, 0),
      switchesLeft: 0,
    }
  }

  /** The hot path: nothing here allocates but where an interval is over, or something is held or rests. */
  private onTick(tick: Tick): void {
    this.feedSequence = tick.sequence
    this.pass(tick.time)
    const watched = this.watch(tick.product)
    if (watched.state.closed) return
    this.broker.onTick(tick, watched.state)
    if (tick.price > 0) {
      const { now } = this.broker.desk
      for (const candle of watched.candles.add(tick.tradedAt ?? now, tick.price, tick.unit))
        this.tell({ type: 'candle', candle })
    }
    if (!watched.invested) this.invest(watched)
    this.settle()
  }

  private onBook(book: BookSnapshot): void {
    this.feedSequence = book.sequence
    this.pass(book.time)
    this.broker.onBook(book)
    const watched = this.watch(book.product)
    if (!watched.invested) this.invest(watched)
    this.settle()
  }

  private onBar(bar: Bar): void {
    this.feedSequence = bar.sequence
    this.pass(bar.time)
    this.broker.onBar(bar)
    const { product, unit, begin, open, high, low, close } = bar
    const watched = this.watch(product)
    this.tell({ type: 'candle', candle: { product, unit, begin, open, high, low, close } })
    if (!watched.invested) this.invest(watched)
    this.settle()
  }

  private onInstrument(notice: InstrumentNotice): void {
    // One that was inferred has no place in the feed.
    if (notice.sequence > 0) this.feedSequence = notice.sequence
    this.pass(notice.time)
    this.broker.onInstrument(notice)
    this.benchmark.announce(notice.product)
  }

  private onFeed(status: FeedStatus): void {
    this.feedSequence = status.sequence
    this.pass(status.time)
    const told = this.broker.onFeed(status)
    if (told !== null) this.tell({ type: 'feed', status: told })
    this.settle()
  }

  private onSignal(signal: Signal): void {
    this.pass(signal.time)
    const decision = this.broker.decide(signal)
    this.tell({ type: 'signal', signal, decision })
    if (!decision.accepted) return
    this.broker.follow(signal, decision.quantity, this.sequence)
    this.settle()
  }

  /**
   * What a strategy in another process wishes, which keeps an account like this one. Where that differs, something was lost on the way:
   * from there on nothing is taken of it, and what is open is closed.
   */
  private onCommand({ wish, time, cause, digest }: OrderCommand): void {
    this.pass(time)
    if (this.unbelievable !== null) return
    if (digest !== this.digest.value()) {
      this.unbelievable = { after: cause, time }
      this.broker.abandon()
    } else if (wish !== null) follow(this.broker, wish)
    this.settle()
  }

  private onTrading(state: TradingState): void {
    this.broker.setTrading(state)
    this.settle()
  }

  private onEnd(): void {
    this.broker.end()
    for (const { candles } of this.watched.values()) {
      for (const candle of candles.finish()) this.tell({ type: 'candle', candle })
    }
    this.ended = true
    const { portfolio, metrics, ruin } = this.snapshot()
    this.tell({ type: 'finished', portfolio, metrics, fills: this.tally.fills, ruin })
  }

  private onFill(fill: Fill, closed: ClosedPart | null): void {
    this.digest.fill(fill)
    const { desk } = this.broker
    this.tally.onFill(closed, desk.held.length > 0, desk.now)
    this.tally.drawdown.update(desk.equity(), desk.now)
    this.filled = true
    this.tell({ type: 'fill', fill })
  }

  /** Closes the minutes and days that are over, with the values that they end with. */
  private pass(time: Micros): void {
    const { tally } = this
    if (time < tally.nextEnd) return
    const { broker } = this
    if (tally.nextEnd > 0) broker.advance(tally.nextEnd - 1)
    tally.pass(time, broker.desk.equity(), this.benchmark.value() ?? 1)
  }

  /** What the step has changed. */
  private settle(): void {
    const { desk } = this.broker
    if (desk.revision !== this.seen) {
      this.seen = desk.revision
      this.tally.drawdown.update(desk.equity(), desk.now)
    }
    if (this.filled || (desk.now >= this.nextReport && desk.revision !== this.reported)) this.report()
  }

  private report(): void {
    const { now, revision } = this.broker.desk
    this.filled = false
    this.reported = revision
    // On a fixed grid of market time, so that the snapshots do not depend on where the fills fell.
    this.nextReport = (Math.floor(now / this.interval) + 1) * this.interval
    this.tell({ type: 'portfolio', portfolio: this.portfolio() })
  }

  private portfolio(): Portfolio {
    const { desk } = this.broker
    const { ledger } = desk
    const positions: Position[] = []
    let equity = ledger.cash
    let unrealizedPnl = 0n
    for (const { product, holding, market } of desk.held) {
      const { markPrice } = market
      const worth = market.worth(holding.quantity)
      const unrealized = worth - (holding.quantity < 0n ? -holding.cost : holding.cost)
      equity += worth
      unrealizedPnl += unrealized
      const { quantity, averagePrice } = holding
      positions.push({ product, quantity, averagePrice, markPrice, unrealizedPnl: unrealized })
    }
    const benchmark = this.benchmark.value()
    const { drawdown, winRate, fills } = this.tally
    return {
      cash: ledger.cash,
      equity,
      realizedPnl: ledger.realizedPnl,
      unrealizedPnl,
      feesPaid: ledger.feesPaid,
      borrowCost: ledger.borrowCost,
      drawdown: drawdown.at(desk.equity()),
      maxDrawdown: drawdown.max,
      winRate,
      buyAndHoldReturn: benchmark === null ? null : benchmark - 1,
      tradeCount: fills,
      positions: positions.length > 1 ? positions.sort(byProduct) : positions,
    }
  }

  private watch(product: Product): Watched {
    if (this.recent?.state.product === product) return this.recent
    let watched = this.watched.get(product)
    if (watched === undefined) {
      watched = {
        state: this.broker.desk.stateOf(product),
        candles: new CandleMaker(product, this.interval),
        invested: false,
      }
      this.watched.set(product, watched)
    }
    this.recent = watched
    return watched
  }

  private invest(watched: Watched): void {
    const { market, product } = watched.state
    if (market.mark === 0) return
    watched.invested = true
    this.benchmark.invest(product, numberOf(market.mark, market.unit.price))
  }

  private tell(output: SimulatorOutput): void {
    this.sequence += 1
    // Every output is made for this call alone, so that the envelope may be put on it instead of on a copy.
    const event = output as SimulatorOutput & { sequence: number; time: Micros }
    event.sequence = this.sequence
    event.time = this.broker.desk.now
    this.emit(event)
  }
}

const byProduct = (one: Position, other: Position): number => (one.product < other.product ? -1 : 1)
