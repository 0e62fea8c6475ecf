import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { createTapeWriter } from '../../engines/edge/tape/writer.ts'
import { root } from '../setup.mjs'
import { clearDrafts, createRecordingPaths, createTapeShelf } from './tapes.ts'

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

  it('says of a tape whose prices may be trades or candles that nobody can tell', async () => {
    const [old] = await createTapeShelf(join(root, 'engines/edge/tape/samples'), log)
      .list()
      .then((tapes) => {
        return tapes.filter(({ name }) => name === 'version-2-candles')
      })
    expect(old?.description).toMatch(
      /^30 events of generated over 1740 s, .+\. It was written before .+ holds prices alone/,
    )
  })

  it('passes over what is no file, and waits for nobody to write into a pipe', async () => {
    const odd = mkdtempSync(join(tmpdir(), 'aw-trade-odd-'))
    const pipe = join(odd, 'pipe.tape')
    mkdirSync(join(odd, 'folder.tape'))
    symlinkSync('loop.tape', join(odd, 'loop.tape'))
    execFileSync('mkfifo', [pipe])
    // Lets whoever does wait go again, so that this fails rather than hangs.
    const writer = spawn('sh', ['-c', `sleep 8; : > "${pipe}"`])
    try {
      expect(await createTapeShelf(odd, log).list()).toEqual([])
      expect(writer.exitCode).toBeNull()
    } finally {
      writer.kill()
      rmSync(odd, { recursive: true })
    }
  })

  it('gives each recording a name of its own until the tapes take as much room as they may', () => {
    const options = { folder, now: () => new Date(0), log }
    const next = createRecordingPaths({ ...options, limitBytes: 1_000_000 })
    expect(next('coinbase')).toEqual({ path: join(folder, 'coinbase-1970-01-01T00-00-00-000Z.tape') })
    expect(next('coinbase')).toEqual({ path: join(folder, 'coinbase-1970-01-01T00-00-00-001Z.tape') })
    expect(createRecordingPaths({ ...options, limitBytes: 10 })('coinbase')).toEqual({
      path: null,
      refusal: expect.stringMatching(
        /^This market is not being recorded: the tapes take \d+ bytes, .+ allows 10\. Delete/,
      ),
    })
    // Whoever wants no recordings is not warned of having none.
    expect(createRecordingPaths({ ...options, limitBytes: 0 })('coinbase')).toEqual({ path: null, refusal: null })
  })

  it('lets no run fail because the folder is away: whoever records says so', () => {
    const away = { folder: join(folder, 'away'), now: () => new Date(0), limitBytes: 10, log }
    const path = join(away.folder, 'sandbox-1970-01-01T00-00-00-000Z.tape')
    expect(createRecordingPaths(away)('sandbox')).toEqual({ path })
  })

  it('is rid of drafts whose maker was killed, and of none that is being written', async () => {
    const drafts = ['left.1.draft.tape', 'under-way.2.draft.tape'].map((name) => join(folder, name))
    for (const path of drafts) writeFileSync(path, 'AWTAPE3')
    utimesSync(drafts[0]!, 1_000, 1_000)
    utimesSync(drafts[1]!, 1_599, 1_599)
    await clearDrafts(folder, 1_600_000, log)
    expect(drafts.map((path) => existsSync(path))).toEqual([false, true])
    expect(existsSync(join(folder, 'a.tape'))).toBe(true)
  })
})
