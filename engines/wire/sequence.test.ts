import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { decodeDatagram } from './codec.ts'
import type { WireMessage } from './message.ts'
import { Lane, MIN_RING_BYTES } from './lane.ts'
import { Receiver, type ReceiverOptions } from './sequence.ts'

type Happening = number | { lost: [number, number] }

/** A receiver of plain sequence numbers that notes what it hands out. */
function makeReceiver(options: Partial<ReceiverOptions<number[]>> = {}) {
  const seen: Happening[] = []
  const receiver = new Receiver<number[]>({
    bufferDatagrams: 100,
    nakDelayMs: 1,
    nakRetryMs: 10,
    giveUpMs: 1000,
    lossless: false,
    deliver: (entry, skip) => seen.push(...entry.slice(skip)),
    lost: (from, to) => seen.push({ lost: [from, to] }),
    ...options,
  })
  const offer = (first: number, count = 1, { resent = false, now = 0 } = {}) =>
    receiver.offer(
      first,
      count,
      Array.from({ length: count }, (_, index) => first + index),
      resent,
      now,
    )
  return { receiver, seen, offer }
}

describe('a receiver', () => {
  it('delivers what comes in order at once', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(1, 3)
    offer(4, 2)
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(receiver.quality()).toEqual({ received: 5, gaps: 0, recovered: 0, lost: 0, duplicates: 0, reordered: 0 })
  })

  it('holds back what is ahead of a hole, asks for the hole after the delay, and counts what is sent again as recovered', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(1)
    offer(4, 2, { now: 5 })
    expect(seen).toEqual([1])
    expect(receiver.due(5)).toEqual([])
    expect(receiver.dueAt()).toBe(6)
    expect(receiver.due(6)).toEqual([{ from: 2, to: 3 }])
    expect(receiver.due(15)).toEqual([])
    expect(receiver.due(16)).toEqual([{ from: 2, to: 3 }])
    expect(receiver.due(30)).toEqual([])
    offer(2, 2, { resent: true, now: 30 })
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(receiver.quality()).toMatchObject({ gaps: 1, recovered: 2, reordered: 0, lost: 0 })
    expect(receiver.dueAt()).toBe(Infinity)
  })

  it('counts what overtook and what came twice', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(2)
    offer(1)
    offer(1)
    offer(2)
    expect(seen).toEqual([1, 2])
    expect(receiver.quality()).toEqual({ received: 2, gaps: 1, recovered: 0, lost: 0, duplicates: 2, reordered: 1 })
  })

  it('counts a waiting datagram that comes twice as duplicate', () => {
    const { receiver, offer } = makeReceiver()
    offer(5, 2)
    offer(5, 2)
    expect(receiver.quality().duplicates).toBe(2)
  })

  it('learns from a heartbeat that the last ones are missing', () => {
    const { receiver, offer } = makeReceiver()
    offer(1)
    receiver.announce(4, 10)
    receiver.announce(4, 11)
    expect(receiver.due(11)).toEqual([{ from: 2, to: 3 }])
    expect(receiver.quality().gaps).toBe(1)
  })

  it('reports a loss in its place, once the sender says so', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(3)
    offer(6)
    receiver.declareLost([{ from: 4, to: 5 }], 1)
    expect(seen).toEqual([])
    receiver.declareLost([{ from: 1, to: 1 }], 1)
    offer(2, 1, { resent: true })
    expect(seen).toEqual([{ lost: [1, 1] }, 2, 3, { lost: [4, 5] }, 6])
    expect(receiver.quality()).toMatchObject({ received: 3, lost: 3, recovered: 1 })
  })

  it('does not believe that something is lost which it has', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(2)
    receiver.declareLost([{ from: 1, to: 9 }], 1)
    offer(3)
    expect(seen).toEqual([{ lost: [1, 1] }, 2, 3])
  })

  it('gives a hole up when nothing came for long, but not while others are filled', () => {
    const { receiver, seen, offer } = makeReceiver({ giveUpMs: 100 })
    offer(2)
    offer(4, 1, { now: 0 })
    receiver.due(90)
    offer(3, 1, { resent: true, now: 90 })
    receiver.due(150)
    expect(seen).toEqual([])
    receiver.due(400)
    expect(seen).toEqual([{ lost: [1, 1] }, 2, 3, 4])
  })

  it('gives up the oldest hole when its buffer is full', () => {
    const { receiver, seen, offer } = makeReceiver({ bufferDatagrams: 2 })
    offer(2)
    offer(3)
    offer(5)
    expect(seen).toEqual([{ lost: [1, 1] }, 2, 3])
    offer(4)
    expect(seen).toEqual([{ lost: [1, 1] }, 2, 3, 4, 5])
    expect(receiver.quality().lost).toBe(1)
  })

  it('loses nothing when lossless: what does not fit the buffer is asked for again', () => {
    const { receiver, seen, offer } = makeReceiver({ bufferDatagrams: 2, lossless: true })
    offer(2)
    offer(3)
    offer(4)
    offer(5)
    offer(1, 1, { resent: true })
    expect(seen).toEqual([1, 2, 3])
    expect(receiver.due(100)).toEqual([{ from: 4, to: 5 }])
    offer(4, 2, { resent: true })
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  it('waits while held and goes on where it was', () => {
    const { receiver, seen, offer } = makeReceiver()
    receiver.hold()
    offer(1, 2)
    offer(3)
    expect(seen).toEqual([])
    expect(receiver.next).toBe(1)
    receiver.release()
    expect(seen).toEqual([1, 2, 3])
    expect(receiver.quality().gaps).toBe(0)
  })

  it('hands out each message once, however datagrams overlap', () => {
    const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 8 })), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(pieces, (offers) => {
        const { receiver, seen, offer } = makeReceiver()
        for (const [first, count] of offers) offer(first, count)
        for (let sequence = 1; sequence <= 50; sequence += 1) offer(sequence)
        expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
        const { received, duplicates } = receiver.quality()
        expect(received).toBe(50)
        expect(received + duplicates).toBe(50 + offers.reduce((sum, [, count]) => sum + count, 0))
      }),
    )
  })

  it('does not stop at a waiting datagram that another has covered', () => {
    const { seen, offer } = makeReceiver()
    offer(4)
    offer(2, 4)
    offer(6)
    offer(1)
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('counts what was sent between two sessions as one hole that stays', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(1)
    receiver.settle()
    receiver.start(1, 4)
    offer(1)
    expect(seen).toEqual([1, { lost: [-3, 0] }, 1])
    expect(receiver.quality()).toMatchObject({ received: 2, lost: 4, gaps: 1 })
  })

  it('counts what is missing, and what waits behind it, as lost when nothing is taken any more', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(1)
    offer(3, 2)
    receiver.announce(7, 0)
    receiver.abandon()
    expect(seen).toEqual([1])
    expect(receiver.quality()).toMatchObject({ received: 1, lost: 5 })
    expect(receiver.dueAt()).toBe(Infinity)
  })

  it('begins a new session anew, with the old one settled', () => {
    const { receiver, seen, offer } = makeReceiver()
    offer(1)
    offer(3)
    receiver.settle()
    receiver.start(1)
    offer(1)
    expect(seen).toEqual([1, { lost: [2, 2] }, 3, 1])
    expect(receiver.quality()).toMatchObject({ received: 3, lost: 1, duplicates: 0 })
  })
})

/** One try to send a datagram: how late it comes (in steps), and whether it is dropped or doubled. */
const fate = fc.record({ delay: fc.nat(12), drop: fc.boolean(), twice: fc.boolean() })

describe('sender and receiver over a network that loses, doubles and reorders', () => {
  it('give exactly what was sent, whatever happens to each datagram', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        fc.array(fate, { minLength: 1, maxLength: 200 }),
        (batches, fates) => {
          const { delivered, sent, quality } = simulate(batches, fates)
          expect(delivered).toEqual(Array.from({ length: sent }, (_, index) => index + 1))
          expect(quality).toMatchObject({ received: sent, lost: 0 })
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Sends batches of ticks, one batch a millisecond, each datagram by the next fate; recovers until all is there. */
function simulate(batches: readonly number[], fates: readonly { delay: number; drop: boolean; twice: boolean }[]) {
  const lane = new Lane(7, [], 64 * MIN_RING_BYTES)
  const delivered: number[] = []
  const machine = new Receiver<readonly WireMessage[]>({
    bufferDatagrams: 4096,
    nakDelayMs: 1,
    nakRetryMs: 10,
    giveUpMs: 1e9,
    lossless: true,
    deliver: (entry, skip) =>
      entry.slice(skip).forEach((message) => delivered.push(message.type === 'tick' ? message.sequence : -1)),
    lost: () => expect.unreachable('nothing may be lost'),
  })
  const flight: { at: number; bytes: Uint8Array }[] = []
  let turn = 0
  const transmit = (datagram: number, now: number, resent: boolean) => {
    // After 400 tries the network heals, so that the story ends.
    const { delay, drop, twice } = turn < 400 ? fates[turn % fates.length]! : { delay: 0, drop: false, twice: false }
    turn += 1
    lane.markResent(datagram, resent)
    const bytes = lane.bytes.slice(lane.offsetOf(datagram), lane.offsetOf(datagram) + lane.lengthOf(datagram))
    if (!drop) flight.push({ at: now + 1 + delay, bytes })
    if (twice) flight.push({ at: now + delay + 4, bytes })
  }
  let sequence = 0
  for (let now = 0; now < 100_000; now += 1) {
    const batch = batches[now]
    for (let index = 0; index < (batch ?? 0); index += 1) {
      sequence += 1
      if (lane.append(tickNumber(sequence))) continue
      transmit(lane.seal(now), now, false)
      lane.append(tickNumber(sequence))
    }
    if (lane.pending > 0) transmit(lane.seal(now), now, false)
    if (now >= batches.length) machine.announce(lane.next, now)
    for (const { bytes } of flight.filter(({ at }) => at === now)) {
      const decoded = decodeDatagram(bytes)
      if (!decoded.ok || decoded.datagram.kind !== 'data') throw new Error('a datagram was not read back')
      {
        const { first, messages, resent } = decoded.datagram
        machine.offer(first, messages.length, messages, resent, now)
      }
    }
    for (const range of machine.due(now)) {
      for (
        let datagram = lane.find(range.from);
        datagram < lane.sealed && lane.firstOf(datagram) <= range.to;
        datagram += 1
      ) {
        transmit(datagram, now, true)
      }
    }
    if (now >= batches.length && machine.next === lane.next) break
  }
  return { delivered, sent: sequence, quality: machine.quality() }
}
