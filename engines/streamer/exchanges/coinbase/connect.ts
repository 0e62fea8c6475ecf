import { WebSocket, type RawData } from 'ws'
import { AwakeTime } from '../../../edge/awake-time.ts'
import { deferred } from '../../../edge/deferred.ts'
import type { Clock } from '../../../edge/clock.ts'
import type { StreamerInput, VenueRequest } from '../../core.ts'
import type { KnownUnits } from '../../venue.ts'
import { Dialogue } from './dialogue.ts'
import { parseFrame } from './parse.ts'
import { createCoinbaseRest, type CoinbaseRest } from './rest.ts'

export const COINBASE_WS_URL = 'wss://ws-feed.exchange.coinbase.com'
export const COINBASE_REST_URL = 'https://api.exchange.coinbase.com'

/** The venue beats once a second; without anything valid for so long the feed is dead. */
export const SILENCE_MS = 15_000

/** A BTC-USD snapshot is about 1.4 MiB. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024
const HANDSHAKE_MS = 10_000
/** The venue allows 8 requests a second and address. */
const MESSAGE_EVERY_MS = 125
/** How long a closing handshake may take before the connection is cut. */
const CLOSE_MS = 1_000
const TIMER_MS = 1_000
/** How long the first connection waits for the list of products. */
const DEFINITIONS_MS = 3_000

export interface CoinbaseOptions {
  readonly wsUrl: string
  readonly restUrl: string
  readonly clock: Clock
  /** In [0, 1); jitters pauses. */
  readonly random: () => number
  /** What products are counted in, as far as is known. */
  readonly units: KnownUnits
  /** Everything that happens, for the core; never called from within {@link CoinbaseConnection.perform}. */
  readonly onInput: (input: StreamerInput) => void
  readonly onLog: (level: 'info' | 'warn', message: string) => void
  /** A bug, here or in what `onInput` does with the answer to a refill: this connection cannot be relied on. */
  readonly onFailure: (error: unknown) => void
  /** Without a valid message for so long the feed is dead; default {@link SILENCE_MS}. */
  readonly silenceMs?: number
  /** Silence of so long is told of; default 5,000 ms. */
  readonly quietMs?: number
  /** An unanswered subscribe is given up after so long; default 5,000 ms. */
  readonly answerMs?: number
  /** First pause before a reconnection; doubles each time. Default 500 ms. */
  readonly backoffMs?: number
  /** Longest pause before a reconnection; default 30,000 ms. */
  readonly maxBackoffMs?: number
  /** In place of one made from `restUrl`. */
  readonly rest?: CoinbaseRest
}

/** A connection to Coinbase that mends itself, and a timer for the core. */
export interface CoinbaseConnection {
  /** Does what the core asked for. Connects with the first product. */
  perform(request: VenueRequest): void
  readonly isConnected: boolean
  /** What is not right with it now, each a sentence for a person. */
  warnings(): readonly string[]
  /** Resolves when the socket is closed and no timer is left. */
  dispose(): Promise<void>
}

/** The venue beats once a second: its silence is told of well before the feed is taken for dead. */
const DEFAULTS = { silenceMs: SILENCE_MS, quietMs: 5_000, answerMs: 5_000, backoffMs: 500, maxBackoffMs: 30_000 }

/**
 * Opens no socket before a product is wanted: the venue cuts off whoever does not subscribe within 5 s.
 * @throws RangeError where an address is not of its kind; every fault at once.
 */
export function connectCoinbase(options: CoinbaseOptions): CoinbaseConnection {
  const faults = [...wrongAddress('wsUrl', options.wsUrl, 'ws'), ...wrongAddress('restUrl', options.restUrl, 'http')]
  if (faults.length > 0) throw new RangeError(faults.join('; '))
  return new Connection(options)
}

class Connection implements CoinbaseConnection {
  private readonly options: typeof DEFAULTS & CoinbaseOptions
  private readonly rest: CoinbaseRest
  private readonly dialogue: Dialogue
  private socket: WebSocket | null = null
  /** Whether the core was told that data flows. */
  private connectedTold = false
  private disposed = false
  /** Whether the venue was asked what it lists, and whether there is nothing more to wait for. */
  private defining = false
  private defined = false
  /** Failed attempts since data last flowed with everything subscribed. */
  private failures = 0
  private readonly awake: AwakeTime
  /** {@link awake} when the venue was last heard, and when it was last asked something. */
  private heardAt = 0
  private askedAt = 0
  /** {@link awake} since when no data flow though some are wanted; null: they do, or none are. */
  private cutOffAt: number | null = null
  /** Why the last connection ended; empty before the first did. */
  private trouble = ''
  private sentAt = 0
  private cancelReconnect: (() => void) | null = null
  private cancelSend: (() => void) | null = null
  private cancelTimer: () => void

  constructor(options: CoinbaseOptions) {
    this.options = { ...DEFAULTS, ...options }
    const { restUrl, clock, random } = options
    this.rest = options.rest ?? createCoinbaseRest({ url: restUrl, clock, random })
    this.dialogue = new Dialogue({
      refused: (product, reason) => {
        this.input({ type: 'refused', product, detail: reason })
      },
      warn: (message) => {
        options.onLog('warn', message)
      },
    })
    this.awake = new AwakeTime(this.timerMs, clock.now() / 1_000)
    this.cancelTimer = clock.after(this.timerMs, this.onTimer)
  }

  get isConnected(): boolean {
    return this.connectedTold
  }

  warnings(): readonly string[] {
    if (this.dialogue.products.length === 0) return []
    const seconds = (since: number): number => Math.floor((this.awake.passed - since) / 1_000)
    if (this.cutOffAt !== null) {
      if (this.trouble === '' && this.awake.passed - this.cutOffAt < this.options.quietMs) return []
      const why = this.trouble === '' ? '' : ` (${this.trouble})`
      return [
        `The streamer has had no connection to the venue for ${seconds(this.cutOffAt)} s${why}; it goes on trying.`,
      ]
    }
    if (this.awake.passed - this.heardAt < this.options.quietMs) return []
    return [`The streamer has heard nothing of the venue for ${seconds(this.heardAt)} s.`]
  }

  perform(request: VenueRequest): void {
    if (this.disposed) return
    switch (request.type) {
      case 'subscribe':
        this.dialogue.want(request.products)
        break
      case 'unsubscribe':
        this.dialogue.drop(request.product)
        break
      case 'resubscribe':
        this.dialogue.refresh(request.product)
        break
      case 'refill':
        this.refill(request).catch(this.options.onFailure)
        return
    }
    if (this.socket === null && this.cancelReconnect === null) this.connect()
    else this.speak()
  }

  async dispose(): Promise<void> {
    if (this.disposed) return
    this.disposed = true
    this.cancelTimer()
    this.cancelReconnect?.()
    this.cancelSend?.()
    this.rest.dispose()
    const { socket } = this
    this.socket = null
    if (socket === null || socket.readyState === WebSocket.CLOSED) return
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(CLOSE_MS, () => {
        socket.terminate()
      })
      socket.once('close', () => {
        cancel()
        resolve()
      })
      socket.close(1000)
    })
  }

  /** The first connection waits for what the venue lists, so that all is counted in the venue's own units from the start. */
  private connect(): void {
    if (this.defined) this.open()
    else if (!this.defining) {
      this.defining = true
      this.define().catch(this.options.onFailure)
    }
  }

  private async define(): Promise<void> {
    const { clock, onLog } = this.options
    const late = deferred<void>()
    const cancel = clock.after(DEFINITIONS_MS, late.resolve)
    const listed = this.rest
      .products()
      .then((products) => {
        const instruments = products.flatMap(({ instrument }) => instrument ?? [])
        if (!this.disposed) this.input({ type: 'instruments', instruments })
      })
      .catch((error: unknown) => {
        // What the venue does not define is taken to be as it is seen, which is told with each product.
        const why = error instanceof Error ? error.message : String(error)
        if (!this.disposed) onLog('warn', `the venue's increments are not known: ${why}`)
      })
    await Promise.race([listed, late.promise])
    cancel()
    this.defined = true
    if (!this.disposed && this.socket === null && this.cancelReconnect === null) this.open()
  }

  private open(): void {
    if (this.dialogue.products.length === 0) return
    const { wsUrl } = this.options
    this.cutOffAt ??= this.awake.passed
    const socket = new WebSocket(wsUrl, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: true,
      handshakeTimeout: HANDSHAKE_MS,
    })
    this.socket = socket
    this.heardAt = this.awake.passed
    let trouble = ''
    socket.on('open', () => {
      if (this.socket !== socket) return
      this.heardAt = this.awake.passed
      this.dialogue.restart()
      this.speak()
    })
    socket.on('message', (data, isBinary) => {
      if (this.socket === socket) this.receive(data, isBinary)
    })
    socket.on('error', (error) => {
      trouble = error.message
    })
    socket.on('close', (code, reason) => {
      const words = reason.toString('utf8').slice(0, 100)
      if (this.socket === socket) this.gone(trouble === '' ? `closed with ${code} ${words}`.trim() : trouble)
    })
  }

  private receive(data: RawData, isBinary: boolean): void {
    const message = isBinary ? null : parseFrame(textOf(data), this.options.units)
    if (message === null || message.type === 'refused') {
      const book = message?.book === undefined ? {} : { book: message.book }
      this.input({ type: 'garbage', reason: message === null ? 'a binary frame' : message.reason, ...book })
      return
    }
    this.heardAt = this.awake.passed
    if (message.type === 'error') {
      const reason = `${message.message}: ${message.reason}`
      if (this.dialogue.failed(message.reason === '' ? message.message : message.reason)) this.speak()
      else this.cut(reason)
      return
    }
    if (!this.connectedTold) {
      this.connectedTold = true
      this.cutOffAt = null
      this.trouble = ''
      this.input({ type: 'connected' })
    }
    if (message.type === 'subscriptions') {
      this.dialogue.acknowledged()
      this.speak()
      return
    }
    if (this.dialogue.isSettled) this.failures = 0
    this.input({ type: 'message', message })
  }

  /** Says the next thing, if it may be said now. */
  private speak(): void {
    const { socket } = this
    if (socket === null || socket.readyState !== WebSocket.OPEN || this.cancelSend !== null) return
    if (this.dialogue.products.length === 0 && this.dialogue.isSettled) {
      this.abandon(socket)
      return
    }
    if (this.dialogue.isWaiting || this.dialogue.isSettled) return
    const { clock } = this.options
    const wait = this.sentAt + MESSAGE_EVERY_MS * 1_000 - clock.now()
    if (wait > 0) {
      this.cancelSend = clock.after(wait / 1_000, () => {
        this.cancelSend = null
        this.speak()
      })
      return
    }
    const text = this.dialogue.next()
    if (text === null) {
      // All that was queued had become pointless; perhaps nothing is wanted any more.
      if (this.dialogue.products.length === 0) this.abandon(socket)
      return
    }
    this.sentAt = clock.now()
    this.askedAt = this.awake.passed
    socket.send(text)
  }

  /** Nothing is wanted: a connection without subscriptions would be cut off, again and again. */
  private abandon(socket: WebSocket): void {
    this.socket = null
    this.cutOffAt = null
    this.trouble = ''
    socket.close(1000)
    // The core may be in the middle of a step: it must not be called from within perform.
    queueMicrotask(() => {
      this.tellLost('no product is wanted')
    })
  }

  private readonly onTimer = (): void => {
    const { clock, silenceMs, answerMs } = this.options
    this.cancelTimer = clock.after(this.timerMs, this.onTimer)
    this.awake.round(clock.now() / 1_000)
    if (this.socket?.readyState === WebSocket.OPEN) {
      if (this.awake.passed - this.heardAt >= silenceMs) this.cut(`no message for ${silenceMs} ms`)
      else if (this.dialogue.isWaiting && this.awake.passed - this.askedAt >= answerMs) {
        this.cut(`no answer to a subscription for ${answerMs} ms`)
      }
    }
    this.input({ type: 'timer' })
  }

  private get timerMs(): number {
    const { silenceMs, quietMs, answerMs } = this.options
    return Math.max(1, Math.min(TIMER_MS, silenceMs / 3, quietMs / 3, answerMs / 3))
  }

  /** Gives the connection up without waiting for a dead peer's farewell. */
  private cut(detail: string): void {
    const { socket } = this
    this.gone(detail)
    socket?.terminate()
  }

  private gone(detail: string): void {
    const { clock, backoffMs, maxBackoffMs, random, onLog } = this.options
    this.socket = null
    this.cutOffAt ??= this.awake.passed
    this.trouble = detail
    this.cancelSend?.()
    this.cancelSend = null
    this.tellLost(detail)
    if (this.disposed || this.dialogue.products.length === 0) return
    const longest = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.failures, 30))
    const pause = Math.round(longest / 2 + (random() * longest) / 2)
    this.failures += 1
    onLog('warn', `the connection to the venue is gone (${detail}); the next attempt is in ${pause} ms`)
    this.cancelReconnect = clock.after(pause, () => {
      this.cancelReconnect = null
      this.connect()
    })
  }

  private tellLost(detail: string): void {
    if (!this.connectedTold) return
    this.connectedTold = false
    this.input({ type: 'lost', detail })
  }

  private async refill({ product, fromTradeId, toTradeId }: Extract<VenueRequest, { type: 'refill' }>): Promise<void> {
    const { trades, failure } = await this.rest.trades(product, fromTradeId, toTradeId, this.options.units(product))
    if (!this.disposed) this.input({ type: 'refill', product, fromTradeId, toTradeId, trades, failure })
  }

  private input(input: WithoutMoment<StreamerInput>): void {
    this.options.onInput({ ...input, receivedAt: this.options.clock.now() } as StreamerInput)
  }
}

function wrongAddress(name: string, text: string, protocol: 'ws' | 'http'): string[] {
  const isRight = URL.canParse(text) && [`${protocol}:`, `${protocol}s:`].includes(new URL(text).protocol)
  return isRight ? [] : [`${name}: "${text}" is not a ${protocol}:// or ${protocol}s:// address`]
}

type WithoutMoment<Input> = Input extends unknown ? Omit<Input, 'receivedAt'> : never

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8')
}
