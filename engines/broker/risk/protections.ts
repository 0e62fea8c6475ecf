import { amountToNumber, SHARE_ONE, type Money, type Share } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import type { ExitReason, RoundTrip } from '../../domain/trading/round-trip.ts'
import { formatTime, MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'

/** Locks on new entries; a share, count or time of 0: that one is off. */
export interface ProtectionSettings {
  /** From a product's newest close on. */
  readonly cooldownAfterClose: Micros
  readonly stopGuard: {
    readonly closes: number
    readonly lookBack: Micros
    readonly lock: Micros
    readonly all: boolean
  }
  readonly drawdown: { readonly share: Share; readonly lookBack: Micros; readonly lock: Micros }
  /** `share` of the initial capital, under which a product's results must not be. */
  readonly lowProfit: {
    readonly trips: number
    readonly share: Share
    readonly lookBack: Micros
    readonly lock: Micros
  }
  /** Share of the day's first equity. */
  readonly dailyLoss: Share
}

/** Which protection keeps a product from being entered, and until when. */
export interface Lock {
  readonly by: string
  readonly until: Micros
}

const DAY = 86_400 * MICROS_PER_SECOND
const MINUTE = 60 * MICROS_PER_SECOND
/** The most results of a product, or stops, that are looked back on. */
const MOST_KEPT = 1_000
const STOPS: readonly ExitReason[] = ['STOP_LOSS', 'TRAILING_STOP', 'LIQUIDATION', 'RUIN']

interface Result {
  readonly at: Micros
  readonly netPnl: Money
}

/** Keeps entries out for a while after things went wrong. Exits are none of its business. */
export class Protections {
  private readonly settings: ProtectionSettings
  private readonly initial: Money
  private readonly locks = new Map<Product, Lock>()
  private all: Lock | null = null
  private readonly stops: { readonly at: Micros; readonly product: Product }[] = []
  private readonly results = new Map<Product, Result[]>()
  /** The highest equity of each minute, those that a later one exceeds left out: falling, oldest first. */
  private readonly peaks: { readonly minute: number; equity: number }[] = []
  private day = Number.NEGATIVE_INFINITY
  private dayFirst = 0
  /** Whether the day's loss is too large. */
  lossOfDay = false

  constructor(settings: ProtectionSettings, initial: Money) {
    this.settings = settings
    this.initial = initial
  }

  /** Whether the equity has to be shown at all. */
  get watchesEquity(): boolean {
    return this.settings.drawdown.share > 0 || this.settings.dailyLoss > 0
  }

  /** Takes in how the account stands. @returns whether the loss of the day has become too large, or is over; null: as before. */
  onEquity(equity: number, now: Micros): boolean | null {
    const { drawdown, dailyLoss } = this.settings
    if (drawdown.share > 0) this.watchDrawdown(equity, now)
    if (dailyLoss === 0) return null
    const before = this.lossOfDay
    const day = Math.floor(now / DAY)
    if (day !== this.day) {
      this.day = day
      this.dayFirst = equity
      this.lossOfDay = false
    }
    if (equity < this.dayFirst * (1 - dailyLoss / SHARE_ONE)) this.lossOfDay = true
    return this.lossOfDay === before ? null : this.lossOfDay
  }

  onRoundTrip(trip: RoundTrip): void {
    const { cooldownAfterClose, stopGuard, lowProfit } = this.settings
    const { product, closedAt, exitReason, netPnl } = trip
    if (cooldownAfterClose > 0) this.lock(product, 'the cooldown after a close', closedAt + cooldownAfterClose)
    if (stopGuard.closes > 0 && STOPS.includes(exitReason)) this.guardStops(product, closedAt)
    if (lowProfit.trips > 0) this.judge(product, { at: closedAt, netPnl })
  }

  /** What keeps a product from being entered at a time; null: nothing. */
  lockOf(product: Product, now: Micros): Lock | null {
    const own = this.locks.get(product)
    const lock = own === undefined ? this.all : later(this.all, own)
    return lock !== null && lock.until > now ? lock : null
  }

  private watchDrawdown(equity: number, now: Micros): void {
    const { share, lookBack, lock } = this.settings.drawdown
    const { peaks } = this
    const minute = Math.floor(now / MINUTE)
    while (peaks.length > 0 && peaks[0]!.minute < Math.floor((now - lookBack) / MINUTE)) peaks.shift()
    const newest = peaks.at(-1)
    if (newest?.minute === minute) newest.equity = Math.max(newest.equity, equity)
    else peaks.push({ minute, equity })
    while (peaks.length > 1 && peaks.at(-2)!.equity <= peaks.at(-1)!.equity) peaks.splice(-2, 1)
    if (peaks[0]!.equity > 0 && 1 - equity / peaks[0]!.equity > share / SHARE_ONE) {
      this.all = later(this.all, { by: 'the drawdown lock', until: now + lock })
    }
  }

  private guardStops(product: Product, now: Micros): void {
    const { closes, lookBack, lock, all } = this.settings.stopGuard
    this.stops.push({ at: now, product })
    while (this.stops.length > MOST_KEPT || (this.stops[0]?.at ?? now) < now - lookBack) this.stops.shift()
    const count = this.stops.filter((stop) => all || stop.product === product).length
    if (count < closes) return
    const found = { by: 'the stop guard', until: now + lock }
    if (all) this.all = later(this.all, found)
    else this.lock(product, found.by, found.until)
  }

  private judge(product: Product, result: Result): void {
    const { trips, share, lookBack, lock } = this.settings.lowProfit
    const results = this.results.get(product) ?? []
    this.results.set(product, results)
    results.push(result)
    while (results.length > MOST_KEPT || results[0]!.at < result.at - lookBack) results.shift()
    if (results.length < trips) return
    const sum = results.reduce((total, { netPnl }) => total + netPnl, 0n)
    if (amountToNumber(sum) < (amountToNumber(this.initial) * share) / SHARE_ONE)
      this.lock(product, 'the low-profit lock', result.at + lock)
  }

  private lock(product: Product, by: string, until: Micros): void {
    this.locks.set(product, later(this.locks.get(product) ?? null, { by, until }))
  }
}

/** A lock for a person. */
export function describeLock({ by, until }: Lock): string {
  return `locked by ${by} until ${formatTime(until)}`
}

function later(one: Lock | null, other: Lock): Lock {
  return one !== null && one.until > other.until ? one : other
}
