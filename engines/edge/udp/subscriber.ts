import type { RemoteInfo, Socket } from 'node:dgram'
import type { Reached } from '../../domain/quality.ts'
import { decodeDatagram, type ControlDatagram, type DataDatagram } from '../../wire/codec.ts'
import { encodeControl, filterFits } from '../../wire/control.ts'
import { Receiver } from '../../wire/sequence.ts'
import type { Subscriber, SubscriberOptions, SubscriberState, SubscriberStatistics } from './contract.ts'
import { AwakeTime } from '../awake-time.ts'
import { closeSocket, openSocket, randomId, resolveHost } from './socket.ts'

export type { Subscriber, SubscriberOptions, SubscriberState, SubscriberStatistics }

/**
 * Opens a subscriber and begins to subscribe; the publisher need not be there yet.
 * @throws RangeError where the filter does not fit one datagram; Error where the address cannot be bound.
 */
export async function createSubscriber(options: SubscriberOptions): Promise<Subscriber> {
  if (!filterFits(options.products)) throw new RangeError(`a filter of ${options.products.length} products is too long`)
  const socket = await openSocket({
    host: options.bindHost ?? '0.0.0.0',
    port: 0,
    receiveBufferBytes: options.receiveBufferBytes ?? 4 * 1024 * 1024,
  })
  return new UdpSubscriber(socket, options)
}

/** What one datagram of 1,400 bytes costs of a Linux receive buffer, generously. */
const BUFFER_COST = 2560
const RETRY_MS = 100
const ACK_MS = 50
const REFUSED_RETRY_MS = 1000

class UdpSubscriber implements Subscriber {
  readonly port: number
  readonly #socket: Socket
  readonly #options: SubscriberOptions
  readonly #id: number
  /** Asked for; what is granted may be less. */
  readonly #asked: number
  #window = 0
  readonly #receiver: Receiver<DataDatagram>
  readonly #housekeeping: NodeJS.Timeout
  #address: string | null = null
  #resolving = false
  #state: SubscriberState = 'connecting'
  #session = 0
  #request = 0
  #acceptedRequest = 0
  #askAgainAt = 0
  readonly #awake = new AwakeTime(RETRY_MS, performance.now())
  /** In awake time. */
  #heardAt = 0
  /** Who publishes; 0: it cannot say what it emitted. */
  #publisher = 0
  /** What the publisher had emitted to the filter before the first message of the session. */
  #before = 0
  #lossUnknown = false
  /** Some of what is newest was told: it is not asked for again. */
  #newestKnown = false
  #end: { readonly next: number; readonly reason: string } | null = null
  #nakTimer: NodeJS.Timeout | null = null
  #ackTimer: NodeJS.Timeout | null = null
  #unacknowledged = 0
  #delivered = false
  #waiters: (() => void)[] = []
  #counts = { garbage: 0, foreign: 0, stale: 0, restarts: 0, sendErrors: 0 }

  constructor(socket: Socket, options: SubscriberOptions) {
    this.#socket = socket
    this.#options = options
    this.port = socket.address().port
    this.#id = randomId(options.random)
    const bufferDatagrams = options.bufferDatagrams ?? 2048
    const fits = Math.floor((socket.getRecvBufferSize() * 0.9) / BUFFER_COST)
    this.#asked = options.lossless ? Math.max(4, Math.min(1024, fits, bufferDatagrams)) : 0
    this.#receiver = new Receiver<DataDatagram>({
      bufferDatagrams,
      nakDelayMs: 1,
      nakRetryMs: 10,
      giveUpMs: options.giveUpMs ?? (options.lossless ? 10_000 : 3000),
      lossless: options.lossless,
      deliver: (datagram, skip) => this.#deliver(datagram, skip),
      lost: (from, to) => options.onLost?.(to - from + 1),
    })
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    // An unconnected UDP socket has no fatal errors; a request that could not be sent is counted, and later repeated.
    socket.on('error', this.#afterSend)
    this.#housekeeping = setInterval(() => this.#keepHouse(), RETRY_MS)
    this.#keepHouse()
  }

  state(): SubscriberState {
    return this.#state
  }

  statistics(): SubscriberStatistics {
    return { ...this.#receiver.quality(), lossUnknown: this.#lossUnknown, ...this.#counts }
  }

  reached(): Reached | null {
    if (this.#publisher === 0) return null
    return { publisher: this.#publisher, count: this.#before + this.#receiver.next - 1 }
  }

  awaited(): boolean {
    return this.#window > 0
  }

  async whenSubscribed(): Promise<void> {
    if (this.#session !== 0 || this.#state === 'disposed') return
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  hold(): void {
    this.#receiver.hold()
  }

  release(): void {
    this.#receiver.release()
    this.#afterDelivery()
  }

  async dispose(): Promise<void> {
    if (this.#state === 'disposed') return
    this.#send({ kind: 'unsubscribe', session: this.#session, sentAt: this.#options.now(), subscriber: this.#id })
    if (!this.#options.lossless && this.#state !== 'ended') {
      this.#receiver.abandon()
      if (this.#state === 'silent' && this.#session !== 0) this.#lossUnknown = true
    }
    this.#state = 'disposed'
    clearInterval(this.#housekeeping)
    if (this.#nakTimer !== null) clearTimeout(this.#nakTimer)
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer)
    this.#receiver.hold()
    this.#wake()
    await closeSocket(this.#socket)
  }

  #send(datagram: ControlDatagram): void {
    if (this.#address !== null && this.#state !== 'disposed') {
      this.#socket.send(encodeControl(datagram), this.#options.source.port, this.#address, this.#afterSend)
    }
  }

  readonly #afterSend = (error: Error | null): void => {
    if (error !== null) this.#counts.sendErrors += 1
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#state === 'disposed') return
    if (from.port !== this.#options.source.port || from.address !== this.#address) {
      this.#counts.foreign += 1
      return
    }
    const decoded = decodeDatagram(bytes)
    if (!decoded.ok) {
      this.#counts.garbage += 1
      return
    }
    const { datagram } = decoded
    this.#heardAt = this.#awake.passed
    if (this.#state === 'silent') {
      this.#state = this.#session === 0 ? 'connecting' : 'live'
      this.#options.onVoice?.()
    }
    if (datagram.kind === 'subscribed') this.#granted(datagram)
    else if (datagram.kind === 'refused') this.#refused(datagram)
    else if (datagram.session !== this.#session || this.#session === 0) this.#counts.stale += 1
    else this.#take(datagram)
  }

  #take(datagram: DataDatagram | ControlDatagram): void {
    const receiver = this.#receiver
    // By awake time: what a process that was stopped could not take is not given up for it.
    const now = this.#awake.at(performance.now())
    switch (datagram.kind) {
      case 'newest':
        this.#newestKnown = true
        this.#options.onNewest?.(datagram.message)
        return
      case 'data':
        receiver.offer(datagram.first, datagram.messages.length, datagram, datagram.resent, now)
        break
      case 'heartbeat':
        receiver.announce(datagram.next, now)
        // The publisher may be waiting for an ACK that was lost.
        if (this.#window > 0) this.#acknowledge()
        break
      case 'end':
        receiver.announce(datagram.next, now)
        this.#end = { next: datagram.next, reason: datagram.reason }
        if (this.#state === 'ended') this.#acknowledge()
        break
      case 'lost':
        receiver.declareLost(datagram.ranges, now)
        break
      default:
        this.#counts.garbage += 1
    }
    this.#afterDelivery()
  }

  #deliver(datagram: DataDatagram, skip: number): void {
    const { messages, sentAt } = datagram
    this.#delivered = true
    this.#unacknowledged += 1
    for (let index = skip; index < messages.length && this.#state !== 'disposed'; index += 1) {
      this.#options.onMessage(messages[index]!, sentAt)
    }
  }

  /** Once for each arrival: hands the batch on, acknowledges, arms the timers, notices the end. */
  #afterDelivery(): void {
    if (this.#delivered) {
      this.#delivered = false
      this.#options.onBatchEnd?.()
    }
    if (this.#state === 'disposed') return
    if (this.#end !== null && this.#state !== 'ended' && this.#receiver.next >= this.#end.next) {
      this.#state = 'ended'
      this.#acknowledge()
      this.#options.onEnd?.(this.#end.reason)
      return
    }
    if (this.#window > 0 && this.#unacknowledged > 0) {
      if (this.#unacknowledged * 4 >= this.#window) this.#acknowledge()
      else this.#ackTimer ??= setTimeout(this.#acknowledgeLate, ACK_MS)
    }
    this.#armNak()
  }

  readonly #acknowledgeLate = (): void => {
    this.#ackTimer = null
    if (this.#unacknowledged > 0) this.#acknowledge()
  }

  #acknowledge(): void {
    this.#unacknowledged = 0
    const ended = this.#state === 'ended'
    this.#send({ kind: 'ack', session: this.#session, sentAt: this.#options.now(), next: this.#receiver.next, ended })
  }

  #armNak(): void {
    if (this.#nakTimer !== null) return
    const dueAt = this.#receiver.dueAt()
    if (dueAt === Infinity) return
    this.#nakTimer = setTimeout(this.#askForMissing, Math.max(1, dueAt - this.#awake.at(performance.now())))
  }

  readonly #askForMissing = (): void => {
    this.#nakTimer = null
    const ranges = this.#receiver.due(this.#awake.at(performance.now()))
    if (ranges.length > 0) this.#send({ kind: 'nak', session: this.#session, sentAt: this.#options.now(), ranges })
    this.#afterDelivery()
  }

  #granted(datagram: Extract<ControlDatagram, { kind: 'subscribed' }>): void {
    if (datagram.subscriber !== this.#id) {
      this.#counts.stale += 1
      return
    }
    if (datagram.session === this.#session || datagram.request <= this.#acceptedRequest) return
    this.#acceptedRequest = datagram.request
    // Also what waited behind holes of the old session is delivered now, before the new one begins.
    this.#receiver.settle()
    const missed = this.#missed(datagram)
    this.#session = datagram.session
    this.#window = datagram.window
    this.#publisher = datagram.publisher
    this.#before = datagram.emitted - (datagram.next - 1)
    this.#end = null
    this.#state = 'live'
    this.#receiver.start(datagram.next, missed)
    this.#wake()
    this.#afterDelivery()
  }

  /** How much the source had emitted to this filter that never came, as far as it can say. */
  #missed({ publisher, emitted }: Extract<ControlDatagram, { kind: 'subscribed' }>): number {
    // Whoever joins a live feed has lost nothing of what was before; a tape begins when its reader is there.
    if (this.#session === 0) return this.#options.lossless ? emitted : 0
    const reached = this.reached()
    if (reached !== null && reached.publisher === publisher) return Math.max(0, emitted - reached.count)
    this.#lossUnknown = true
    this.#counts.restarts += 1
    this.#options.onRestart?.()
    return emitted
  }

  #refused(datagram: Extract<ControlDatagram, { kind: 'refused' }>): void {
    if (datagram.subscriber !== this.#id || datagram.request !== this.#request) return
    this.#askAgainAt = performance.now() + REFUSED_RETRY_MS
    this.#options.onRefused?.(datagram.reason)
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  #keepHouse(): void {
    if (this.#state === 'ended') return
    const now = performance.now()
    this.#awake.round(now)
    if (this.#state !== 'silent' && this.#awake.passed - this.#heardAt >= (this.#options.silenceMs ?? 1000)) {
      this.#state = 'silent'
      this.#options.onSilence?.()
    }
    if (this.#address === null || this.#state === 'silent') this.#resolve()
    if (now < this.#askAgainAt || this.#address === null) return
    this.#subscribe(now)
  }

  #subscribe(now: number): void {
    this.#request += 1
    const settled = this.#session !== 0 && this.#state !== 'silent'
    this.#askAgainAt = now + (settled ? (this.#options.ttlMs ?? 5000) / 3 : RETRY_MS - 1)
    this.#send({
      kind: 'subscribe',
      session: this.#session,
      next: this.#session === 0 ? 0 : this.#receiver.next,
      sentAt: this.#options.now(),
      subscriber: this.#id,
      request: this.#request,
      ttlMs: this.#options.ttlMs ?? 5000,
      window: this.#asked,
      key: this.#options.key ?? 0,
      newest: this.#options.onNewest !== undefined && !this.#newestKnown,
      products: this.#options.products,
    })
  }

  /** Looks the source's name up; a name that is not known (yet) is asked for again while the source is silent. */
  #resolve(): void {
    if (this.#resolving) return
    this.#resolving = true
    resolveHost(this.#options.source.host).then(
      (address) => {
        this.#resolving = false
        const changed = this.#address !== address
        this.#address = address
        if (changed && this.#state !== 'disposed') this.#subscribe(performance.now())
      },
      () => (this.#resolving = false),
    )
  }
}
