import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../domain/market/market.ts'
import { moodyDisk } from '../../../tests/support/engines/moody-disk.ts'
import { manualClock } from '../../../tests/support/time/manual-clock.ts'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import { describeTape, readTape } from './reader.ts'
import { createRecorder } from './recorder.ts'

const folder = mkdtempSync(join(tmpdir(), 'tape-recorder-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

async function setUp(given: Partial<{ readOnly: boolean; path: string; maxBytes: number }> = {}) {
  const { readOnly = false, path = join(folder, `${(files += 1)}.tape`), maxBytes } = given
  const { disk, state } = moodyDisk()
  state.readOnly = readOnly
  const clock = manualClock()
  const logged: string[] = []
  const recorder = await createRecorder({
    path,
    source: 'sandbox',
    products: [],
    startedAt: 1,
    blockEvents: 10,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    clock,
    disk,
    onLog: (_level, message) => logged.push(message),
  })
  let last = 0
  /** Gives the recorder some more ticks. */
  const feed = (count: number): void => {
    for (let index = 0; index < count; index += 1) recorder.write(tickNumber((last += 1)))
  }
  /** Lets the attempt that is due be made, and waits for what comes of it. */
  const tryAgain = async (isRecording: boolean): Promise<void> => {
    clock.advance(5_000)
    await expect.poll(() => recorder.warnings().length === 0, { interval: 2 }).toBe(isRecording)
  }
  const stops = (): Promise<void> => expect.poll(() => recorder.warnings(), { interval: 2 }).toHaveLength(1)
  return { path, state, recorder, clock, logged, feed, tryAgain, stops }
}

const read = (path: string): MarketEvent[] => [...readTape(path)].flat()
const trades = (events: readonly MarketEvent[]): readonly number[] =>
  events.flatMap((event) => (event.type === 'tick' ? [event.tradeId] : []))
const statuses = (events: readonly MarketEvent[]) => events.flatMap((event) => (event.type === 'feed' ? [event] : []))

describe('a recorder', () => {
  it('goes on when a full disk has room again, and tells on the tape what is missing from when and why', async () => {
    const { path, state, recorder, logged, feed, tryAgain, stops } = await setUp()
    feed(20)
    await expect.poll(() => describeTape(path).events, { interval: 2 }).toBe(20)
    state.full = true
    feed(10)
    await stops()
    expect(recorder.warnings()[0]).toMatch(/is not being recorded: writing failed: ENOSPC.*tried again/)
    feed(5)
    await tryAgain(false)
    feed(5)
    state.full = false
    await tryAgain(true)
    feed(10)
    await recorder.close()

    const events = read(path)
    expect(trades(events)).toEqual([
      ...Array.from({ length: 20 }, (_, at) => at + 1),
      ...Array.from({ length: 10 }, (_, at) => at + 41),
    ])
    expect(events.every((event, index) => event.sequence === index + 1)).toBe(true)
    expect(statuses(events)).toMatchObject([
      { state: 'RECONNECTING', detail: expect.stringMatching(/^the recording was interrupted at 2023-.*ENOSPC/) },
      { state: 'GAP', product: 'BTC-USD', count: 20 },
      { state: 'CONNECTED' },
    ])
    expect(describeTape(path).complete).toBe(true)
    expect(logged).toEqual([
      'recording has stopped: writing failed: ENOSPC: no space left on device; streaming goes on',
      'recording goes on; what was missed is told on the tape as a gap',
    ])
  })

  it('begins late where it may not write at first', async () => {
    const { path, state, recorder, feed, tryAgain } = await setUp({ readOnly: true })
    expect(recorder.warnings()[0]).toMatch(/not being recorded: EROFS/)
    feed(10)
    expect(existsSync(path)).toBe(false)
    state.readOnly = false
    await tryAgain(true)
    feed(10)
    await recorder.close()
    expect(trades(read(path))).toEqual(Array.from({ length: 10 }, (_, at) => at + 11))
  })

  it('tells the gap between two recordings of one tape', async () => {
    const first = await setUp()
    first.feed(10)
    await first.recorder.close()
    const second = await setUp({ path: first.path })
    second.feed(10)
    await second.recorder.close()
    expect(statuses(read(first.path)).map(({ state }) => state)).toEqual(['RECONNECTING', 'GAP', 'CONNECTED'])
  })

  it('says for good that it has reached its bound, or that its tape is damaged, and asks the disk no more', async () => {
    const full = await setUp({ maxBytes: 2_000 })
    full.feed(500)
    await full.stops()
    expect(full.recorder.warnings()[0]).toMatch(/has reached its 2000 bytes. It is not tried again/)
    await full.recorder.close()
    expect(full.clock.pending).toBe(0)

    const { path } = full
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
    const damaged = await setUp({ path })
    expect(damaged.recorder.warnings()[0]).toMatch(/is damaged at byte/)
    damaged.feed(10)
    await damaged.recorder.close()
    expect(readFileSync(path)).toEqual(bytes)
    expect(damaged.clock.pending).toBe(0)
  })

  it('waits for no disk when it is closed', async () => {
    const { path, state, recorder, clock, feed, stops } = await setUp()
    feed(10)
    await expect.poll(() => describeTape(path).events, { interval: 2 }).toBe(10)
    state.full = true
    feed(10)
    await stops()
    await recorder.close()
    expect(clock.pending).toBe(0)
    expect(trades(read(path))).toHaveLength(10)
  })
})
