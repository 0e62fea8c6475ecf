import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { isAlive } from '../boot/processes.ts'
import type { EngineSpec } from './port.ts'
import { createProcessLauncher } from './process.ts'

const SPEC: EngineSpec = {
  entry: 'streamer',
  role: 'STREAMER',
  owner: 'a run',
  serves: 'udp',
  outbound: false,
  tape: null,
  env: {},
}

/** A launcher whose engines say nothing and stay. */
function quietLauncher(freePort?: () => Promise<number>) {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-launcher-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'streamer.js'), 'setInterval(() => {}, 1000)')
  const marks = join(folder, 'marks')
  return { marks, launcher: createProcessLauncher({ engines: folder, marks, env: {}, ...(freePort && { freePort }) }) }
}

it('leaves no engine that nobody knows, where the disk takes no mark of it', async () => {
  const { marks, launcher } = quietLauncher()
  rmSync(marks, { recursive: true })
  writeFileSync(marks, '')

  expect(() => launcher.launch(SPEC)).toThrow(/^The streamer was started and ended again, .+ENOTDIR.+can be written/)

  const pid = launcher.running()[0]?.entry.pid ?? 0
  expect(pid).toBeGreaterThan(0)
  await vi.waitFor(() => expect(launcher.running()).toEqual([]), { timeout: 10_000, interval: 5 })
  expect(isAlive(pid)).toBe(false)
})

it('goes on where the mark of an engine that has ended cannot be taken away', async () => {
  const { marks, launcher } = quietLauncher()
  const engine = launcher.launch(SPEC)
  const mark = join(marks, `${engine.entry().pid ?? 0}.json`)
  // As root, this alone keeps a file from being removed.
  rmSync(mark)
  mkdirSync(mark)

  await engine.stop(0)

  expect(launcher.running()).toEqual([])
})

it('says that engines cannot be reached on a machine without their address, and nothing of ports that are short', async () => {
  const healthAt = (code: string | null) => {
    const freePort = () =>
      code === null ? Promise.resolve(1) : Promise.reject(Object.assign(new Error(code), { code }))
    return quietLauncher(freePort).launcher.health()
  }
  expect(await healthAt('EADDRNOTAVAIL')).toMatchObject({
    status: 'degraded',
    message: expect.stringMatching(/^Engines .+ 127\.0\.0\.1, .+ only back-tests work\. Give .+ address/),
  })
  expect([await healthAt('EADDRINUSE'), await healthAt(null)]).toMatchObject([{ status: 'up' }, { status: 'up' }])
})
