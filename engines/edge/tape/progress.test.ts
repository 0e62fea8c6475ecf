import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import { createTapeProgress, type TapeProgress } from './progress.ts'
import { describeTape } from './reader.ts'
import { createTapeWriter } from './writer.ts'

const SECOND = 1_000_000
const START = 1_700_000_000_000_000

/** A tape with a tick at each of some seconds, to which more can be added. */
async function tapeOf(...seconds: readonly number[]) {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-progress-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.tape')
  const writer = await createTapeWriter({ path, source: 'test', products: ['BTC-USD'], startedAt: START })
  onTestFinished(() => writer.close())
  let sequence = 0
  const add = async (...more: readonly number[]): Promise<void> => {
    for (const second of more) writer.write({ ...tickNumber(++sequence), time: START + second * SECOND })
    await writer.flush()
  }
  await add(...seconds)
  return { path, add }
}

it('is the share of the tape, or of the part that is to be played; nothing before it begins', async () => {
  const { path } = await tapeOf(0, 5, 10)
  const [whole, part] = [null, 4].map((seconds) => createTapeProgress(path, describeTape(path), seconds)) as [
    TapeProgress,
    TapeProgress,
  ]
  expect(whole.share()).toBeNull()
  for (const progress of [whole, part]) progress.reach(START + 2 * SECOND)
  expect([whole.share(), part.share()]).toEqual([0.2, 0.5])
  for (const progress of [whole, part]) progress.reach(START + 10 * SECOND)
  expect([whole.share(), part.share()]).toEqual([1, 1])
})

it('goes by what there is of a tape that is still being recorded', async () => {
  const { path, add } = await tapeOf(0, 10)
  const progress = createTapeProgress(path, describeTape(path), null)
  progress.reach(START + 10 * SECOND)
  expect(progress.share()).toBe(1)
  await add(20, 40)
  progress.reach(START + 20 * SECOND)
  expect(progress.share()).toBe(0.5)
})
