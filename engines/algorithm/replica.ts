import { Broker } from '../broker/broker.ts'
import { AccountDigest } from '../broker/digest.ts'
import type { Placement } from '../broker/orders/intake.ts'
import type { BrokerSettings } from '../broker/settings.ts'
import { follow } from '../broker/wish.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import type { OrderCommand, Wish } from '../domain/trading/command.ts'
import type { TradingState } from '../domain/trading/order.ts'
import type { Emit } from '../domain/step.ts'
import { NewsQueue, type Account, type News } from './author/account.ts'

/**
 * An account that is kept beside the simulator's, by the same broker over the same stream: what it sees there, the simulator sees. So a
 * strategy in a process of its own knows its fills without a way back. Each command says what the account had come to before it.
 */
export class Replica implements Account {
  readonly broker: Broker
  private readonly emit: Emit<OrderCommand>
  private readonly digest = new AccountDigest()
  private readonly news = new NewsQueue()
  private cause = 0
  /** Of the newest event that had one. */
  private product = 'NONE'

  constructor(settings: BrokerSettings, emit: Emit<OrderCommand>) {
    this.emit = emit
    this.broker = new Broker(settings, {
      order: (order) => {
        this.digest.order(order)
        this.news.order(order)
      },
      fill: (fill) => {
        this.digest.fill(fill)
        this.news.fill(fill)
      },
      roundTrip: () => undefined,
      liquidation: () => undefined,
      lapsed: () => undefined,
      trading: () => undefined,
    })
  }

  /** Takes a market event in, as the simulator does. */
  take(event: MarketEvent): void {
    const { broker } = this
    if (event.sequence > 0) this.cause = event.sequence
    if (event.product !== '') this.product = event.product
    if (event.type === 'tick') broker.onTick(event)
    else if (event.type === 'book') broker.onBook(event)
    else if (event.type === 'bar') broker.onBar(event)
    else if (event.type === 'instrument') broker.onInstrument(event)
    else broker.onFeed(event)
  }

  /** Takes a switch in, at its place in the stream. */
  setTrading(state: TradingState): void {
    this.broker.setTrading(state)
  }

  wish(wish: Wish, product: string): Placement {
    this.emit(this.command(wish, product))
    return follow(this.broker, wish)
  }

  /** A command that wishes nothing: it tells what the account has come to. */
  check(): OrderCommand {
    return this.command(null, this.product)
  }

  private command(wish: Wish | null, product: string): OrderCommand {
    const unit = this.broker.priceUnit(product)
    const time = this.broker.desk.now
    return { type: 'command', product, unit, wish, digest: this.digest.value(), time, cause: this.cause }
  }

  drain(): readonly News[] {
    return this.news.drain()
  }
}
