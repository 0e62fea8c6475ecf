import type { WebSocket } from 'ws'
import type { Product } from '../../domain/market/product.ts'
import { errorFrame } from './frames.ts'
import type { Channel, ClientRequest } from './request.ts'
import type { Timers } from '../server/timers.ts'

/** One connected client: what it subscribed to, and a bounded way to it. */
export interface Connection {
  /** From 1, in order of arrival. */
  readonly id: number
  /** Cumulative, under the venue's names, in order of subscription. */
  readonly channels: ReadonlyMap<Channel, ReadonlySet<Product>>
  readonly wants: (channel: Channel, product: Product) => boolean
  /** Adds or takes away; a channel without products goes. */
  readonly change: (request: ClientRequest) => void
  /** Hands a frame over. A client that takes too little of what it is sent is cut off. */
  readonly send: (frame: string | Buffer) => void
  /** Holds everything back, answers included, for a time or until {@link resume}. */
  readonly stall: (milliseconds: number | null) => void
  /** Stays connected, and says nothing until {@link resume}; what would have been said is lost. */
  readonly silence: () => void
  readonly resume: () => void
  /** As the venue does with slow readers: an error, then the end. */
  readonly cut: () => void
  /** Says goodbye with a close code. */
  readonly close: (code: number, reason: string) => void
  /** Breaks the connection without a goodbye: the client sees 1006. */
  readonly terminate: () => void
}

/** How long a client that was told to go may take, before the line is broken. */
const GRACE_MILLISECONDS = 1000

export interface ConnectionOptions {
  readonly id: number
  readonly socket: WebSocket
  readonly timers: Timers
  /** Most bytes that may wait for the client. */
  readonly sendLimit: number
}

export function createConnection({ id, socket, timers, sendLimit }: ConnectionOptions): Connection {
  const channels = new Map<Channel, Set<Product>>()
  let mode: 'open' | 'stalled' | 'silent' | 'gone' = 'open'
  let held: (string | Buffer)[] = []
  let heldBytes = 0
  let cancelStall = (): void => undefined

  const leave = (): void => {
    mode = 'gone'
    held = []
    cancelStall()
  }
  const close = (code: number, reason: string): void => {
    if (mode === 'gone') return
    leave()
    socket.resume()
    socket.close(code, reason)
    const cancel = timers.after(GRACE_MILLISECONDS, () => socket.terminate())
    socket.once('close', cancel)
  }
  const cut = (): void => {
    if (mode === 'gone') return
    socket.send(errorFrame('ErrSlowConsume', 'client does not read fast enough'))
    close(1008, 'ErrSlowConsume')
  }
  const send = (frame: string | Buffer): void => {
    if (mode === 'gone' || mode === 'silent') return
    if (mode === 'stalled') {
      held.push(frame)
      heldBytes += frame.length
      if (heldBytes > sendLimit) cut()
    } else if (socket.bufferedAmount > sendLimit) cut()
    else socket.send(frame)
  }
  const resume = (): void => {
    cancelStall()
    if (mode === 'gone') return
    const waiting = held
    held = []
    heldBytes = 0
    mode = 'open'
    socket.resume()
    for (const frame of waiting) send(frame)
  }
  socket.once('close', leave)

  return {
    id,
    channels,
    wants: (channel, product) => channels.get(channel)?.has(product) === true,
    change({ type, channels: wished }) {
      for (const [channel, products] of wished) {
        const had = channels.get(channel) ?? new Set()
        if (type === 'subscribe') channels.set(channel, new Set([...had, ...products]))
        else {
          for (const product of products) had.delete(product)
          if (products.size === 0 || had.size === 0) channels.delete(channel)
        }
      }
    },
    send,
    stall(milliseconds) {
      if (mode === 'gone') return
      cancelStall()
      mode = 'stalled'
      // Not reading either, so that pings go unanswered as on a dead line.
      socket.pause()
      if (milliseconds !== null) cancelStall = timers.after(milliseconds, resume)
    },
    silence() {
      if (mode === 'gone') return
      resume()
      mode = 'silent'
    },
    resume,
    cut,
    close,
    terminate() {
      leave()
      socket.terminate()
    },
  }
}
