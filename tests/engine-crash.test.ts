import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest'
import type { SimulationSpec } from '../engines/domain/simulation.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { createProcessLauncher } from '../server/launcher/process.ts'
import { root } from '../server/setup.mjs'
import { testLauncher } from './support/engines/engine-chain.ts'
import { startLiveChain, type ChainRole } from './support/engines/live-chain.ts'
import { specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-crash-'))
const launcher = testLauncher()
const spec = specOf('rsi', ['BTC-USD'])
let tape = ''

/** Whether a process runs; one that has ended and was not collected yet does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !(existsSync(stat) && /^\d+ \(.*\) [ZX] /s.test(readFileSync(stat, 'latin1')))
}

beforeAll(async () => {
  const market = { seed: 3, startTime: 1_767_571_200_000_000, seconds: 120, activity: 1 }
  tape = await writeTape(folder, 'doomed', generateEvents({ ...market, products: spec.products }))
})

afterEach(async () => {
  await launcher.dispose()
})
afterAll(async () => {
  await launcher.remove()
  rmSync(folder, { recursive: true, force: true })
})

const ROLES: readonly ChainRole[] = ['sandbox', 'streamer', 'algorithm', 'simulator']

describe('an engine that is killed with -9 in the middle of a live run', () => {
  it.each(ROLES)('says so where it is the %s, and the others can be stopped in order', async (killed) => {
    const live: SimulationSpec = { ...spec, mode: 'LIVE', speed: 1, source: 'sandbox' }
    const chain = await startLiveChain(launcher, live, join(folder, `${killed}.tape`), 20)
    chain.acknowledge()
    await vi.waitFor(() => expect(chain.events().length).toBeGreaterThan(3), { timeout: 15_000, interval: 20 })
    process.kill(chain[killed].entry().pid ?? 0, 'SIGKILL')
    expect(await chain[killed].exited).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(chain[killed].entry()).toMatchObject({ state: 'exited', cpuPercent: null })

    const others = ROLES.filter((role) => role !== killed).reverse()
    for (const role of others) expect(chain[role].entry().state).toBe('running')
    for (const role of others) {
      const exit = await chain[role].stop(8_000)
      expect(exit, `${role}: ${exit.lastLines.join(' ')}`).toMatchObject({ code: 0 })
    }
    expect(launcher.running()).toEqual([])
    if (killed === 'simulator') return
    // What the simulator had until then is whole.
    const events = chain.events()
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1))
    expect(events.at(-1)?.type).toBe('finished')
  })
})

/** Ends what a test started, where it did not end by itself. */
function killAll(pids: readonly number[]): void {
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
}

/** Kills the launcher of a running chain. @returns the engines it leaves behind. */
async function killLauncher(marks: string, { onTestFinished }: TestContext): Promise<readonly number[]> {
  const started: number[] = []
  onTestFinished(() => killAll(started))
  const program = fileURLToPath(new URL('./support/engines/doomed-launcher.ts', import.meta.url))
  const run = JSON.stringify({ ...spec, speed: 1 })
  const doomed = fork(program, [marks, tape, run], { execArgv: ['--import', 'tsx'] })
  started.push(doomed.pid ?? 0)
  const [pids] = (await once(doomed, 'message')) as [number[]]
  started.push(...pids)
  expect(pids.map(isRunning)).toEqual([true, true, true])
  doomed.kill('SIGKILL')
  await once(doomed, 'exit')
  return pids
}

// All at once: most of it is the three seconds for which an engine without a launcher holds on to its events.
describe.concurrent('engines whose launcher is killed with -9', () => {
  it('end by themselves within seconds, also the simulator whose events nobody acknowledges any more', async (context) => {
    const pids = await killLauncher(join(folder, 'left-alone'), context)
    const soon = { timeout: 8_000, interval: 20 }
    await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false, false]), soon)
  })

  it.for(['streamer', 'algorithm', 'simulator'])(
    'end by themselves too where it went before they had begun: a %s',
    async (role, { onTestFinished }) => {
      const env = {
        ...process.env,
        SOURCE: 'tape',
        TAPE_PATH: tape,
        STREAMER_ADDR: '127.0.0.1:9',
        BIND_ADDR: '127.0.0.1:0',
      }
      const child = fork(join(root, `dist/engines/${role}.js`), { env, silent: true, execArgv: [] })
      onTestFinished(() => killAll([child.pid ?? 0]))
      const exited = once(child, 'exit')
      // The process is there, and none of its code has run yet.
      child.disconnect()
      expect(await Promise.race([exited, delay(8_000, 'lives on')])).not.toBe('lives on')
    },
  )

  it('are ended at once by the next launcher, which finds their marks', async (context) => {
    const marks = join(folder, 'found')
    const pids = await killLauncher(marks, context)
    const next = createProcessLauncher({ engines: join(root, 'dist/engines'), marks, env: process.env })
    const orphans = await next.reapOrphans(() => Promise.resolve(() => false))
    // Seen as gone by their command lines, which the system takes away a moment before the rest.
    const atOnce = { timeout: 500, interval: 5 }
    await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false, false]), atOnce)
    // The others may have ended by themselves meanwhile; the simulator still waited for its events to be taken.
    expect(orphans.map((orphan) => orphan.owner)).toContain(spec.id)
    expect(readdirSync(marks)).toEqual([])
  })
})
