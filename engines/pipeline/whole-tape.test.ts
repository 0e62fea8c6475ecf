import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { moodyDisk } from '../../tests/support/engines/moody-disk.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { describeTape } from '../edge/tape/reader.ts'
import { writeWholeTape } from './whole-tape.ts'

/** Writes a tape of three batches. @param before called before each of them */
async function write(disk: ReturnType<typeof moodyDisk>['disk'], before: (batch: number) => void, stopAfter = 9) {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-whole-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.tape')
  let begun = 0
  function* batches() {
    for (; begun < 3; begun += 1) {
      before(begun)
      yield [tickNumber(begun + 1)]
    }
  }
  const header = { path, source: 'generated', products: [], startedAt: 0, disk }
  const written = writeWholeTape(header, join(folder, 'a.draft.tape'), batches(), () => begun >= stopAfter)
  return { path, written: await written.catch((error: unknown) => String(error)), files: readdirSync(folder) }
}

it('a tape is there once it is whole', async () => {
  const { path, written, files } = await write(moodyDisk().disk, () => undefined)
  expect([written, files, describeTape(path).events]).toEqual([true, ['a.tape'], 3])
})

it.each([0, 1, 2])(
  'no part of a tape is there where the disk was full at batch %i, or it was stopped',
  async (full) => {
    const { disk, state } = moodyDisk()
    const { written, files } = await write(disk, (batch) => (state.full = batch >= full))
    expect(written).toMatch(/the tape ended early: writing failed: ENOSPC/)
    expect(files).toEqual([])
    expect(await write(moodyDisk().disk, () => undefined, full)).toMatchObject({ written: false, files: [] })
  },
)
