import type { RemoteInfo, Socket } from 'node:dgram'
import type { Emitted } from '../../domain/quality.ts'
import { decodeDatagram, type ControlDatagram, type Range } from '../../wire/codec.ts'
import { encodeControl } from '../../wire/control.ts'
import { AwakeTime } from '../awake-time.ts'
import type { Lane } from '../../wire/lane.ts'
import type { WireMessage } from '../../wire/message.ts'
import { planResend } from '../../wire/resend.ts'
import type { Publisher, PublisherOptions, PublisherStatistics, Stall, SubscriberEntry } from './contract.ts'
import { Emissions } from './emissions.ts'
import {
  entryOf,
  grantOf,
  isBehind,
  isOverdue,
  lacking,
  LaneTable,
  lastHope,
  MAX_SUBSCRIBERS,
  normalFilter,
  type Served,
  type Subscription,
} from './lanes.ts'
import { closeSocket, openSocket, randomId } from './socket.ts'

export type { Publisher, PublisherOptions, PublisherStatistics, SubscriberEntry }

/** Opens a publisher. @throws Error where the port cannot be had. */
export async function createPublisher(options: PublisherOptions): Promise<Publisher> {
  const socket = await openSocket({ host: options.host, port: options.port, receiveBufferBytes: 1024 * 1024 })
  return new UdpPublisher(socket, options)
}

const TAIL_MS = 25
/** On a busy machine a reader may not be heard for seconds. */
const END_MS = 5_000
const RESEND_LIMIT = 128

class UdpPublisher implements Publisher {
  readonly port: number
  readonly #socket: Socket
  readonly #options: PublisherOptions
  readonly #identity: number
  readonly #emissions: Emissions
  readonly #lanes: LaneTable
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #housekeeping: NodeJS.Timeout
  readonly #tail: NodeJS.Timeout
  readonly #awake: AwakeTime
  #waiters: (() => void)[] = []
  #ready = true
  /** In awake time; of what it waited for last. */
  #waitsSince = 0
  #flushScheduled = false
  /** A subscription expired without having confirmed the end. */
  #leftBehind = false
  #tailArmed = false
  #disposed = false
  #ending: { readonly timer: NodeJS.Timeout; readonly settle: (all: boolean) => void } | null = null
  #end: { readonly reason: string; readonly result: Promise<boolean> } | null = null
  #counts = { messages: 0, datagrams: 0, resent: 0, lost: 0, sendErrors: 0, garbage: 0 }

  constructor(socket: Socket, options: PublisherOptions) {
    this.#socket = socket
    this.#options = options
    this.port = socket.address().port
    this.#identity = randomId(options.random)
    this.#emissions = new Emissions(this.#identity)
    this.#lanes = new LaneTable(
      options.maxLanes ?? options.maxSubscribers ?? MAX_SUBSCRIBERS,
      options.ringBytes ?? 2 * 1024 * 1024,
      () => randomId(options.random),
      (products) => this.#emissions.to(products),
    )
    this.#awake = new AwakeTime(options.heartbeatMs ?? 100, performance.now())
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    // An unconnected UDP socket has no fatal errors; what a single send meets is counted.
    socket.on('error', () => (this.#counts.sendErrors += 1))
    this.#housekeeping = setInterval(() => this.#keepHouse(), options.heartbeatMs ?? 100)
    this.#tail = setTimeout(() => this.#sendTails(), TAIL_MS)
  }

  publish(message: WireMessage): boolean {
    if (this.#end !== null) throw new Error('the publisher has ended; nothing can be published any more')
    this.#counts.messages += 1
    for (const served of this.#lanes.route(message.product)) {
      if (served.lane.append(message)) continue
      this.#flushLane(served)
      served.lane.append(message)
    }
    // Only now: a message that cannot be sent throws, and was not emitted.
    this.#emissions.note(message)
    if (!this.#flushScheduled) {
      this.#flushScheduled = true
      queueMicrotask(this.#flushLater)
    }
    return this.#ready
  }

  flush(): void {
    for (const served of this.#lanes.all()) this.#flushLane(served)
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
    return [...this.#subscriptions.values()].map(entryOf)
  }

  emitted(): Emitted {
    return this.#emissions.figures()
  }

  stalled(): Stall | null {
    const addresses = lacking(this.#subscriptions.values(), this.#ending !== null)
    return addresses.length === 0 ? null : { forMs: this.#awake.passed - this.#waitsSince, subscribers: addresses }
  }

  end(reason: string): Promise<boolean> {
    if (this.#end !== null) return this.#end.result
    this.flush()
    const startedAt = this.#awake.passed
    if (this.#ready) this.#waitsSince = startedAt
    const result = new Promise<boolean>((settle) => {
      const timer = setInterval(() => {
        const hoped = lastHope(this.#subscriptions.values(), startedAt, this.#awake.passed)
        if (this.#awake.passed - hoped >= (this.#options.endTimeoutMs ?? END_MS)) this.#settleEnd(false)
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

  #flushLane(served: Served): void {
    const { lane } = served
    const datagram = lane.seal(this.#options.now())
    if (datagram < 0) return
    served.lastSent = performance.now()
    served.tailSent = false
    for (const one of served.subscribers) {
      this.#counts.datagrams += 1
      this.#sendHeld(one, lane, datagram)
      if (isBehind(one)) this.#wait()
    }
    if (this.#tailArmed) return
    this.#tailArmed = true
    this.#tail.refresh()
  }

  #wait(): void {
    if (this.#ready) this.#waitsSince = this.#awake.passed
    this.#ready = false
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
    known.heardAt = this.#awake.passed
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
    const products = normalFilter(asked.products)
    const { subscriber, request } = asked
    const reply = { sentAt: this.#options.now(), subscriber, request }
    const renews = known !== undefined && known.id === subscriber && `${known.served.lane.products}` === `${products}`
    let one = renews ? known : null
    if (one === null) {
      if (known !== undefined) this.#remove(key, known, false)
      const hasRoom = this.#subscriptions.size < (this.#options.maxSubscribers ?? MAX_SUBSCRIBERS)
      const served = hasRoom ? this.#lanes.open(products, this.#awake.passed) : null
      if (served === null) {
        const reason = 'this publisher serves as many subscribers or filters as it can'
        this.#sendControl(from, { kind: 'refused', session: 0, ...reply, reason })
        return
      }
      one = this.#admit(key, from, asked, served)
    }
    one.ttlMs = Math.min(Math.max(asked.ttlMs, 100), 60_000)
    one.heardAt = this.#awake.passed
    this.#sendControl(one, { kind: 'subscribed', ...reply, ...grantOf(one, this.#identity) })
    if (asked.newest) this.#sendNewest(one)
    if (!renews) this.#changed()
    if (this.#end !== null && !one.ended) this.#sendEnd(one, this.#end.reason)
  }

  #admit(
    key: string,
    from: RemoteInfo,
    asked: Extract<ControlDatagram, { kind: 'subscribe' }>,
    served: Served,
  ): Subscription {
    this.#flushLane(served)
    const { lane } = served
    const resumes = asked.session === lane.session && asked.next >= 1 && asked.next <= lane.next
    const first = resumes ? asked.next : lane.next
    const waitsFor = this.#options.waitsFor ?? 'anybody'
    const known = asked.window > 0 && asked.key === waitsFor
    if (known) this.#replaceSilent(served)
    const one: Subscription = {
      id: asked.subscriber,
      address: from.address,
      port: from.port,
      served,
      from: first,
      known,
      window:
        known || waitsFor === 'anybody'
          ? Math.min(asked.window, this.#options.window ?? lane.maxWindow, lane.maxWindow)
          : 0,
      ttlMs: 0,
      heardAt: 0,
      acked: lane.find(first),
      ended: false,
    }
    this.#subscriptions.set(key, one)
    served.subscribers.add(one)
    return one
  }

  /** Whoever has the key and is not heard any more holds nothing up once another has come in its place. */
  #replaceSilent(served: Served): void {
    for (const [key, one] of this.#subscriptions) {
      if (one.known && one.served === served && isOverdue(one, this.#awake.passed)) this.#remove(key, one, true)
    }
  }

  #sendNewest(one: Subscription): void {
    const { session, products } = one.served.lane
    for (const message of this.#emissions.newest(products)) {
      this.#sendControl(one, { kind: 'newest', session, sentAt: this.#options.now(), message })
    }
  }

  #remove(key: string, one: Subscription, mayReturn: boolean): void {
    const { served } = one
    if (mayReturn && this.#end !== null && !one.ended) this.#leftBehind = true
    this.#subscriptions.delete(key)
    served.subscribers.delete(one)
    served.emptySince = this.#awake.passed
    if (served.subscribers.size === 0 && !mayReturn) this.#lanes.drop(served)
    this.#changed()
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
    const ready = ![...this.#subscriptions.values()].some(isBehind)
    if (ready) this.#ready = true
    else this.#wait()
    if (!(ready || this.#disposed) || this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  #resend(one: Subscription, ranges: readonly Range[]): void {
    const { lane } = one.served
    const { datagrams, gone } = planResend(lane, ranges, RESEND_LIMIT)
    for (const datagram of datagrams) {
      this.#counts.resent += 1
      lane.markResent(datagram, true)
      this.#sendHeld(one, lane, datagram)
      lane.markResent(datagram, false)
    }
    if (gone.length === 0) return
    this.#counts.lost += gone.reduce((sum, range) => sum + range.to - range.from + 1, 0)
    this.#sendControl(one, { kind: 'lost', session: lane.session, sentAt: this.#options.now(), ranges: gone })
  }

  #sendHeld(one: Subscription, lane: Lane, datagram: number): void {
    const { bytes } = lane
    this.#socket.send(bytes, lane.offsetOf(datagram), lane.lengthOf(datagram), one.port, one.address, this.#afterSend)
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
    this.#ending.settle(all && !this.#leftBehind)
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
    for (const served of this.#lanes.all()) {
      if (served.tailSent) continue
      if (now - served.lastSent >= TAIL_MS - 1) this.#heartbeat(served, now)
      else this.#tailArmed = true
    }
    if (this.#tailArmed && !this.#disposed) this.#tail.refresh()
  }

  #keepHouse(): void {
    const now = performance.now()
    this.#awake.round(now)
    for (const [key, one] of this.#subscriptions)
      if (!one.known && isOverdue(one, this.#awake.passed)) this.#remove(key, one, true)
    this.#lanes.dropIdle(this.#awake.passed)
    for (const served of this.#lanes.all()) {
      const idle = now - served.lastSent >= (this.#options.heartbeatMs ?? 100) - 1
      if (idle && served.subscribers.size > 0) this.#heartbeat(served, now)
    }
  }
}
