import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { isAlive } from '../boot/processes.ts'
import { createOrphanage, ownerMark } from './orphans.ts'

it('ends what an earlier server left, and leaves alone what this one has begun', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-marks-'))
  const engine = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1000)', '--', ownerMark('a run')])
  onTestFinished(() => {
    engine.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  // Its command line can be read once it runs; a process that was only just made has none yet.
  await once(engine.stdout, 'data')
  const pid = engine.pid ?? 0
  const ended = once(engine, 'exit')
  const mine = createOrphanage(folder)
  mine.mark(pid, 'a run')

  expect(await mine.reap()).toEqual([])
  expect(isAlive(pid)).toBe(true)

  expect(await createOrphanage(folder).reap()).toEqual([{ owner: 'a run', description: `process ${pid}` }])
  expect(await ended).toEqual([null, 'SIGKILL'])
})
