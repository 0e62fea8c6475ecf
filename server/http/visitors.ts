import { isIPv6, type Socket } from 'node:net'
import { MAX_OPERATIONS } from './limits.ts'

/** How many connections there may be. */
export interface VisitorLimits {
  /** Of all clients. */
  readonly connections: number
  /** Of one address; those of this machine itself are not counted by it, since proxies come from there. */
  readonly perAddress: number
}

/** What there is room for unless told otherwise. */
export const VISITORS: VisitorLimits = { connections: 2_000, perAddress: 500 }

/** What is used of a connection. */
export type Visitor = Pick<Socket, 'remoteAddress' | 'destroy' | 'once' | 'writableLength'>

/** The part of the places that may be held for long; the others are for those who come, ask and leave. */
const HELD_SHARE = 0.75

/** Those who come from one place. */
interface Origin {
  /** Those who hold no place, the one who waits longest first. */
  readonly waiting: Set<Visitor>
  held: number
}

/** Whose an address is: of IPv6, a network of 64 bits is one person's; null: this machine. */
function originOf(address: string): string | null {
  const plain = address.replace(/^::ffff:/i, '')
  if (plain === '::1' || plain.startsWith('127.')) return null
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')].slice(0, 4).join(':')
}

/** Somebody who is connected. */
interface Entry {
  /** null: this machine. */
  readonly origin: Origin | null
  /** For how many things it holds its place. */
  holds: number
}

/**
 * Who is connected. There is always room for a new one: where there are too many, the one goes that has been there longest
 * without being served, be it that it says nothing, or too slowly, or keeps a connection for later. Those that are served,
 * which stands for a WebSocket as long as it is open, hold their place, and of those there are fewer than there are places.
 */
export class Visitors {
  private readonly limits: VisitorLimits
  private readonly all: Origin = { waiting: new Set(), held: 0 }
  private readonly origins = new Map<string, Origin>()
  private readonly entries = new Map<Visitor, Entry>()

  constructor(limits: VisitorLimits) {
    this.limits = limits
  }

  /** Lets somebody in. */
  arrive(visitor: Visitor): void {
    const name = originOf(visitor.remoteAddress ?? '')
    const origin = name === null ? null : (this.origins.get(name) ?? { waiting: new Set(), held: 0 })
    if (name !== null && origin !== null) this.origins.set(name, origin)
    if (origin !== null) this.makeRoom(origin, this.limits.perAddress)
    this.makeRoom(this.all, this.limits.connections)
    const entry: Entry = { origin, holds: 0 }
    this.entries.set(visitor, entry)
    for (const each of originsOf(entry, this.all)) each.waiting.add(visitor)
    visitor.once('close', () => {
      this.leave(visitor)
      if (name !== null && origin !== null && origin.held + origin.waiting.size === 0) this.origins.delete(name)
    })
  }

  /** Gives somebody a place to hold, until it lets go or leaves; false: there is none left. */
  hold(visitor: Visitor): boolean {
    const entry = this.entries.get(visitor)
    // Requests that come without waiting for answers are bounded as the operations of a WebSocket are.
    if (entry === undefined || entry.holds >= MAX_OPERATIONS) return false
    if (entry.holds === 0) {
      const { connections, perAddress } = this.limits
      if (this.all.held >= Math.floor(connections * HELD_SHARE)) return false
      if (entry.origin !== null && entry.origin.held >= Math.floor(perAddress * HELD_SHARE)) return false
      for (const each of originsOf(entry, this.all)) {
        each.waiting.delete(visitor)
        each.held++
      }
    }
    entry.holds++
    return true
  }

  /** Undoes one {@link hold}. */
  letGo(visitor: Visitor): void {
    const entry = this.entries.get(visitor)
    if (entry === undefined || --entry.holds > 0) return
    for (const each of originsOf(entry, this.all)) {
      each.held--
      each.waiting.add(visitor)
    }
  }

  /** Cuts off those for whom the most waits that they do not read, until it is no more than so many bytes of all. @returns how many. */
  cutUnread(mostBytes: number): number {
    const owing = [...this.entries.keys()].filter(({ writableLength }) => writableLength > 0)
    owing.sort((one, other) => other.writableLength - one.writableLength)
    let unread = owing.reduce((sum, { writableLength }) => sum + writableLength, 0)
    let cut = 0
    for (const visitor of owing) {
      if (unread <= mostBytes) break
      unread -= visitor.writableLength
      cut += 1
      visitor.destroy()
    }
    return cut
  }

  /** How many are connected, and how many of them hold a place. */
  count(): { readonly connected: number; readonly held: number } {
    return { connected: this.entries.size, held: this.all.held }
  }

  private leave(visitor: Visitor): void {
    const entry = this.entries.get(visitor)
    if (entry === undefined) return
    this.entries.delete(visitor)
    for (const each of originsOf(entry, this.all)) {
      if (!each.waiting.delete(visitor)) each.held--
    }
  }

  private makeRoom({ waiting, held }: Origin, most: number): void {
    const [oldest] = waiting
    if (oldest === undefined || held + waiting.size < most) return
    this.leave(oldest)
    oldest.destroy()
  }
}

function originsOf({ origin }: Entry, all: Origin): readonly Origin[] {
  return origin === null ? [all] : [all, origin]
}
