import type { Instrument } from '../../../domain/market/instrument.ts'
import { isProduct, type Product } from '../../../domain/market/product.ts'
import type { Unit } from '../../../domain/market/unit.ts'
import type { Clock } from '../../../edge/clock.ts'
import type { VenueTrade } from '../../venue.ts'
import { parseInstrument } from './instrument.ts'
import { parseRestTrade } from './parse.ts'

/** The venue gives at most this many trades a page. */
const PAGE = 1_000
/** A page of 1,000 trades is about 150 KB, the list of products about 500 KB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024
/** However many the venue asks us to wait. */
const MAX_RETRY_MS = 10_000

export interface CoinbaseRestOptions {
  /** E.g. `https://api.exchange.coinbase.com`, without a slash at the end. */
  readonly url: string
  readonly clock: Clock
  /** In [0, 1); jitters the pauses between attempts. */
  readonly random: () => number
  /** The venue allows 10 with bursts of 15; default 8, without bursts. */
  readonly requestsPerSecond?: number
  /** Per request, in milliseconds; default 4,000. */
  readonly timeoutMs?: number
  /** Attempts per page, the first included; default 3. */
  readonly attempts?: number
  /** Requests that wait for their turn at most; default 100. Further ones fail at once. */
  readonly maxWaiting?: number
}

/** What a refill brought; `failure` null where the venue answered everything. */
export interface RefillAnswer {
  /** Those of the asked ids that the venue has, in no order. */
  readonly trades: readonly VenueTrade[]
  readonly failure: string | null
}

/** A product that the venue lists. */
export interface ListedProduct {
  readonly product: Product
  /** Whether it trades now. */
  readonly online: boolean
  /** null: what the venue says of its increments cannot be read. */
  readonly instrument: Instrument | null
}

/** The few public REST calls that the streamer needs. */
export interface CoinbaseRest {
  /**
   * The trades of these ids, both included, newest page first. Never rejects.
   * @param unit what the product is counted in, as far as is known
   */
  trades(product: Product, fromTradeId: number, toTradeId: number, unit: Unit | null): Promise<RefillAnswer>
  /** All that the venue lists. @throws Error that says why where it cannot be had. */
  products(): Promise<readonly ListedProduct[]>
  /** Ends what is under way; it fails with "disposed". */
  dispose(): void
}

const DEFAULTS = { requestsPerSecond: 8, timeoutMs: 4_000, attempts: 3, maxWaiting: 100 }

/** A REST client of Coinbase Exchange that keeps under the venue's limits. */
export function createCoinbaseRest(options: CoinbaseRestOptions): CoinbaseRest {
  return new Rest(options)
}

/** An answer that another attempt would not change. */
class FinalError extends Error {}

/** An answer to be asked for again, perhaps after a pause that the venue names. */
class PassingError extends Error {
  readonly pauseMs: number | null
  constructor(message: string, pauseMs: number | null) {
    super(message)
    this.pauseMs = pauseMs
  }
}

class Rest implements CoinbaseRest {
  private readonly options: typeof DEFAULTS & CoinbaseRestOptions
  private readonly abort = new AbortController()
  private waiting = 0
  /** When the next request may start, by the clock. */
  private nextTurn = 0

  constructor(options: CoinbaseRestOptions) {
    this.options = { ...DEFAULTS, ...options }
  }

  async trades(product: Product, fromTradeId: number, toTradeId: number, unit: Unit | null): Promise<RefillAnswer> {
    const trades: VenueTrade[] = []
    let upTo = toTradeId
    try {
      while (upTo >= fromTradeId) {
        const limit = Math.min(PAGE, upTo - fromTradeId + 1)
        // "after" is the venue's word for older: it gives trades with ids below the cursor.
        const page = await this.get(`/products/${product}/trades?limit=${limit}&after=${upTo + 1}`)
        const rows = Array.isArray(page) ? (page as readonly unknown[]) : []
        let lowest = upTo + 1
        for (const row of rows) {
          const trade = parseRestTrade(row, unit)
          if (trade === null || trade.tradeId > upTo) continue
          lowest = Math.min(lowest, trade.tradeId)
          if (trade.tradeId >= fromTradeId) trades.push(trade)
        }
        // A page that does not go further down would be asked for without end.
        if (lowest > upTo) break
        upTo = lowest - 1
      }
      return { trades, failure: null }
    } catch (error) {
      return { trades, failure: error instanceof Error ? error.message : String(error) }
    }
  }

  async products(): Promise<readonly ListedProduct[]> {
    const rows = await this.get('/products')
    if (!Array.isArray(rows)) throw new Error('the venue did not answer with a list of products')
    const listed: ListedProduct[] = []
    for (const row of rows as readonly unknown[]) {
      const { id, status, trading_disabled: disabled } = (row ?? {}) as Record<string, unknown>
      if (typeof id !== 'string' || !isProduct(id)) continue
      const online = (status === undefined || status === 'online') && disabled !== true
      listed.push({ product: id, online, instrument: parseInstrument(id, row) })
    }
    return listed
  }

  dispose(): void {
    this.abort.abort(new Error('disposed'))
  }

  private async get(path: string): Promise<unknown> {
    const { attempts, maxWaiting, random } = this.options
    if (this.waiting >= maxWaiting) throw new FinalError(`${maxWaiting} requests to the venue already wait`)
    this.waiting += 1
    try {
      for (let attempt = 1; ; attempt += 1) {
        await this.turn()
        try {
          return await this.once(path)
        } catch (error) {
          if (error instanceof FinalError || attempt >= attempts || this.abort.signal.aborted) throw error
          const named = error instanceof PassingError ? error.pauseMs : null
          const pause = named ?? 250 * 2 ** attempt * (0.5 + random() / 2)
          await this.pause(Math.min(pause, MAX_RETRY_MS))
        }
      }
    } finally {
      this.waiting -= 1
    }
  }

  /** Starts are spaced evenly, which needs no burst and no counting. */
  private async turn(): Promise<void> {
    const { clock, requestsPerSecond } = this.options
    const now = clock.now()
    const start = Math.max(now, this.nextTurn)
    this.nextTurn = start + 1_000_000 / requestsPerSecond
    if (start > now) await this.pause((start - now) / 1_000)
    this.abort.signal.throwIfAborted()
  }

  private async once(path: string): Promise<unknown> {
    const { url, timeoutMs, clock } = this.options
    const timeout = new AbortController()
    const cancel = clock.after(timeoutMs, () => {
      timeout.abort(new Error(`no answer within ${timeoutMs} ms`))
    })
    try {
      const signal = AbortSignal.any([timeout.signal, this.abort.signal])
      const response = await fetch(url + path, { signal, redirect: 'error', headers: { accept: 'application/json' } })
      const body = await readBody(response)
      if (response.ok) return JSON.parse(body)
      const message = `the venue answered ${path} with ${response.status} ${body.slice(0, 100)}`
      if (response.status !== 429 && response.status < 500) throw new FinalError(message)
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      throw new PassingError(message, Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null)
    } finally {
      cancel()
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    const { signal } = this.abort
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        cancel()
        reject(signal.reason as Error)
      }
      const cancel = this.options.clock.after(milliseconds, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

async function readBody(response: Response): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new FinalError(`the venue's answer is larger than ${MAX_BODY_BYTES} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
