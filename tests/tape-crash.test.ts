import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTapeWriter } from '../engines/edge/tape/writer.ts'
import { describeTape, readTape } from '../engines/edge/tape/reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'tape-crash-'))
const program = join(folder, 'recorder.mjs')
const writer = fileURLToPath(new URL('../engines/edge/tape/writer.ts', import.meta.url))
const units = fileURLToPath(new URL('../engines/domain/market/unit.ts', import.meta.url))

/** Records ticks without end, as fast as the disk takes them. */
const RECORDER = `
import { createTapeWriter } from ${JSON.stringify(writer)}
import { unitOf } from ${JSON.stringify(units)}
const unit = unitOf(2, 8)
const tape = await createTapeWriter({ path: process.argv[2], source: 'sandbox', products: ['A-USD'], startedAt: 1, blockEvents: 50 })
for (let sequence = 1; ; sequence += 1) {
  const accepted = tape.write({ type: 'tick', sequence, time: sequence, product: 'A-USD', unit, price: sequence * 7, size: 1, bid: 1,
    bidSize: 1, ask: 2, askSize: sequence % 13, tradeId: sequence, takerSide: 'BUY' })
  if (!accepted) throw new Error(tape.stopped)
  if (sequence % 50 === 0) await tape.flush()
}`

beforeAll(async () => {
  await build({
    stdin: { contents: RECORDER, resolveDir: folder },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'silent',
  })
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('a recorder that is killed with -9', () => {
  it('leaves a tape that reads without a hole up to its last whole record, and that can be continued', async () => {
    const path = join(folder, 'killed.tape')
    const child = spawn(process.execPath, [program, path], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    try {
      await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(100_000), { timeout: 15_000, interval: 5 })
      // What is there can be read while it is written; to the end of it only by who is quicker than the recorder.
      let early = 0
      for (const events of readTape(path)) {
        early += events.length
        if (early > 500) break
      }
      expect(early).toBeGreaterThan(500)
    } finally {
      child.kill('SIGKILL')
    }
    await exited
    const events = [...readTape(path)].flat()
    expect(events.every((event, index) => event.sequence === index + 1)).toBe(true)
    expect(events.length % 50).toBe(0)
    expect(describeTape(path)).toMatchObject({ events: events.length, complete: false })

    const tape = await createTapeWriter({ path, source: 'sandbox', products: ['A-USD'], startedAt: 2 })
    tape.write({ type: 'feed', state: 'CONNECTED', sequence: 1, time: 1, product: '', count: 0, detail: 'again' })
    await tape.close()
    const all = [...readTape(path)].flat()
    expect(all).toHaveLength(events.length + 1)
    expect(all.at(-1)).toMatchObject({ type: 'feed', sequence: events.length + 1 })
    expect(describeTape(path)).toMatchObject({ complete: true })
  })
})
