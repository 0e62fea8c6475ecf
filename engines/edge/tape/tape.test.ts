import { EIGHTHS, unitOf } from '../../domain/market/unit.ts'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { INSTRUMENT_ORIGINS } from '../../domain/market/instrument.ts'
import type { MarketEvent, Tick } from '../../domain/market/market.ts'
import { manualClock } from '../../../tests/support/time/manual-clock.ts'
import { decodeBlock } from './block/decode.ts'
import { encodeBlock } from './block/encode.ts'
import { createTapeWriter, type TapeWriterOptions } from './writer.ts'
import { TapeDamagedError } from './frames.ts'
import { describeTape, readTape } from './reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'tape-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
let files = 0
const newPath = (): string => join(folder, `${(files += 1)}.tape`)

function tick(sequence: number): Tick {
  return {
    type: 'tick',
    unit: EIGHTHS,
    sequence,
    time: 1_700_000_000_000_000 + sequence * 1_000,
    product: sequence % 3 === 0 ? 'ETH-USD' : 'BTC-USD',
    price: 7_757_287_000_000 + ((sequence * 7_919) % 1_000) * 1_000_000,
    size: (sequence % 97) * 12_345,
    bid: 7_757_286_000_000,
    bidSize: 50_000_000 + (sequence % 5),
    ask: 7_757_288_000_000,
    askSize: 40_000_000,
    tradeId: 1_087_540_000 + sequence,
    takerSide: sequence % 2 === 0 ? 'BUY' : 'SELL',
  }
}

const ticks = (count: number, from = 1): Tick[] => Array.from({ length: count }, (_, index) => tick(from + index))

function options(path: string, more: Partial<TapeWriterOptions> = {}): TapeWriterOptions {
  return { path, source: 'sandbox', products: ['BTC-USD', 'ETH-USD'], startedAt: 5, clock: manualClock(), ...more }
}

async function record(
  path: string,
  events: readonly MarketEvent[],
  more: Partial<TapeWriterOptions> = {},
): Promise<void> {
  const writer = await createTapeWriter(options(path, more))
  for (const event of events) writer.write(event)
  await writer.close()
}

const read = (path: string): MarketEvent[] => [...readTape(path)].flat()

const fixed = fc.oneof(
  fc.maxSafeNat(),
  fc.constant(Number.MAX_SAFE_INTEGER),
  fc.double({ min: 0, max: 1e22, noNaN: true }).map(Math.floor),
)
const product = fc.constantFrom('BTC-USD', 'ETH-USD', 'A-B')
const unit = fc.constantFrom(EIGHTHS, unitOf(2, 8), unitOf(8, 0))
const level = fc.tuple(fixed, fixed)
const anyEvent: fc.Arbitrary<MarketEvent> = fc.oneof(
  fc.record(
    {
      type: fc.constant('tick' as const),
      sequence: fc.maxSafeNat(),
      time: fc.maxSafeNat(),
      product,
      unit,
      price: fixed,
      size: fixed,
      bid: fixed,
      bidSize: fixed,
      ask: fixed,
      askSize: fixed,
      tradeId: fc.maxSafeNat(),
      takerSide: fc.constantFrom('BUY' as const, 'SELL' as const),
      tradedAt: fc.maxSafeNat(),
    },
    {
      requiredKeys: [
        'type',
        'sequence',
        'time',
        'product',
        'unit',
        'price',
        'size',
        'bid',
        'bidSize',
        'ask',
        'askSize',
        'tradeId',
        'takerSide',
      ],
    },
  ),
  fc.record({
    type: fc.constant('book' as const),
    sequence: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    product,
    unit,
    bids: fc.array(level, { maxLength: 40 }),
    asks: fc.array(level, { maxLength: 40 }),
  }),
  fc.record({
    type: fc.constant('feed' as const),
    sequence: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    state: fc.constantFrom('GAP' as const, 'CONNECTED' as const),
    product: fc.constantFrom('', 'BTC-USD'),
    count: fc.nat(),
    detail: fc.string({ unit: 'grapheme', maxLength: 200 }),
  }),
  fc.record({
    type: fc.constant('bar' as const),
    sequence: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    product,
    unit,
    begin: fc.maxSafeNat(),
    open: fixed,
    high: fixed,
    low: fixed,
    close: fixed,
    volume: fixed,
  }),
  fc.record({
    type: fc.constant('instrument' as const),
    sequence: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    product,
    unit,
    priceIncrement: fc.maxSafeNat(),
    sizeIncrement: fc.maxSafeNat(),
    minSize: fc.maxSafeNat(),
    maxSize: fc.maxSafeNat(),
    minValue: fc.bigInt({ min: 0n, max: 10n ** 40n }),
    origin: fc.constantFrom(...INSTRUMENT_ORIGINS),
  }),
)

describe('a block', () => {
  it('gives back every field of every event exactly, whatever its size', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 40 }), (events) => {
        expect(decodeBlock(encodeBlock(events))).toEqual(events)
      }),
    )
  })
})

describe('a tape', () => {
  it('gives back what was written, and says what it holds without reading it', async () => {
    const path = newPath()
    const events = ticks(5_000)
    await record(path, events)
    expect(read(path)).toEqual(events)
    const { length } = readFileSync(path)
    expect(describeTape(path)).toEqual({
      source: 'sandbox',
      products: ['BTC-USD', 'ETH-USD'],
      startedAt: 5,
      firstTime: events[0]!.time,
      lastTime: events.at(-1)!.time,
      events: 5_000,
      lastSequence: 5_000,
      bytes: length,
      complete: true,
      ambiguous: false,
    })
  })

  it('tells the products that came to a recording after it had begun', async () => {
    const path = newPath()
    await record(path, ticks(10), { products: [], blockEvents: 2 })
    expect(describeTape(path).products).toEqual(['BTC-USD', 'ETH-USD'])
    expect(read(path)).toEqual(ticks(10))
  })

  it('can be read while it is written, at the latest a flush time behind', async () => {
    const path = newPath()
    const clock = manualClock()
    const writer = await createTapeWriter(options(path, { clock, flushMs: 1_000 }))
    writer.write(tick(1))
    expect(read(path)).toEqual([])
    clock.advance(1_000)
    await writer.flush()
    expect(read(path)).toEqual([tick(1)])
    expect(describeTape(path)).toMatchObject({ events: 1, complete: false })
    await writer.close()
    expect(clock.pending).toBe(0)
  })

  it('that was cut anywhere loses only the record that was cut', async () => {
    const whole = newPath()
    await record(whole, ticks(40), { blockEvents: 10 })
    const { length } = readFileSync(whole)
    const cut = newPath()
    const counts = new Set<number>()
    for (let size = length; size > 8; size -= 7) {
      copyFileSync(whole, cut)
      truncateSync(cut, size)
      const events = read(cut)
      expect(events).toEqual(ticks(events.length))
      expect(events.length % 10).toBe(0)
      counts.add(events.length)
    }
    expect([...counts]).toEqual([40, 30, 20, 10, 0])
  })

  it('whose end is zeros, as after a power cut, ends before them', async () => {
    const path = newPath()
    await record(path, ticks(20), { blockEvents: 10 })
    appendFileSync(path, Buffer.alloc(5_000))
    expect(read(path)).toEqual(ticks(20))
  })

  it('whose last record was torn by a power cut loses only that record', async () => {
    const path = newPath()
    const writer = await createTapeWriter(options(path, { blockEvents: 10 }))
    for (const event of ticks(20)) writer.write(event)
    await writer.flush()
    const bytes = readFileSync(path)
    await writer.close()
    writeFileSync(path, Buffer.concat([bytes.subarray(0, -50), Buffer.alloc(50)]))
    expect(read(path)).toEqual(ticks(10))
    expect(describeTape(path)).toMatchObject({ events: 10, complete: false })
  })

  it('that is damaged says where, and what can be read before that', async () => {
    const path = newPath()
    await record(path, ticks(40), { blockEvents: 10 })
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
    expect(() => read(path)).toThrow(/is damaged at byte \d+; [12]0 events before that can be read, from 2023-/)
    await expect(createTapeWriter(options(path))).rejects.toThrow(TapeDamagedError)
  })

  it('is read up to the size that it had when it was opened, however fast it grows', async () => {
    const path = newPath()
    const writer = await createTapeWriter(options(path, { blockEvents: 10 }))
    const add = async (count: number): Promise<void> => {
      for (const event of ticks(count)) writer.write(event)
      await writer.flush()
    }
    await add(20)
    let seen = 0
    for (const events of readTape(path)) {
      seen += events.length
      await add(10)
    }
    expect(seen).toBe(20)
    await writer.close()
  })

  it('that was interrupted is repaired and continued as one session', async () => {
    const path = newPath()
    await record(path, ticks(30), { blockEvents: 10 })
    truncateSync(path, readFileSync(path).length - 120)
    expect(read(path)).toHaveLength(20)
    expect(describeTape(path)).toMatchObject({ events: 20, complete: false })
    await record(path, ticks(5), { blockEvents: 10 })
    const events = read(path)
    expect(events.map((event) => event.sequence)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
    expect(events.every((event, index) => index === 0 || event.time >= events[index - 1]!.time)).toBe(true)
    expect(describeTape(path)).toMatchObject({ events: 25, lastSequence: 25, complete: true })
  })

  it('whose header a crash cut is begun anew', async () => {
    const path = newPath()
    await record(path, [])
    truncateSync(path, 20)
    await record(path, ticks(3))
    expect(read(path)).toEqual(ticks(3))
  })

  it('of another source, another ending or another program is refused with a word about it', async () => {
    const path = newPath()
    await record(path, ticks(1))
    await expect(createTapeWriter(options(path, { source: 'coinbase' }))).rejects.toThrow(
      /holds a recording of sandbox/,
    )
    await expect(createTapeWriter(options(join(folder, 'x.txt')))).rejects.toThrow(/must end in .tape/)
    const text = newPath()
    writeFileSync(text, 'somebody wrote this')
    await expect(createTapeWriter(options(text))).rejects.toThrow(/is not a tape/)
    expect(readFileSync(text, 'utf8')).toBe('somebody wrote this')
    expect(() => read(text)).toThrow(/is not a tape/)
  })

  it('stops before its bound, whole and without a hole, and says why', async () => {
    const path = newPath()
    const writer = await createTapeWriter(options(path, { maxBytes: 2_000, blockEvents: 10 }))
    for (const event of ticks(500)) writer.write(event)
    await writer.close()
    expect(writer.stopped).toMatchObject({ reason: expect.stringMatching(/2000 bytes/), final: true })
    expect(await writer.resume()).toBe(false)
    expect(readFileSync(path).length).toBeLessThan(2_100)
    const events = read(path)
    expect(events.length).toBeGreaterThan(0)
    expect(events).toEqual(ticks(events.length))
    expect(writer.write(tick(501))).toBe(false)
  })

  it('stops when the disk falls behind its bound, and keeps all that it accepted', async () => {
    const path = newPath()
    const writer = await createTapeWriter(options(path, { maxWaiting: 50, blockEvents: 10 }))
    const accepted = ticks(80).filter((event) => writer.write(event))
    await writer.close()
    expect(accepted).toHaveLength(50)
    expect(writer.stopped).toMatchObject({ reason: expect.stringMatching(/disk is too slow/), final: false })
    expect(read(path)).toEqual(accepted)
  })
})
