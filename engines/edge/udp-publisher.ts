import type { RemoteInfo, Socket } from 'node:dgram'
import type { Product } from '../domain/product.ts'
import type { Micros } from '../domain/time.ts'
import { decodeDatagram, type ControlDatagram, type Range } from '../wire/codec.ts'
import { encodeControl } from '../wire/control.ts'
import { MAX_RANGES } from '../wire/frame.ts'
import { Lane } from '../wire/lane.ts'
import type { WireMessage } from '../wire/message.ts'
import { closeSocket, openSocket, randomId } from './udp-socket.ts'

/** What a publisher is made of. */
export interface PublisherOptions {
  /** IPv4 address to bind to. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Wall clock, for the send times. */
  readonly now: () => Micros
  /** Like `Math.random`; draws the session ids. */
  readonly random: () => number
  /** What each lane keeps for re-requests; 2 MiB, touched only as it is used. */
  readonly ringBytes?: number
  /** The most datagrams ahead of a lossless subscriber; never more than half the ring. */
  readonly window?: number
  /** 64. */
  readonly maxLanes?: number
  /** 256. */
  readonly maxSubscribers?: number
  /** 100. */
  readonly heartbeatMs?: number
  /** How long {@link Publisher.end} waits for acknowledgements at most; 2,000. */
  readonly endTimeoutMs?: number
  /** Called after somebody subscribed, left or expired; not for renewals. */
  readonly onSubscribersChange?: (subscribers: readonly SubscriberEntry[]) => void
}

/** Somebody who is subscribed. */
export interface SubscriberEntry {
  readonly address: string
  readonly port: number
  /** Empty: all. */
  readonly products: readonly Product[]
  readonly lossless: boolean
  /** Datagrams sent and not acknowledged; 0 for a live one, which need not acknowledge. */
  readonly behind: number
}

/** Counts since the start. */
export interface PublisherStatistics {
  readonly messages: number
  /** Sent, once for each subscriber. */
  readonly datagrams: number
  /** Sent again on request. */
  readonly resent: number
  /** Messages asked for that the ring had let go. */
  readonly lost: number
  /** Datagrams that the system refused to send; they are recovered like any other loss. */
  readonly sendErrors: number
  /** Datagrams received that were not valid or from nobody subscribed. */
  readonly garbage: number
  readonly lanes: number
}

/** Serves subscribers over UDP; see PROTOCOL.md. */
export interface Publisher {
  readonly port: number
  /**
   * Adds a message to what is sent: when a datagram is full, at {@link flush}, or at the latest when the present turn's
   * microtasks run. It goes to nobody where nobody is subscribed.
   * @returns {@link ready}. Whoever serves lossless subscribers waits for {@link whenReady} when it is false.
   * @throws RangeError on a message that the wire cannot carry; Error after {@link end}.
   */
  publish(message: WireMessage): boolean
  /** Sends at once, in this turn. */
  flush(): void
  /** false while a lossless subscriber is a full window behind. */
  ready(): boolean
  /** Resolves when {@link ready}, or when the publisher is disposed of. */
  whenReady(): Promise<void>
  subscribers(): readonly SubscriberEntry[]
  /**
   * Ends all sessions. Resolves with true when every subscriber has all and knows of the end, with false when some had
   * not said so within `endTimeoutMs`. Goes on serving re-requests until then.
   */
  end(reason: string): Promise<boolean>
  statistics(): PublisherStatistics
  /** Frees port and timers. Idempotent. */
  dispose(): Promise<void>
}

/** Opens a publisher. @throws Error where the port cannot be had. */
export async function createPublisher(options: PublisherOptions): Promise<Publisher> {
  const socket = await openSocket({ host: options.host, port: options.port, receiveBufferBytes: 1024 * 1024 })
  return new UdpPublisher(socket, options)
}

interface Served {
  readonly lane: Lane
  readonly subscribers: Set<Subscription>
  /** Monotonic ms of the last datagram. */
  lastSent: number
  /** The heartbeat that follows soon after the last DATA is out. */
  tailSent: boolean
  /** Monotonic ms since when nobody is subscribed. */
  emptySince: number
}

interface Subscription {
  readonly id: number
  readonly address: string
  readonly port: number
  readonly served: Served
  /** Its first sequence. */
  readonly from: number
  window: number
  ttlMs: number
  expiresAt: number
  /** Number of the first datagram not acknowledged. */
  acked: number
  ended: boolean
}

const TAIL_MS = 25
const LINGER_MS = 30_000
const RESEND_LIMIT = 128

class UdpPublisher implements Publisher {
  readonly port: number
  readonly #socket: Socket
  readonly #options: PublisherOptions
  readonly #lanes = new Map<string, Served>()
  readonly #subscriptions = new Map<string, Subscription>()
  /** Which lanes a product goes to; emptied whenever the lanes change. */
  readonly #routes = new Map<Product, Served[]>()
  readonly #housekeeping: NodeJS.Timeout
  readonly #tail: NodeJS.Timeout
  #waiters: (() => void)[] = []
  #ready = true
  #flushScheduled = false
  #tailArmed = false
  #disposed = false
  #ending: { readonly timer: NodeJS.Timeout; readonly settle: (all: boolean) => void } | null = null
  #end: { readonly reason: string; readonly result: Promise<boolean> } | null = null
  #counts = { messages: 0, datagrams: 0, resent: 0, lost: 0, sendErrors: 0, garbage: 0 }

  constructor(socket: Socket, options: PublisherOptions) {
    this.#socket = socket
    this.#options = options
    this.port = socket.address().port
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    // An unconnected UDP socket has no fatal errors; what a single send meets is counted.
    socket.on('error', () => (this.#counts.sendErrors += 1))
    this.#housekeeping = setInterval(() => this.#keepHouse(), options.heartbeatMs ?? 100)
    this.#tail = setTimeout(() => this.#sendTails(), TAIL_MS)
  }

  publish(message: WireMessage): boolean {
    if (this.#end !== null) throw new Error('the publisher has ended; nothing can be published any more')
    this.#counts.messages += 1
    for (const served of this.#route(message.product)) {
      if (served.lane.append(message)) continue
      this.#flushLane(served)
      served.lane.append(message)
    }
    if (!this.#flushScheduled) {
      this.#flushScheduled = true
      queueMicrotask(this.#flushLater)
    }
    return this.#ready
  }

  flush(): void {
    for (const served of this.#lanes.values()) this.#flushLane(served)
  }

  ready(): boolean {
    return this.#ready
  }

  async whenReady(): Promise<void> {
    this.flush()
    if (this.#ready || this.#disposed) return
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  subscribers(): readonly SubscriberEntry[] {
    return [...this.#subscriptions.values()].map((one) => ({
      address: one.address,
      port: one.port,
      products: one.served.lane.products,
      lossless: one.window > 0,
      behind: one.window > 0 ? one.served.lane.sealed - one.acked : 0,
    }))
  }

  end(reason: string): Promise<boolean> {
    if (this.#end !== null) return this.#end.result
    this.flush()
    const deadline = performance.now() + (this.#options.endTimeoutMs ?? 2000)
    const result = new Promise<boolean>((settle) => {
      const timer = setInterval(() => {
        if (performance.now() >= deadline) this.#settleEnd(false)
        else for (const one of this.#subscriptions.values()) if (!one.ended) this.#sendEnd(one, reason)
      }, TAIL_MS)
      this.#ending = { timer, settle }
    })
    this.#end = { reason, result }
    for (const one of this.#subscriptions.values()) this.#sendEnd(one, reason)
    this.#checkEnd()
    return result
  }

  statistics(): PublisherStatistics {
    return { ...this.#counts, lanes: this.#lanes.size }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    clearInterval(this.#housekeeping)
    clearTimeout(this.#tail)
    this.#settleEnd(false)
    this.#subscriptions.clear()
    this.#lanes.clear()
    this.#routes.clear()
    this.#updateReady()
    await closeSocket(this.#socket)
  }

  readonly #flushLater = (): void => {
    this.#flushScheduled = false
    if (!this.#disposed) this.flush()
  }

  readonly #afterSend = (error: Error | null): void => {
    if (error !== null) this.#counts.sendErrors += 1
  }

  #route(product: Product): readonly Served[] {
    const known = this.#routes.get(product)
    if (known !== undefined) return known
    const takes = ({ lane }: Served) => product === '' || lane.products.length === 0 || lane.products.includes(product)
    const lanes = [...this.#lanes.values()].filter(takes)
    this.#routes.set(product, lanes)
    return lanes
  }

  #flushLane(served: Served): void {
    const { lane } = served
    const datagram = lane.seal(this.#options.now())
    if (datagram < 0) return
    served.lastSent = performance.now()
    served.tailSent = false
    const offset = lane.offsetOf(datagram)
    const length = lane.lengthOf(datagram)
    for (const one of served.subscribers) {
      this.#counts.datagrams += 1
      this.#socket.send(lane.bytes, offset, length, one.port, one.address, this.#afterSend)
      if (one.window > 0 && lane.sealed - one.acked >= one.window) this.#ready = false
    }
    if (this.#tailArmed) return
    this.#tailArmed = true
    this.#tail.refresh()
  }

  #sendControl(one: { address: string; port: number }, datagram: ControlDatagram): void {
    this.#socket.send(encodeControl(datagram), one.port, one.address, this.#afterSend)
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const decoded = decodeDatagram(bytes)
    if (!decoded.ok) {
      this.#counts.garbage += 1
      return
    }
    const { datagram } = decoded
    const key = `${from.address}:${from.port}`
    const known = this.#subscriptions.get(key)
    if (datagram.kind === 'subscribe') {
      this.#subscribe(key, from, datagram, known)
      return
    }
    if (known === undefined || (datagram.kind !== 'unsubscribe' && datagram.session !== known.served.lane.session)) {
      this.#counts.garbage += 1
      return
    }
    known.expiresAt = performance.now() + known.ttlMs
    if (datagram.kind === 'nak') this.#resend(known, datagram.ranges)
    else if (datagram.kind === 'ack') this.#acknowledge(known, datagram.next, datagram.ended)
    else if (datagram.kind === 'unsubscribe' && datagram.subscriber === known.id) this.#remove(key, known, false)
    else this.#counts.garbage += 1
  }

  #subscribe(
    key: string,
    from: RemoteInfo,
    asked: Extract<ControlDatagram, { kind: 'subscribe' }>,
    known: Subscription | undefined,
  ): void {
    const products = [...new Set(asked.products)].sort()
    const filter = products.join(' ')
    const ttlMs = Math.min(Math.max(asked.ttlMs, 100), 60_000)
    const { subscriber, request } = asked
    const reply = { sentAt: this.#options.now(), subscriber, request }
    const renews = known !== undefined && known.id === subscriber && known.served.lane.products.join(' ') === filter
    let one = renews ? known : null
    if (one === null) {
      if (known !== undefined) this.#remove(key, known, false)
      const served =
        this.#subscriptions.size < (this.#options.maxSubscribers ?? 256) ? this.#laneFor(filter, products) : null
      if (served === null) {
        const reason = 'this publisher serves as many subscribers or filters as it can'
        this.#sendControl(from, { kind: 'refused', session: 0, ...reply, reason })
        return
      }
      one = this.#admit(key, from, asked, served)
    }
    one.ttlMs = ttlMs
    one.expiresAt = performance.now() + ttlMs
    this.#sendControl(one, {
      kind: 'subscribed',
      session: one.served.lane.session,
      ...reply,
      next: one.from,
      ttlMs,
      window: one.window,
    })
    if (!renews) this.#changed()
    if (this.#end !== null && !one.ended) this.#sendEnd(one, this.#end.reason)
  }

  #admit(
    key: string,
    from: RemoteInfo,
    asked: { session: number; next: number; subscriber: number; window: number },
    served: Served,
  ): Subscription {
    this.#flushLane(served)
    const { lane } = served
    const resumes = asked.session === lane.session && asked.next >= 1 && asked.next <= lane.next
    const first = resumes ? asked.next : lane.next
    const one: Subscription = {
      id: asked.subscriber,
      address: from.address,
      port: from.port,
      served,
      from: first,
      window: Math.min(asked.window, this.#options.window ?? lane.maxWindow, lane.maxWindow),
      ttlMs: 0,
      expiresAt: 0,
      acked: lane.find(first),
      ended: false,
    }
    this.#subscriptions.set(key, one)
    served.subscribers.add(one)
    return one
  }

  /** The lane of a filter, made where there is none; null where there are too many. */
  #laneFor(filter: string, products: readonly Product[]): Served | null {
    const known = this.#lanes.get(filter)
    if (known !== undefined) return known
    if (this.#lanes.size >= (this.#options.maxLanes ?? 64)) {
      const idle = [...this.#lanes].find(([, served]) => served.subscribers.size === 0)
      if (idle === undefined) return null
      this.#lanes.delete(idle[0])
    }
    const lane = new Lane(randomId(this.#options.random), products, this.#options.ringBytes ?? 2 * 1024 * 1024)
    const served: Served = { lane, subscribers: new Set(), lastSent: performance.now(), tailSent: true, emptySince: 0 }
    this.#lanes.set(filter, served)
    this.#routes.clear()
    return served
  }

  #remove(key: string, one: Subscription, mayReturn: boolean): void {
    const { served } = one
    this.#subscriptions.delete(key)
    served.subscribers.delete(one)
    served.emptySince = performance.now()
    if (served.subscribers.size === 0 && !mayReturn) this.#dropLane(served)
    this.#changed()
  }

  #dropLane(served: Served): void {
    this.#lanes.delete(served.lane.products.join(' '))
    this.#routes.clear()
  }

  #changed(): void {
    this.#updateReady()
    this.#checkEnd()
    this.#options.onSubscribersChange?.(this.subscribers())
  }

  #acknowledge(one: Subscription, next: number, ended: boolean): void {
    const { lane } = one.served
    if (next > lane.next) return
    one.acked = Math.max(one.acked, lane.find(next))
    if (ended && this.#end !== null && next === lane.next) one.ended = true
    this.#updateReady()
    this.#checkEnd()
  }

  #updateReady(): void {
    let ready = true
    for (const one of this.#subscriptions.values()) {
      if (one.window > 0 && one.served.lane.sealed - one.acked >= one.window) ready = false
    }
    this.#ready = ready
    if (!(ready || this.#disposed) || this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  #resend(one: Subscription, ranges: readonly Range[]): void {
    const { lane } = one.served
    const gone: Range[] = []
    let budget = RESEND_LIMIT
    for (const range of ranges) {
      const to = Math.min(range.to, lane.sealedNext - 1)
      if (range.from > to) continue
      if (range.from < lane.heldFrom) gone.push({ from: range.from, to: Math.min(to, lane.heldFrom - 1) })
      let datagram = lane.find(Math.max(range.from, lane.heldFrom))
      for (; datagram < lane.sealed && lane.firstOf(datagram) <= to && budget > 0; datagram += 1, budget -= 1) {
        this.#counts.resent += 1
        lane.markResent(datagram, true)
        this.#socket.send(
          lane.bytes,
          lane.offsetOf(datagram),
          lane.lengthOf(datagram),
          one.port,
          one.address,
          this.#afterSend,
        )
        lane.markResent(datagram, false)
      }
    }
    if (gone.length === 0) return
    this.#counts.lost += gone.reduce((sum, range) => sum + range.to - range.from + 1, 0)
    const said = { kind: 'lost', session: lane.session, sentAt: this.#options.now() } as const
    this.#sendControl(one, { ...said, ranges: gone.slice(0, MAX_RANGES) })
  }

  #sendEnd(one: Subscription, reason: string): void {
    const { lane } = one.served
    this.#sendControl(one, { kind: 'end', session: lane.session, sentAt: this.#options.now(), next: lane.next, reason })
  }

  #checkEnd(): void {
    if (this.#ending !== null && [...this.#subscriptions.values()].every((one) => one.ended)) this.#settleEnd(true)
  }

  #settleEnd(all: boolean): void {
    if (this.#ending === null) return
    clearInterval(this.#ending.timer)
    this.#ending.settle(all)
    this.#ending = null
  }

  #heartbeat(served: Served, now: number): void {
    served.lastSent = now
    served.tailSent = true
    const { session, sealedNext } = served.lane
    const datagram = { kind: 'heartbeat', session, sentAt: this.#options.now(), next: sealedNext } as const
    for (const one of served.subscribers) this.#sendControl(one, datagram)
  }

  /** Soon after the last DATA, so that the loss of the very last one does not wait for the slow heartbeat. */
  #sendTails(): void {
    this.#tailArmed = false
    const now = performance.now()
    for (const served of this.#lanes.values()) {
      if (served.tailSent) continue
      if (now - served.lastSent >= TAIL_MS - 1) this.#heartbeat(served, now)
      else this.#tailArmed = true
    }
    if (this.#tailArmed && !this.#disposed) this.#tail.refresh()
  }

  #keepHouse(): void {
    const now = performance.now()
    for (const [key, one] of this.#subscriptions) if (one.expiresAt <= now) this.#remove(key, one, true)
    for (const served of this.#lanes.values()) {
      if (served.subscribers.size === 0) {
        if (now - served.emptySince >= LINGER_MS) this.#dropLane(served)
      } else if (now - served.lastSent >= (this.#options.heartbeatMs ?? 100) - 1) this.#heartbeat(served, now)
    }
  }
}
