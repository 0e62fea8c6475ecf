import type { ProductState } from '../../broker/product-state.ts'
import { amountToNumber, SHARE_ONE, type Amount, type Share } from '../../domain/money.ts'
import type { BracketRequest, OrderChange, OrderRequest } from '../../domain/trading/order-request.ts'
import { opposite, type Side } from '../../domain/side.ts'
import { MICROS_PER_SECOND } from '../../domain/time.ts'
import type { Account } from './account.ts'
import type { ChangeOptions, OrderOptions, OrderView, Placed, ProductAccount } from './contract.ts'
import { above0, amountOfSize, AuthorError, between, countOfPrice, onlyKnown } from './numbers.ts'
import { LiveInstrument, millis, orderView } from './views.ts'

const SIZES = ['units', 'value', 'share', 'risk'] as const
const GUARDS = ['takeProfit', 'stopLoss', 'trail', 'maxHold'] as const
const OPTIONS = [...SIZES, ...GUARDS, 'limit', 'stop', 'postOnly', 'reduceOnly', 'timeInForce', 'expiresIn'] as const
const CHANGES = ['limit', 'stop', 'units'] as const
const TIMES = ['GTC', 'IOC', 'FOK']
/** The most that is wished in answer to one event; more is a strategy that does not stop. */
export const MOST_WISHES = 1_000

/** What an account asks of whoever runs its strategy. */
export interface AccountPorts {
  readonly account: Account
  /** Counts a wish. @throws AuthorError where there are too many */
  readonly count: () => void
  readonly timer: (product: string, name: string, micros: number) => void
}

/** A strategy's account in one product, in an author's numbers. */
export class LiveAccount implements ProductAccount {
  readonly instrument: LiveInstrument
  private readonly state: ProductState
  private readonly ports: AccountPorts

  constructor(state: ProductState, ports: AccountPorts) {
    this.state = state
    this.ports = ports
    this.instrument = new LiveInstrument(state)
  }

  get position(): number {
    return this.state.holding.size
  }

  get averagePrice(): number {
    return amountToNumber(this.state.holding.averagePrice)
  }

  get orders(): readonly OrderView[] {
    const { market, product } = this.state
    const open = this.ports.account.broker.openOrders.filter(({ terms }) => terms.product === product)
    return open.map((order) => orderView(order.told((price) => market.money(price))))
  }

  get equity(): number {
    return this.ports.account.broker.desk.equity()
  }

  get cash(): number {
    return this.ports.account.broker.desk.cash
  }

  get now(): number {
    return millis(this.ports.account.broker.desk.now)
  }

  buy(options: OrderOptions): Placed {
    return this.place('BUY', 'buy()', options)
  }

  sell(options: OrderOptions): Placed {
    return this.place('SELL', 'sell()', options)
  }

  target(share: number): Placed | null {
    between('target(): the share', share, -100, 100)
    const price = this.priceFor('BUY', 'target()')
    const missing = (share * this.equity) / price - this.position
    const { sizeIncrement } = this.instrument
    if (Math.abs(missing) < sizeIncrement) return null
    return this.send({
      ...this.head(missing > 0 ? 'BUY' : 'SELL'),
      type: 'MARKET',
      quantity: this.inSteps(Math.abs(missing)),
    })
  }

  close(): Placed | null {
    const { holding, product } = this.state
    const side: Side = holding.quantity > 0n ? 'SELL' : 'BUY'
    const quantity = this.ports.account.broker.closing(product, side)
    return quantity > 0n ? this.send({ ...this.head(side), type: 'MARKET', quantity, reduceOnly: true }) : null
  }

  cancel(id: number): { readonly reason: string; readonly detail: string } | null {
    this.ports.count()
    return placed(this.ports.account.wish({ kind: 'CANCEL', id }, this.state.product)).refused
  }

  cancelAll(): void {
    const { product } = this.state
    for (const { terms } of this.ports.account.broker.openOrders) {
      if (terms.product === product && terms.purpose === 'STRATEGY') this.cancel(terms.id)
    }
  }

  replace(id: number, change: ChangeOptions): Placed {
    onlyKnown('replace()', change, CHANGES)
    const terms = this.ports.account.broker.openOrders.find((order) => order.terms.id === id)?.terms
    const { product } = this.state
    // Its prices are counted in its own product's unit.
    if (terms !== undefined && terms.product !== product)
      throw new AuthorError(`replace(): order ${id} is of ${terms.product}, and this is the account in ${product}`)
    const side = terms?.side ?? 'BUY'
    const changed: OrderChange = {
      ...(change.limit === undefined ? {} : { limit: this.limitOf(side, above0('replace(): limit', change.limit)) }),
      ...(change.stop === undefined ? {} : { stop: this.priceOf(above0('replace(): stop', change.stop)) }),
      ...(change.units === undefined ? {} : { quantity: amountOfSize(above0('replace(): units', change.units)) }),
    }
    this.ports.count()
    return placed(this.ports.account.wish({ kind: 'REPLACE', id, change: changed }, this.state.product))
  }

  timer(name: string, seconds: number): void {
    this.ports.timer(this.state.product, name, between('timer(): seconds', seconds, 0, 1e9) * MICROS_PER_SECOND)
  }

  private place(side: Side, call: string, options: OrderOptions): Placed {
    onlyKnown(call, options, OPTIONS)
    const { limit, stop, timeInForce = 'GTC', expiresIn } = options
    if (!TIMES.includes(timeInForce))
      throw new AuthorError(`${call}: timeInForce is ${String(timeInForce)}; there are ${TIMES.join(', ')}`)
    if (limit !== undefined) above0(`${call}: limit`, limit)
    if (stop !== undefined) above0(`${call}: stop`, stop)
    const bracket = this.bracketOf(call, options)
    const type =
      limit === undefined ? (stop === undefined ? 'MARKET' : 'STOP') : stop === undefined ? 'LIMIT' : 'STOP_LIMIT'
    return this.send({
      ...this.head(side),
      type,
      quantity: this.quantityOf(call, side, options),
      ...(limit === undefined ? {} : { limit: this.limitOf(side, limit) }),
      ...(stop === undefined ? {} : { stop: this.priceOf(stop) }),
      ...(options.postOnly === true ? { postOnly: true } : {}),
      ...(options.reduceOnly === true ? { reduceOnly: true } : {}),
      ...(bracket === null ? {} : { bracket }),
      ...this.timeOf(call, timeInForce, expiresIn),
    })
  }

  private timeOf(call: string, timeInForce: 'GTC' | 'IOC' | 'FOK', expiresIn: number | undefined) {
    if (expiresIn === undefined) return { timeInForce }
    if (timeInForce !== 'GTC')
      throw new AuthorError(`${call}: expiresIn goes with an order that rests, not with ${timeInForce}`)
    const micros = Math.max(1, Math.round(between(`${call}: expiresIn`, expiresIn, 0, 1e9) * MICROS_PER_SECOND))
    return { timeInForce: 'GTD' as const, expiresAt: this.ports.account.broker.desk.now + micros }
  }

  /** How much an order is of, rounded down to the increment by the broker. */
  private quantityOf(call: string, side: Side, options: OrderOptions): Amount {
    const given = SIZES.filter((name) => options[name] !== undefined)
    const [name] = given
    if (name === undefined || given.length > 1)
      throw new AuthorError(
        `${call} takes exactly one of ${SIZES.join(', ')}; it was given ${given.join(' and ') || 'none'}`,
      )
    const size = above0(`${call}: ${name}`, options[name])
    if (name === 'units') return amountOfSize(size)
    const price = options.limit ?? options.stop ?? this.priceFor(side, call)
    if (name === 'value') return this.inSteps(size / price)
    const sum = size * Math.max(0, this.equity)
    if (sum === 0) return 1n
    if (name === 'share') return this.inSteps(sum / price)
    return this.inSteps(sum / this.lossOf(call, side, options, price))
  }

  /** A size that was computed, down to the increment: also what closes a part, which the broker lets through as it is. */
  private inSteps(size: number): Amount {
    const amount = amountOfSize(size)
    const step = this.state.market.increments.size
    return amount > step ? amount - (amount % step) : amount
  }

  /** What a unit loses where its stop is hit. */
  private lossOf(call: string, side: Side, { stopLoss }: OrderOptions, price: number): number {
    if (stopLoss === undefined) throw new AuthorError(`${call}: risk needs a stopLoss to know what would be lost`)
    if (typeof stopLoss === 'number') return price * stopLoss
    const loss = side === 'BUY' ? price - stopLoss.at : stopLoss.at - price
    if (loss > 0) return loss
    throw new AuthorError(`${call}: the stopLoss at ${stopLoss.at} is no loss from ${price}`)
  }

  private bracketOf(call: string, { takeProfit, stopLoss, trail, maxHold }: OrderOptions): BracketRequest | null {
    if (takeProfit === undefined && stopLoss === undefined && trail === undefined && maxHold === undefined) return null
    const at = (what: string, guard: number | { readonly at: number }): { count: number; share: Share } => {
      if (typeof guard === 'number') return { count: 0, share: shareOf(`${call}: ${what}`, guard) }
      onlyKnown(`${call}: ${what}`, guard, ['at'])
      return { count: this.priceOf(above0(`${call}: ${what} at`, guard.at)), share: 0 }
    }
    const target = takeProfit === undefined ? { count: 0, share: 0 } : at('takeProfit', takeProfit)
    const stop = stopLoss === undefined ? { count: 0, share: 0 } : at('stopLoss', stopLoss)
    if (trail !== undefined) onlyKnown(`${call}: trail`, trail, ['share', 'amount', 'after'])
    const { share = 0, amount = 0, after = 0 } = trail ?? {}
    if (trail !== undefined && share > 0 === amount > 0)
      throw new AuthorError(`${call}: trail takes either a share or an amount`)
    return {
      target: target.count,
      targetShare: target.share,
      stop: stop.count,
      stopShare: stop.share,
      hold:
        maxHold === undefined
          ? 0
          : Math.max(1, Math.round(between(`${call}: maxHold`, maxHold, 0, 1e9) * MICROS_PER_SECOND)),
      ...(trail === undefined
        ? {}
        : {
            trail: {
              share: share === 0 ? 0 : shareOf(`${call}: trail share`, share),
              amount: amount === 0 ? 0 : this.priceOf(above0(`${call}: trail amount`, amount)),
              after: after === 0 ? 0 : shareOf(`${call}: trail after`, after),
            },
          }),
    }
  }

  private head(side: Side): Pick<OrderRequest, 'product' | 'side' | 'purpose'> {
    return { product: this.state.product, side, purpose: 'STRATEGY' }
  }

  private send(order: OrderRequest): Placed {
    this.ports.count()
    return placed(this.ports.account.wish({ kind: 'PLACE', order }, this.state.product))
  }

  /** The price that an order of a side meets, or what the product is valued at. @throws AuthorError where nothing is known */
  private priceFor(side: Side, call: string): number {
    const { market } = this.state
    const count = market.bestOf(side) || market.bestOf(opposite(side)) || market.mark
    if (count > 0) return count / 10 ** market.unit.price
    throw new AuthorError(
      `${call}: no price of ${this.state.product} is known yet; give the size in units, or wait for a quote`,
    )
  }

  private limitOf(side: Side, price: number): number {
    return countOfPrice(price, this.state.market.unit.price, side === 'BUY' ? 'DOWN' : 'UP')
  }

  private priceOf(price: number): number {
    return Math.max(1, countOfPrice(price, this.state.market.unit.price, 'NEAREST'))
  }
}

function placed(placement: ReturnType<Account['wish']>): Placed {
  return { id: placement.id, refused: placement.ok ? null : placement.refusal }
}

function shareOf(what: string, value: unknown): Share {
  const share = above0(what, value)
  if (share >= 1e6) throw new AuthorError(`${what} is ${share}; 0.01 is one per cent`)
  return Math.max(1, Math.round(share * SHARE_ONE))
}
