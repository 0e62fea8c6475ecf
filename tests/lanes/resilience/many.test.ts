import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  embeddedUrl,
  expectContiguous,
  openFreshPlatform,
  type Platform,
  type SimulationView,
} from '../../support/server/platform.ts'
import { enginesOf, sessionsOf } from '../../support/processes.ts'

const COUNT = 64
const PATIENCE = { timeout: 60_000, interval: 250 }

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((one, other) => one - other)[Math.round(share * (values.length - 1))]!

/** A process that answers every request at once, and does nothing else. */
async function startBareServer(): Promise<{ readonly url: string; readonly end: () => void }> {
  const program = `require('http').createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1', function () {
    process.stdout.write(String(this.address().port))
  })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { url: `http://127.0.0.1:${port.toString()}`, end: () => void child.kill() }
}

type Look = Pick<SimulationView, 'status' | 'dataQuality'>

let platform: Platform

beforeAll(async () => {
  platform = await openFreshPlatform({ SOURCE_LINGER_MS: '0' })
})
afterAll(async () => await platform.end())

async function serverMemory(): Promise<number> {
  const { resources } = await platform.client.ask<{ resources: { serverMemoryBytes: string } }>(
    '{ resources { serverMemoryBytes } }',
  )
  return Number(resources.serverMemoryBytes)
}

/** All runs in one question: one for each, again and again, would take as much of the machine as the runs do. */
async function looks(): Promise<readonly Look[]> {
  const { simulations } = await platform.client.ask<{ simulations: { edges: readonly { node: Look }[] } }>(
    `{ simulations(first: ${COUNT}) { edges { node { status dataQuality { received } } } } }`,
  )
  return simulations.edges.map(({ node }) => node)
}

/** What each run lost, and how often its stream says so. */
async function lossesOf(
  ids: readonly string[],
): Promise<readonly { readonly dataQuality: { readonly lost: string; readonly gaps: number } }[]> {
  const query = 'query ($id: ID!) { simulation(id: $id) { dataQuality { lost gaps } } }'
  const of = async (id: string) =>
    platform.client.ask<{ simulation: { dataQuality: { lost: string; gaps: number } } }>(query, { id })
  return (await Promise.all(ids.map(of))).map(({ simulation }) => simulation)
}

it(
  `runs ${COUNT} live simulations at once, loses nothing of any without a word, and leaves nothing when they are stopped`,
  { timeout: 240_000 },
  async () => {
    const algorithms = ['rsi', 'order-book-imbalance']
    const before = await serverMemory()
    const runs = await Promise.all(
      Array.from({ length: COUNT }, (_, index) =>
        platform.start({ algorithm: algorithms[index % 2], products: ['BTC-USD', 'ETH-USD'] }),
      ),
    )
    await expect
      .poll(async () => (await looks()).map(({ status }) => status), PATIENCE)
      .toEqual(runs.map(() => 'RUNNING'))
    expect(enginesOf(platform.server.pid, 'streamer')).toHaveLength(1)
    expect(enginesOf(platform.server.pid)).toHaveLength(2 * COUNT + 2)

    await expect
      .poll(async () => Math.min(...(await looks()).map(({ dataQuality }) => Number(dataQuality.received))), PATIENCE)
      .toBeGreaterThan(300)
    // What the processor is short of goes to whoever is asked: an answer that comes late would come late to a stop, too.
    // Where other programs take the processor as well, any server is late: a bare one, asked in turn, shows by how much.
    const bare = await startBareServer()
    const answers: number[] = []
    const bareAnswers: number[] = []
    for (let question = 0; question < 40; question++) {
      answers.push(await timed(() => platform.client.ask('{ __typename }')))
      bareAnswers.push(await timed(async () => (await fetch(bare.url)).text()))
    }
    bare.end()
    const [median, slowest] = [quantile(answers, 0.5), quantile(answers, 1)]
    expect(median).toBeLessThan(Math.max(100, 4 * quantile(bareAnswers, 0.5)))
    expect(quantile(answers, 0.95)).toBeLessThan(Math.max(250, 4 * quantile(bareAnswers, 0.95)))
    const { pid } = platform.server
    expect([...new Set(enginesOf(pid).map((engine) => getPriority(engine.pid) - getPriority(pid)))]).toEqual([19])
    const sessions = sessionsOf(enginesOf(pid))
    expect(sessions).toContain(pid)
    expect(sessions.length).toBeLessThanOrEqual(13)
    const after = await serverMemory()
    const asked = performance.now()
    const stopped = await Promise.all(runs.map(({ id }) => platform.stop(id)))

    const took = Math.round(performance.now() - asked)
    expect(stopped.map(({ simulation }) => simulation?.status)).toEqual(runs.map(() => 'STOPPED'))
    // An engine that the processor is taken from for three seconds gives up what it missed, and says so in its stream.
    const losses = await lossesOf(runs.map(({ id }) => id))
    expect(losses.filter(({ dataQuality: { lost, gaps } }) => lost !== '0' && gaps === 0)).toEqual([])
    await expect.poll(() => enginesOf(platform.server.pid), PATIENCE).toEqual([])
    const url = embeddedUrl(platform.server.dataDir)
    for (const { id } of runs) await expectContiguous(url, id)
    const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)
    console.log(
      `server: ${megabytes(before)} MB alone, ${megabytes(after)} MB with ${COUNT} runs; stopped in ${took} ms; ` +
        `answers in ${median.toFixed(1)} ms, the slowest in ${slowest.toFixed(1)} ms`,
    )
    expect(after).toBeLessThan(400 * 1024 ** 2)
  },
)
