import type { DataCounts } from '../domain/quality.ts'
import type { Range } from './codec.ts'
import { MAX_RANGES } from './frame.ts'

/** How a {@link Receiver} behaves. Times are in milliseconds. */
export interface ReceiverOptions<Entry> {
  /** The most datagrams that wait behind a hole or while held. */
  readonly bufferDatagrams: number
  /** From noticing a hole to the first request, so that mere reordering asks for nothing. */
  readonly nakDelayMs: number
  /** From the first request to the second; grows by half each time, up to 200 ms. */
  readonly nakRetryMs: number
  /** A hole is given up when for so long nothing that was missing arrived. */
  readonly giveUpMs: number
  /** true: when the buffer is full the newest is not taken (and asked for later); false: the oldest hole is given up. */
  readonly lossless: boolean
  /** Takes an entry; its first `skip` messages were delivered before. Called in order. */
  readonly deliver: (entry: Entry, skip: number) => void
  /** Messages `from` to `to` will never come. Called in their place in the order. */
  readonly lost: (from: number, to: number) => void
}

interface Hole {
  from: number
  to: number
  dueAt: number
  interval: number
  since: number
  lost: boolean
}

interface Waiting<Entry> {
  readonly first: number
  readonly end: number
  readonly entry: Entry
}

const MAX_RETRY_MS = 200

/**
 * The receiver's side of one session: brings datagrams into order, each message exactly once, and decides what to ask
 * for again and when. It asks no clock: `now` is a monotonic time in milliseconds, given with every call.
 */
export class Receiver<Entry> {
  /** The sequence that will be delivered next: all before it is delivered or lost. */
  next = 1
  readonly #options: ReceiverOptions<Entry>
  readonly #holes: Hole[] = []
  readonly #waiting: Waiting<Entry>[] = []
  /** The first sequence not heard of yet. Holes and waiting entries lie between `next` and it. */
  #edge = 1
  #held = false
  #lastProgress = 0
  #received = 0
  #gaps = 0
  #recovered = 0
  #duplicates = 0
  #reordered = 0
  #lost = 0

  constructor(options: ReceiverOptions<Entry>) {
    this.#options = options
  }

  /** Counts over all sessions. */
  quality(): DataCounts {
    return {
      received: this.#received,
      gaps: this.#gaps,
      recovered: this.#recovered,
      lost: this.#lost,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
    }
  }

  /** Settles a session that is over: its holes are lost, and what waited behind them is delivered. */
  settle(): void {
    const held = this.#held
    this.#held = false
    for (const hole of this.#holes) hole.lost = true
    this.#drain()
    this.#held = held
  }

  /** Begins a session at `next`, after the one before was settled. @param missed what was sent between the two. */
  start(next: number, missed = 0): void {
    this.next = next
    this.#edge = next
    if (missed === 0) return
    this.#gaps += 1
    this.#lost += missed
    this.#options.lost(next - missed, next - 1)
  }

  /** Nothing is taken any more: what is missing, or waits behind a hole, counts as lost. */
  abandon(): void {
    this.#lost += this.#edge - this.next
    this.next = this.#edge
    this.#holes.length = 0
    this.#waiting.length = 0
  }

  /** Takes messages `first` to `first + count − 1`. */
  offer(first: number, count: number, entry: Entry, resent: boolean, now: number): void {
    const end = first + count
    if (first === this.next && this.next === this.#edge && !this.#held) {
      this.next = end
      this.#edge = end
      this.#received += count
      this.#options.deliver(entry, 0)
      return
    }
    if (end <= this.next) {
      this.#duplicates += count
      return
    }
    if (this.#waiting.length >= this.#options.bufferDatagrams && !this.#makeRoom(first, end, now)) return
    const beyond = Math.max(0, end - Math.max(first, this.#edge, this.next))
    this.announce(first, now)
    this.#edge = Math.max(this.#edge, end)
    const filled = this.#fill(first, end - 1, now)
    if (resent) this.#recovered += filled
    else this.#reordered += filled
    this.#duplicates += count - beyond - filled
    if (beyond + filled === 0) return
    this.#insert({ first, end, entry })
    this.#drain()
  }

  /** Notes that all before `next` was sent: what of it was not heard of is missing. */
  announce(next: number, now: number): void {
    if (next <= this.#edge) return
    const from = this.#edge
    this.#edge = next
    const last = this.#holes.at(-1)
    if (last !== undefined && last.to === from - 1 && !last.lost) {
      last.to = next - 1
      return
    }
    this.#gaps += 1
    const { nakDelayMs, nakRetryMs } = this.#options
    this.#holes.push({ from, to: next - 1, dueAt: now + nakDelayMs, interval: nakRetryMs, since: now, lost: false })
  }

  /** The sender has these no more. Only what is missing is concerned. */
  declareLost(ranges: readonly Range[], now: number): void {
    for (const range of ranges) {
      const concerned = this.#holes.filter((hole) => hole.to >= range.from && hole.from <= range.to)
      for (const hole of concerned) {
        const from = Math.max(hole.from, range.from)
        const to = Math.min(hole.to, range.to)
        this.#cut(this.#holes.indexOf(hole), from, to, now, { ...hole, from, to, lost: true })
      }
    }
    this.#drain()
  }

  /** Gives up what is overdue. @returns the ranges to ask for now, at most {@link MAX_RANGES}, ascending. */
  due(now: number): Range[] {
    const ranges: Range[] = []
    if (this.#held && this.#waiting.length >= this.#options.bufferDatagrams) return ranges
    for (const hole of this.#holes) {
      if (hole.lost || hole.dueAt > now) continue
      if (now - Math.max(hole.since, this.#lastProgress) >= this.#options.giveUpMs) {
        hole.lost = true
        continue
      }
      if (ranges.length === MAX_RANGES) break
      ranges.push({ from: hole.from, to: hole.to })
      hole.dueAt = now + hole.interval
      hole.interval = Math.min(hole.interval * 1.5, MAX_RETRY_MS)
    }
    this.#drain()
    return ranges
  }

  /** When {@link due} has something to do; Infinity where nothing is missing. */
  dueAt(): number {
    let earliest = Infinity
    for (const hole of this.#holes) if (!hole.lost && hole.dueAt < earliest) earliest = hole.dueAt
    return earliest
  }

  /** Stops delivering: what arrives waits, as far as the buffer holds. */
  hold(): void {
    this.#held = true
  }

  /** Goes on delivering, at once with what waited. */
  release(): void {
    this.#held = false
    this.#drain()
  }

  /** @returns false where the newcomer cannot be taken; it then counts as missing. */
  #makeRoom(first: number, end: number, now: number): boolean {
    if (first <= this.next && !this.#held) return true
    const oldest = this.#holes[0]
    if (this.#options.lossless || this.#held || oldest === undefined) {
      this.announce(end, now)
      return false
    }
    oldest.lost = true
    this.#drain()
    return true
  }

  #insert(item: Waiting<Entry>): void {
    let at = this.#waiting.length
    while (at > 0 && this.#waiting[at - 1]!.first > item.first) at -= 1
    if (at === this.#waiting.length) this.#waiting.push(item)
    else this.#waiting.splice(at, 0, item)
  }

  /** Takes `from`..`to` out of the holes. @returns how many messages of it had been missing. */
  #fill(from: number, to: number, now: number): number {
    let filled = 0
    for (let index = 0; index < this.#holes.length; index += 1) {
      const hole = this.#holes[index]!
      if (hole.from > to) break
      if (hole.to < from) continue
      const cutFrom = Math.max(hole.from, from)
      const cutTo = Math.min(hole.to, to)
      filled += cutTo - cutFrom + 1
      index += this.#cut(index, cutFrom, cutTo, now, null) - 1
    }
    if (filled > 0) this.#lastProgress = now
    return filled
  }

  /** Replaces part of a hole by `middle` (or nothing). @returns how many holes stand in the old one's place. */
  #cut(index: number, from: number, to: number, now: number, middle: Hole | null): number {
    const hole = this.#holes[index]!
    const pieces: Hole[] = []
    const rest = { interval: this.#options.nakRetryMs, since: now }
    if (hole.from < from) pieces.push({ ...hole, ...rest, to: from - 1 })
    if (middle !== null) pieces.push(middle)
    if (hole.to > to) pieces.push({ ...hole, ...rest, from: to + 1 })
    this.#holes.splice(index, 1, ...pieces)
    return pieces.length
  }

  #drain(): void {
    while (!this.#held) {
      const hole = this.#holes[0]
      if (hole !== undefined && hole.lost && hole.from <= this.next) {
        this.#holes.shift()
        this.#lost += hole.to - hole.from + 1
        this.next = hole.to + 1
        this.#options.lost(hole.from, hole.to)
        continue
      }
      const item = this.#waiting[0]
      if (item === undefined || item.first > this.next) return
      this.#waiting.shift()
      if (item.end <= this.next) continue
      const skip = this.next - item.first
      this.#received += item.end - this.next
      this.next = item.end
      this.#options.deliver(item.entry, skip)
    }
  }
}
