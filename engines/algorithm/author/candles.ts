import type { Candle } from './contract.ts'

interface Open {
  /** Milliseconds. */
  readonly begin: number
  readonly open: number
  high: number
  low: number
  close: number
  volume: number
}

/** Candles of one length of one product, made of what is traded. Pure. */
export class StrategyCandles {
  private readonly product: string
  readonly seconds: number
  private present: Open | null = null
  /** Where the newest that was given ends: what belongs before comes too late. */
  private given = Number.NEGATIVE_INFINITY

  constructor(product: string, seconds: number) {
    this.product = product
    this.seconds = seconds
  }

  /** Takes in what was traded from a price over others to a last one. @returns a candle that this one ends; null: it goes on */
  add(time: number, prices: { open: number; high: number; low: number; close: number }, volume: number): Candle | null {
    const ended = this.pass(time)
    const begin = Math.floor(time / (this.seconds * 1_000)) * this.seconds * 1_000
    if (begin < this.given) return ended
    const { present } = this
    if (present === null) this.present = { begin, ...prices, volume }
    else {
      present.high = Math.max(present.high, prices.high)
      present.low = Math.min(present.low, prices.low)
      present.close = prices.close
      present.volume += volume
    }
    return ended
  }

  /** Lets time pass. @returns the candle that is over by then; null: none is */
  pass(time: number): Candle | null {
    const { present, product, seconds } = this
    if (present === null || time < present.begin + seconds * 1_000) return null
    this.present = null
    this.given = present.begin + seconds * 1_000
    return { product, seconds, ...present }
  }
}
