import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  embeddedUrl,
  expectContiguous,
  FINAL,
  makeTape,
  openPlatform,
  PATIENCE,
  storedSequences,
  type Platform,
} from '../../support/server/platform.ts'
import { descendantsOf, enginesOf, isRunning, stillRunning, type SystemProcess } from '../../support/processes.ts'
import { newDataDir } from '../../support/server/server-process.ts'

const REPLAY = { mode: 'REPLAY', source: 'tape:sample', speed: 2 }

const directory = newDataDir()
let running: Platform | null = null

beforeAll(() => makeTape(directory.path))
afterAll(async () => {
  await running?.end()
  directory.remove()
})

/** Starts a server on what the one before it left; or takes that of the test before, which is the next one's to crash. */
async function open(): Promise<Platform> {
  running ??= await openPlatform(directory.path, { SOURCE_LINGER_MS: '0' })
  const { pid } = running.server
  await expect.poll(() => enginesOf(pid), PATIENCE).toEqual([])
  return running
}

/** Ends a server as a crash would; gives what ran below it. */
async function crash(platform: Platform): Promise<readonly SystemProcess[]> {
  const below = descendantsOf(platform.server.pid)
  running = null
  await platform.server.kill()
  await platform.client.dispose()
  return below
}

const isEngine = ({ command }: SystemProcess): boolean => command.includes('engines/')

it(
  'takes its engines along when it is killed, and the next one says what became of their runs',
  { timeout: 40_000 },
  async () => {
    const first = await open()
    const runs = [await first.running(), await first.running(REPLAY), await first.running({ seed: 5 })]
    const engines = (await crash(first)).filter(isEngine)
    expect(engines.length).toBeGreaterThanOrEqual(9)

    await expect.poll(() => stillRunning(engines), PATIENCE).toEqual([])

    const next = await open()
    for (const { id } of runs) {
      const run = await next.look(id)
      expect(run).toMatchObject({ status: 'FAILED' })
      expect(run.statusReason).toMatch(
        /^The server ended without stopping this simulation \(a crash, or it was killed\)\./,
      )
      expect(run.endedAt).not.toBeNull()
    }
    const again = await next.running()
    expect((await next.stop(again.id)).userErrors).toEqual([])
  },
)

it('ends engines that a killed server left behind, and says so in their run', { timeout: 40_000 }, async () => {
  const first = await open()
  const live = await first.running()
  const replay = await first.running(REPLAY)
  const left = enginesOf(first.server.pid)
  // Stopped processes cannot notice that the server is gone.
  for (const { pid } of left) process.kill(pid, 'SIGSTOP')
  await crash(first)
  expect(stillRunning(left)).toHaveLength(left.length)

  const next = await open()

  expect(stillRunning(left)).toEqual([])
  const own = replay.engines.flatMap(({ pid }) => (pid === null ? [] : [pid]))
  const { status, statusReason } = await next.look(replay.id)
  expect(status).toBe('FAILED')
  for (const pid of own) expect(statusReason).toContain(`process ${pid}`)
  expect(await next.look(live.id)).toMatchObject({ status: 'FAILED' })
})

it('leaves strangers alone that got the process id of an engine', { timeout: 40_000 }, async () => {
  const first = await open()
  await first.running()
  const left = enginesOf(first.server.pid)
  await crash(first)
  await expect.poll(() => stillRunning(left), PATIENCE).toEqual([])
  writeFileSync(`${directory.path}/engines/${process.pid}.json`, JSON.stringify({ owner: 'somebody' }))

  const next = await open()

  expect(isRunning(process.pid)).toBe(true)
  const { id } = await next.running()
  expect((await next.look(id)).status).toBe('RUNNING')
  await next.stop(id)
})

it('keeps what was stored: a run without a hole, up to where the server was killed', { timeout: 40_000 }, async () => {
  const first = await open()
  const { id } = await first.running({ ...REPLAY, speed: 10 })
  const url = embeddedUrl(directory.path)
  await expect.poll(async () => (await storedSequences(url, id)).length, PATIENCE).toBeGreaterThan(20)
  const before = (await storedSequences(url, id)).length
  await crash(first)

  await open()

  expect(await expectContiguous(embeddedUrl(directory.path), id)).toBeGreaterThanOrEqual(before)
})

it.each([1, 2, 3, 4])('starts again after a kill at any moment (seed %i)', { timeout: 60_000 }, async (seed) => {
  const first = await open()
  const looks = [0, 3, 12, 40][seed - 1] ?? 0
  const ids: string[] = []
  for (const input of [{}, REPLAY, { mode: 'BACKTEST', source: 'tape:sample' }]) ids.push((await first.start(input)).id)
  for (let look = 0; look < looks; look++) await first.look(ids[0] ?? '')
  const below = await crash(first)

  const next = await open()

  // Whoever watched over the database looks ten times a second whether it is gone.
  await expect.poll(() => stillRunning(below), PATIENCE).toEqual([])
  for (const id of ids) {
    expect(FINAL).toContain((await next.look(id)).status)
    await expectContiguous(embeddedUrl(directory.path), id)
  }
  const { id } = await next.start({ mode: 'BACKTEST', source: 'tape:sample' })
  await next.reaches(id, 'COMPLETED')
})
