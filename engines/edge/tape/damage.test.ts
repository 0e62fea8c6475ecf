import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EIGHTHS } from '../../domain/market/unit.ts'
import type { MarketEvent } from '../../domain/market/market.ts'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import { TapeDamagedError } from './frames.ts'
import { openPlayback } from './playback.ts'
import { describeTape, readTape } from './reader.ts'
import { createTapeWriter } from './writer.ts'

const samples = join(import.meta.dirname, 'samples')
const folder = mkdtempSync(join(tmpdir(), 'tape-damage-'))
const path = join(folder, 'a.tape')
afterAll(() => rmSync(folder, { recursive: true }))

const hashOf = (events: readonly MarketEvent[]): string =>
  createHash('sha256')
    .update(JSON.stringify(events, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))
    .digest('hex')

/** The events as they were before products had units of their own: all was counted in 1e-8. */
function withoutUnits(events: readonly MarketEvent[]): readonly MarketEvent[] {
  return events.map((event) => {
    if (event.type !== 'tick' && event.type !== 'book') return event
    const { unit, ...rest } = event
    expect(unit).toBe(EIGHTHS)
    return rest as MarketEvent
  })
}

/** Of each version, how many events its sample holds, and their hash. */
const SAMPLES = [
  [1, 185, '25030f11847bc975fd3e19e3f523cd7107ad383780feca58f5c21ead54488d3b'],
  [2, 185, '25030f11847bc975fd3e19e3f523cd7107ad383780feca58f5c21ead54488d3b'],
  [3, 186, '0dbb43f63433e4d5ff39a950340e53bbcb114aa4518953c9859bf430c0b84f3b'],
] as const

/** What reading a tape of these bytes gives, and whether it ended by saying that it is damaged. */
function readBytes(bytes: Uint8Array): { readonly events: readonly MarketEvent[]; readonly isDamaged: boolean } {
  writeFileSync(path, bytes)
  const events: MarketEvent[] = []
  try {
    for (const batch of readTape(path)) events.push(...batch)
    return { events, isDamaged: false }
  } catch (error) {
    expect(error).toBeInstanceOf(TapeDamagedError)
    return { events, isDamaged: true }
  }
}

it('a tape of before bars were written as bars says that its prices may be candles, where it holds prices alone', () => {
  const isAmbiguous = (name: string) => describeTape(join(samples, `${name}.tape`)).ambiguous
  expect(isAmbiguous('version-2-candles')).toBe(true)
  expect(['version-1', 'version-2', 'version-3'].map(isAmbiguous)).toEqual([false, false, false])
})

describe.each(SAMPLES)('a tape of version %i', (version, count, hash) => {
  const bytes = readFileSync(join(samples, `version-${version}.tape`))

  it('is read to its last event as the day it was written', () => {
    const { events } = readBytes(bytes)
    expect(events).toHaveLength(count)
    expect(hashOf(version < 3 ? withoutUnits(events) : events)).toBe(hash)
    expect(describeTape(path)).toMatchObject({ source: 'generated', events: count, complete: true })
  })

  it('of which any one byte is changed gives all of its events, or says that it is damaged', () => {
    // Every byte of the first two frames and of the last, and some of those between.
    const isSought = (at: number): boolean => at < 300 || at > bytes.length - 100 || at % 11 === 0
    for (const at of [...bytes.keys()].filter(isSought)) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 + ((at * 7) % 255)
      const { events, isDamaged } = readBytes(changed)
      if (!isDamaged) expect([at, events.length]).toEqual([at, count])
    }
  })
})

describe('a tape', () => {
  const ends: number[] = [0]
  let sound = Buffer.alloc(0)
  let events: readonly MarketEvent[] = []
  beforeAll(async () => {
    const source = join(folder, 'source.tape')
    events = Array.from({ length: 2_000 }, (_, index) => tickNumber(index + 1))
    const writer = await createTapeWriter({ path: source, source: 'test', products: [], startedAt: 0, blockEvents: 50 })
    for (const event of events) {
      writer.write(event)
      if (event.sequence % 50 !== 0) continue
      await writer.flush()
      ends.push(writer.bytes)
    }
    await writer.close()
    sound = readFileSync(source)
  })

  /** The events in the records that lie whole before a byte. */
  const wholeBefore = (byte: number): number =>
    50 *
    Math.max(
      0,
      ends.findLastIndex((end) => end <= byte),
    )

  it('that was cut anywhere gives every event before the cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: sound.length }), (size) => {
        expect(readBytes(sound.subarray(0, size))).toEqual({
          events: events.slice(0, wholeBefore(size)),
          isDamaged: false,
        })
      }),
    )
  })

  it('that is cut while it is read says so, but where a recorder has taken back what a full disk left of a record', () => {
    const readCutAt = (size: number): string => {
      writeFileSync(path, sound)
      const batches = readTape(path)
      for (let count = 0; count < 3; count += 1) batches.next()
      truncateSync(path, size)
      try {
        return `${3 + [...batches].length} batches`
      } catch (error) {
        return String(error)
      }
    }
    expect(readCutAt(ends[20]!)).toBe('20 batches')
    for (const more of [1, 20, ends[21]! - ends[20]! - 1])
      expect(readCutAt(ends[20]! + more)).toContain(
        `is damaged at byte ${ends[20]}; 1000 events before that can be read`,
      )
    expect(readCutAt(100)).toContain('is damaged')
  })

  it('of which a stretch was zeroed says so, but where it is the very end, as a power cut leaves it', () => {
    fc.assert(
      fc.property(fc.nat({ max: sound.length - 1 }), fc.integer({ min: 1, max: 4096 }), (begin, length) => {
        const end = Math.min(sound.length, begin + length)
        const changed = Buffer.from(sound).fill(0, begin, end)
        fc.pre(!changed.equals(sound))
        const read = readBytes(changed)
        expect(read.isDamaged).toBe(end < sound.length || begin < 8)
        expect(read.events).toEqual(events.slice(0, wholeBefore(begin)))
      }),
    )
  })

  it('of which a record is missing, or stands twice, says so', () => {
    for (const [begin, end] of [ends.slice(4, 6), ends.slice(9, 12)].map((some) => [some[0]!, some.at(-1)!] as const)) {
      const parts = [sound.subarray(0, begin), sound.subarray(begin, end), sound.subarray(end)] as const
      for (const order of [
        [0, 2],
        [0, 1, 1, 2],
      ] as const) {
        const read = readBytes(Buffer.concat(order.map((part) => parts[part])))
        expect(read.isDamaged).toBe(true)
        writeFileSync(path, Buffer.concat(order.map((part) => parts[part])))
        expect(() => describeTape(path)).toThrow(/events before that can be read/)
      }
    }
  })

  it('of a version yet to come is refused as that', () => {
    const newer = Buffer.from(sound)
    newer.write('4', 6)
    writeFileSync(path, newer)
    expect(() => describeTape(path)).toThrow(/a tape of version 4, which this program cannot read/)
  })

  it('ends the engine that plays it with a line about that, at the start or in the middle', () => {
    const late = Buffer.from(sound)
    late[ends[30]! + 100]! ^= 1
    writeFileSync(path, late)
    const { batches } = openPlayback(path, null)
    expect(() => [...batches]).toThrow(/^TAPE_DAMAGED: .* is damaged at byte \d+; 1500 events before that can be read/)
    writeFileSync(path, Buffer.from(sound).fill(0, 0, 20))
    expect(() => openPlayback(path, null)).toThrow(/^TAPE_DAMAGED: /)
  })
})
