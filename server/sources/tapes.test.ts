import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { createTapeWriter } from '../../engines/edge/tape/writer.ts'
import { createRecordingPaths, createTapeShelf } from './tapes.ts'

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
  it('lists tapes by name, says which are damaged, and leaves out drafts and what has not begun', async () => {
    await write('b.tape')
    await write('a.tape')
    await write('c.1.draft.tape')
    writeFileSync(join(folder, 'begun.tape'), 'AWTAPE2\n')
    const bytes = readFileSync(join(folder, 'a.tape'))
    bytes[10]! ^= 1
    writeFileSync(join(folder, 'broken.tape'), bytes)
    writeFileSync(join(folder, 'notes.txt'), 'hello')
    const tapes = await createTapeShelf(folder, log).list()
    expect(tapes.map((tape) => tape.name)).toEqual(['a', 'b', 'broken'])
    expect(tapes[0]).toMatchObject({
      products: ['BTC-USD'],
      description: expect.stringContaining('1 events of sandbox'),
    })
    expect(tapes[2]).toMatchObject({
      products: [],
      description: expect.stringMatching(/^This tape is damaged at byte 8; no event before that can be read$/),
      damage: expect.stringContaining('is damaged'),
    })
  })

  it('gives each recording a name of its own until the tapes take as much room as they may', () => {
    const options = { folder, now: () => new Date(0), log }
    const next = createRecordingPaths({ ...options, limitBytes: 1_000_000 })
    expect(next('coinbase')).toBe(join(folder, 'coinbase-1970-01-01T00-00-00-000Z.tape'))
    expect(next('coinbase')).toBe(join(folder, 'coinbase-1970-01-01T00-00-00-001Z.tape'))
    expect(createRecordingPaths({ ...options, limitBytes: 10 })('coinbase')).toBeNull()
    expect(createRecordingPaths({ ...options, limitBytes: 0 })('coinbase')).toBeNull()
  })

  it('lets no run fail because the folder is away: whoever records says so', () => {
    const away = { folder: join(folder, 'away'), now: () => new Date(0), limitBytes: 10, log }
    expect(createRecordingPaths(away)('sandbox')).toBe(join(away.folder, 'sandbox-1970-01-01T00-00-00-000Z.tape'))
  })
})
