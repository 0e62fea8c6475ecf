import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { createTapeWriter } from '../../engines/edge/tape/writer.ts'
import { createTapeShelf, newRecordingPath } from './tapes.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-tapes-'))
const log = pino({ level: 'silent' })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function write(name: string): Promise<void> {
  const tape = await createTapeWriter({
    path: join(folder, name),
    source: 'sandbox',
    products: ['BTC-USD'],
    startedAt: 0,
  })
  tape.write({ type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '', sequence: 1, time: 1_000_000 })
  await tape.close()
}

describe('the shelf of tapes', () => {
  it('lists tapes by name and leaves out drafts and what is no tape', async () => {
    await write('b.tape')
    await write('a.tape')
    await write('c.1.draft.tape')
    writeFileSync(join(folder, 'broken.tape'), 'not a tape at all')
    writeFileSync(join(folder, 'notes.txt'), 'hello')
    const tapes = await createTapeShelf(folder, log).list()
    expect(tapes.map((tape) => tape.name)).toEqual(['a', 'b'])
    expect(tapes[0]).toMatchObject({
      products: ['BTC-USD'],
      description: expect.stringContaining('1 events of sandbox'),
    })
  })

  it('gives a recording a name of its own until the tapes take as much room as they may', () => {
    const options = { folder, now: () => new Date(0), log }
    const path = join(folder, 'coinbase-1970-01-01T00-00-00-000Z.tape')
    expect(newRecordingPath('coinbase', { ...options, limitBytes: 1_000_000 })).toBe(path)
    expect(newRecordingPath('coinbase', { ...options, limitBytes: 10 })).toBeNull()
    expect(newRecordingPath('coinbase', { ...options, limitBytes: 0 })).toBeNull()
  })
})
