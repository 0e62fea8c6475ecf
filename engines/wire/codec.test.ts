import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyMessage } from '../../tests/support/wire/wire-messages.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { decodeDatagram, type ControlDatagram } from './codec.ts'
import { encodeControl, filterFits } from './control.ts'
import { HEADER_SIZE, MAX_DATAGRAM } from './frame.ts'
import { Lane, MIN_RING_BYTES } from './lane.ts'
import type { WireMessage } from './message.ts'

/** The datagrams that a lane makes of messages. */
function datagrams(messages: readonly WireMessage[], sentAt = 1): Uint8Array[] {
  const lane = new Lane(7, [], MIN_RING_BYTES)
  const made: Uint8Array[] = []
  const seal = () => {
    const number = lane.seal(sentAt)
    if (number >= 0) made.push(lane.bytes.slice(lane.offsetOf(number), lane.offsetOf(number) + lane.lengthOf(number)))
  }
  for (const message of messages) {
    if (lane.append(message)) continue
    seal()
    expect(lane.append(message)).toBe(true)
  }
  seal()
  return made
}

function decodeAll(parts: readonly Uint8Array[]): WireMessage[] {
  return parts.flatMap((part) => {
    const decoded = decodeDatagram(part)
    if (!decoded.ok) throw new Error(decoded.reason)
    if (decoded.datagram.kind !== 'data') throw new Error(`a ${decoded.datagram.kind} datagram`)
    return decoded.datagram.messages
  })
}

const CONTROLS: readonly ControlDatagram[] = [
  { kind: 'heartbeat', session: 1, sentAt: 2, next: 3 },
  { kind: 'end', session: 1, sentAt: 2, next: 3, reason: 'tape at its end – fin' },
  {
    kind: 'subscribed',
    session: 4_294_967_295,
    sentAt: 2,
    next: 1,
    subscriber: 9,
    request: 8,
    ttlMs: 5000,
    window: 8,
    publisher: 4_294_967_295,
    emitted: Number.MAX_SAFE_INTEGER,
  },
  { kind: 'newest', session: 1, sentAt: 2, message: tickNumber(3) },
  { kind: 'refused', session: 0, sentAt: 2, subscriber: 9, request: 8, reason: 'no lane free' },
  { kind: 'lost', session: 1, sentAt: 2, ranges: [{ from: 1, to: 1 }] },
  {
    kind: 'subscribe',
    session: 0,
    sentAt: 2,
    next: 0,
    subscriber: 9,
    request: 8,
    ttlMs: 5000,
    window: 512,
    key: 0,
    newest: false,
    products: [],
  },
  {
    kind: 'subscribe',
    session: 5,
    sentAt: 2,
    next: 77,
    subscriber: 9,
    request: 8,
    ttlMs: 100,
    window: 0,
    key: Number.MAX_SAFE_INTEGER,
    newest: true,
    products: ['BTC-USD', 'POL-USD'],
  },
  { kind: 'unsubscribe', session: 1, sentAt: 2, subscriber: 9 },
  {
    kind: 'nak',
    session: 1,
    sentAt: 2,
    ranges: [
      { from: 1, to: 5 },
      { from: 9, to: Number.MAX_SAFE_INTEGER },
    ],
  },
  { kind: 'ack', session: 1, sentAt: 2, next: 10, ended: false },
  { kind: 'ack', session: 1, sentAt: 2, next: 10, ended: true },
]

describe('DATA datagrams', () => {
  it('give back any messages exactly, in order, in datagrams of at most 1,400 bytes', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 60 }), (messages) => {
        const parts = datagrams(messages)
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_DATAGRAM)
        expect(decodeAll(parts)).toEqual(messages)
      }),
    )
  })

  it('carry at least 18 ticks of one product each', () => {
    const ticks = Array.from({ length: 18 }, (_, index) => tickNumber(index + 1))
    expect(datagrams(ticks)).toHaveLength(1)
  })

  it('number the messages and carry session and send time', () => {
    const decoded = datagrams(
      Array.from({ length: 40 }, (_, index) => tickNumber(index + 1)),
      123_456,
    ).map(decodeDatagram)
    const heads = decoded.map((one) => (one.ok && one.datagram.kind === 'data' ? one.datagram : null))
    expect(heads.map((head) => head?.first)).toEqual([1, 19, 37])
    expect(heads[0]).toMatchObject({ session: 7, sentAt: 123_456, resent: false })
  })

  it.each([
    ['200 characters are kept', 'x'.repeat(200), 'x'.repeat(200)],
    ['the 201st character is cut', 'x'.repeat(201), 'x'.repeat(200)],
    ['a pair across the border is left out whole', `${'x'.repeat(199)}😀`, 'x'.repeat(199)],
    ['a pair before the border is kept', `${'x'.repeat(198)}😀y`, `${'x'.repeat(198)}😀`],
    ['200 characters of three bytes fit', '価'.repeat(300), '価'.repeat(200)],
  ])('cut long texts safely: %s', (_, detail, arrives) => {
    const feed = { type: 'feed', sequence: 1, time: 1, state: 'GAP', product: '', count: 0, detail } as const
    expect(decodeAll(datagrams([feed]))).toEqual([{ ...feed, detail: arrives }])
  })

  it.each([
    ['a price that is not whole', { ...tickNumber(1), price: 0.5 }],
    ['a negative size', { ...tickNumber(1), size: -1 }],
    ['NaN', { ...tickNumber(1), bid: Number.NaN }],
    ['a product that is none', { ...tickNumber(1), product: 'bitcoin' }],
    ['a tick without product', { ...tickNumber(1), product: '' }],
  ])('are not made of %s, and the datagram goes on without it', (_, bad) => {
    const lane = new Lane(7, [], MIN_RING_BYTES)
    lane.append(tickNumber(1, 'ETH-USD'))
    expect(() => lane.append(bad)).toThrow(RangeError)
    lane.append(tickNumber(2))
    const number = lane.seal(1)
    expect(
      decodeAll([lane.bytes.subarray(lane.offsetOf(number), lane.offsetOf(number) + lane.lengthOf(number))]),
    ).toEqual([tickNumber(1, 'ETH-USD'), tickNumber(2)])
  })
})

describe('control datagrams', () => {
  it.each(CONTROLS)('of kind $kind come back as they were', (datagram) => {
    expect(decodeDatagram(encodeControl(datagram))).toEqual({ ok: true, datagram })
  })

  it('hold a filter of 54 products of the longest names, and say when one does not fit', () => {
    const longest = Array.from(
      { length: 64 },
      (_, index) => `A2345678901${String.fromCharCode(65 + (index % 26))}-B234567890${index % 10}`,
    )
    expect(filterFits(longest.slice(0, 54))).toBe(true)
    expect(filterFits(longest)).toBe(false)
    expect(filterFits(Array.from({ length: 64 }, () => 'BTC-USD'))).toBe(true)
  })
})

describe('the door for untrusted bytes', () => {
  it('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
        expect(typeof decodeDatagram(bytes).ok).toBe('boolean')
      }),
      { numRuns: 2000 },
    )
  })

  it('takes valid datagrams with any bytes changed, cut or added without throwing, and hands out only valid numbers', () => {
    const seeds = [
      ...CONTROLS.map(encodeControl),
      ...datagrams(Array.from({ length: 20 }, (_, index) => tickNumber(index + 1))),
    ]
    const mutation = fc.record({
      seed: fc.nat(seeds.length - 1),
      changes: fc.array(fc.tuple(fc.nat(MAX_DATAGRAM - 1), fc.nat(255)), { maxLength: 6 }),
      cut: fc.option(fc.nat(MAX_DATAGRAM)),
      tail: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(mutation, ({ seed, changes, cut, tail }) => {
        const whole = seeds[seed]!
        const bytes = new Uint8Array([...whole.subarray(0, cut ?? whole.length), ...tail])
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        const decoded = decodeDatagram(bytes)
        if (!decoded.ok) expect(decoded.reason).not.toBe('')
        else if (decoded.datagram.kind === 'data') {
          for (const message of decoded.datagram.messages) {
            if (message.type === 'tick') expect(Number.isSafeInteger(message.price) && message.price >= 0).toBe(true)
          }
        }
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['that begin at 0', [{ from: 0, to: 3 }]],
    ['that end before they begin', [{ from: 5, to: 4 }]],
    [
      'that overlap',
      [
        { from: 1, to: 5 },
        { from: 5, to: 6 },
      ],
    ],
    [
      'that fall',
      [
        { from: 7, to: 8 },
        { from: 1, to: 2 },
      ],
    ],
  ])('refuses ranges %s', (_, ranges) => {
    const bytes = encodeControl({ kind: 'nak', session: 1, sentAt: 2, ranges })
    expect(decodeDatagram(bytes)).toEqual({ ok: false, reason: 'malformed ranges' })
  })

  it('refuses every shortening of a valid datagram and any byte after its end', () => {
    for (const bytes of [...CONTROLS.map(encodeControl), ...datagrams([tickNumber(1), tickNumber(2, 'ETH-USD')])]) {
      for (let length = 0; length < bytes.length; length += 1) {
        expect(decodeDatagram(bytes.subarray(0, length)).ok, `${length} of ${bytes.length} bytes`).toBe(false)
      }
      expect(decodeDatagram(new Uint8Array([...bytes, 0])).ok).toBe(false)
    }
  })

  it.each([
    ['another magic', 0, 0x00, 'not of this protocol'],
    ['another version', 2, 9, 'version 9 is not known'],
    ['an unknown kind', 3, 77, 'unknown kind 77'],
    ['an unknown flag', 26, 4, 'unknown flags'],
    ['an unknown message type', HEADER_SIZE, 9, 'unknown message type 9'],
    ['a product that was not named', HEADER_SIZE + 1, 3, 'reference to a product that was not named'],
    ['a unit that is none', HEADER_SIZE + 10, 19, 'no unit of 19 and 8 decimals'],
    ['a side that is none', HEADER_SIZE + 12, 0, 'unknown side 0'],
  ])('refuses %s and says so', (_, at, value, reason) => {
    const bytes = datagrams([tickNumber(1)])[0]!
    bytes[at] = value
    expect(decodeDatagram(bytes)).toEqual({ ok: false, reason })
  })
})
