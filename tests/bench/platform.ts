import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { startEmbeddedPostgres } from '../../server/boot/postgres.ts'
import { root } from '../../server/setup.mjs'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { temporaryDirectory } from '../support/stores/postgres.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'

const START = `mutation ($input: StartSimulationInput!) {
  startSimulation(input: $input) { simulation { id } userErrors { message } }
}`
const STOP = `mutation ($id: ID!) {
  stopSimulation(input: { simulationId: $id }) {
    simulation { status statusReason dataQuality { received lost } startedAt endedAt }
    userErrors { message }
  }
}`

/** The median of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A server of its own, with a client; both gone afterwards. */
export async function withServer<Result>(
  work: (server: ServerProcess, client: GraphqlClient) => Promise<Result>,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const dataDir = newDataDir()
  const server = await startServer(dataDir.path, { LOG_LEVEL: 'info', ...env })
  const client = createGraphqlClient(server.url)
  try {
    return await work(server, client)
  } finally {
    await client.dispose()
    await server.stop()
    dataDir.remove()
  }
}

/** Starts a simulation; returns its id. @throws Error where it is refused */
export async function start(client: GraphqlClient, input: Record<string, unknown>): Promise<string> {
  const { startSimulation } = await client.ask<{
    startSimulation: { simulation: { id: string } | null; userErrors: { message: string }[] }
  }>(START, { input })
  if (startSimulation.simulation === null)
    throw new Error(startSimulation.userErrors.map((one) => one.message).join(' '))
  return startSimulation.simulation.id
}

interface Stopped {
  readonly status: string
  readonly statusReason: string | null
  readonly dataQuality: { readonly received: string; readonly lost: string }
  readonly startedAt: string | null
  readonly endedAt: string | null
}

async function stop(client: GraphqlClient, id: string): Promise<Stopped> {
  const { stopSimulation } = await client.ask<{ stopSimulation: { simulation: Stopped } }>(STOP, { id })
  return stopSimulation.simulation
}

/** From the mutation's send to the first tick of a subscriber, in milliseconds; nothing of the source runs before. */
export function benchFirstTick(runs = 5, env: Readonly<Record<string, string>> = {}): Promise<readonly number[]> {
  return withServer(async (_server, client) => {
    const figures: number[] = []
    for (let run = 0; run < runs; run++) {
      const sentAt = performance.now()
      // A seed of its own: the sandbox and its streamer have to be started for it.
      const id = await start(client, { algorithm: 'rsi', source: 'sandbox', products: ['BTC-USD'], seed: 100 + run })
      const ticks = client.subscribe('subscription ($id: ID!) { ticks(simulationId: $id) { price } }', { id })
      await ticks.next()
      figures.push(performance.now() - sentAt)
      await ticks.return?.()
      await stop(client, id)
    }
    return figures
  }, env)
}

/** Resident memory in bytes of a process, as the kernel counts it; NaN where the system does not say. */
function residentBytes(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1]) * 1024
}

/** Resolves when `check` is true; looks every 50 ms, at most so long. */
export async function until(check: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`nothing happened within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface EngineMemory {
  readonly role: string
  readonly memoryBytes: string | null
}

/** Resident memory: of the server that does nothing, and of each engine after ten seconds at work. */
export function benchMemory(): Promise<{
  readonly idleServer: number
  readonly engines: Readonly<Record<string, number>>
}> {
  return withServer(async (server, client) => {
    const idleServer = residentBytes(server.pid)
    const id = await start(client, { algorithm: 'rsi', source: 'sandbox', products: ['BTC-USD', 'ETH-USD'] })
    const workedUntil = performance.now() + 10_000
    let engines: readonly EngineMemory[] = []
    await until(async () => {
      const query = 'query ($id: ID!) { simulation(id: $id) { engines { role memoryBytes } } }'
      engines = (await client.ask<{ simulation: { engines: EngineMemory[] } }>(query, { id })).simulation.engines
      return performance.now() > workedUntil
    }, 20_000)
    await stop(client, id)
    return {
      idleServer,
      engines: Object.fromEntries(engines.map((engine) => [engine.role, Number(engine.memoryBytes)])),
    }
  })
}

export interface ManyFigures {
  readonly running: number
  readonly ended: Readonly<Record<string, number>>
  readonly lost: number
  /** The lowest of all runs. */
  readonly ticksPerSecond: number
  readonly serverMemoryBytes: number
}

/** Many simulations at once on one sandbox feed, for some seconds. */
export function benchMany(count = 30, seconds = 20): Promise<ManyFigures> {
  return withServer(async (server, client) => {
    const products = ['BTC-USD', 'ETH-USD']
    const ids = await Promise.all(
      Array.from({ length: count }, () => start(client, { algorithm: 'rsi', source: 'sandbox', products })),
    )
    const running = async (): Promise<number> => {
      const query = '{ simulations(first: 100, filter: { status: [RUNNING] }) { edges { node { id } } } }'
      return (await client.ask<{ simulations: { edges: unknown[] } }>(query)).simulations.edges.length
    }
    await until(async () => (await running()) === count, 60_000)
    const over = performance.now() + seconds * 1000
    await until(() => Promise.resolve(performance.now() > over), seconds * 1000 + 1000)
    const atOnce = await running()
    const serverMemoryBytes = residentBytes(server.pid)
    const runs = await Promise.all(ids.map((id) => stop(client, id)))
    const rates = runs.map((run) => {
      const lasted = (Date.parse(run.endedAt ?? '') - Date.parse(run.startedAt ?? '')) / 1000
      return Number(run.dataQuality.received) / lasted
    })
    const ended: Record<string, number> = {}
    for (const run of runs) ended[run.status] = (ended[run.status] ?? 0) + 1
    const lost = runs.reduce((sum, run) => sum + Number(run.dataQuality.lost), 0)
    return { running: atOnce, ended, lost, ticksPerSecond: Math.min(...rates), serverMemoryBytes }
  })
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** The same on a PostgreSQL outside, which the first start has migrated. */
export async function benchStartExternal(runs = 5): Promise<readonly number[]> {
  const home = await temporaryDirectory()
  const postgres = await startEmbeddedPostgres({ dataDir: home.path })
  try {
    return await benchStart(runs, { DATABASE_URL: postgres.url })
  } finally {
    await postgres.dispose()
    await home.remove()
  }
}

/** `npm start`, not for the first time, until `/ready` says yes; in milliseconds. */
export async function benchStart(
  runs = 5,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly number[]> {
  const dataDir = newDataDir()
  const figures: number[] = []
  try {
    for (let run = 0; run <= runs; run++) {
      const port = await freePort()
      const startedAt = performance.now()
      const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir.path, LOG_LEVEL: 'warn', ...settings }
      // A group of its own, so that npm's shell and the server below it get the signal together.
      const child = spawn('npm', ['start'], { cwd: root, env, stdio: 'ignore', detached: true })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      await until(() => isReady(port), 60_000)
      // The first one makes the database.
      if (run > 0) figures.push(performance.now() - startedAt)
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await exited
    }
  } finally {
    dataDir.remove()
  }
  return figures
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/ready`)).ok
  } catch {
    // Not listening yet.
    return false
  }
}
