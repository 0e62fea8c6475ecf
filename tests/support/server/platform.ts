import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, vi } from 'vitest'
import { makeTape } from '../market/tapes.ts'
import { createGraphqlClient, type GraphqlClient } from './graphql-client.ts'
import { descendantsOf, stillRunning } from '../processes.ts'
import { until } from '../time/gather.ts'
import { newDataDir, startServer, type ServerProcess } from './server-process.ts'
import { EVENT_TABLES } from '../../../server/store/event-tables.ts'

export { makeTape } from '../market/tapes.ts'

/** What a test looks at of a simulation. */
export interface SimulationView {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly fingerprint: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly engines: readonly { readonly role: string; readonly state: string; readonly pid: number | null }[]
  readonly dataQuality: { readonly received: string; readonly lost: string }
}

/** The outcome of a mutation. */
export interface Told {
  readonly simulation: SimulationView | null
  readonly userErrors: readonly { readonly code: string; readonly message: string }[]
}

const VIEW = `id status statusReason fingerprint startedAt endedAt
  engines { role state pid } dataQuality { received lost }`

const START = `mutation ($input: StartSimulationInput!) {
  startSimulation(input: $input) { simulation { ${VIEW} } userErrors { code message } } }`
const STOP = `mutation ($id: ID!) {
  stopSimulation(input: { simulationId: $id }) { simulation { ${VIEW} } userErrors { code message } } }`
const LOOK = `query ($id: ID!) { simulation(id: $id) { ${VIEW} } }`

/** How long a test waits for what must happen. */
export const PATIENCE = { timeout: 15_000, interval: 25 }

export const FINAL = ['COMPLETED', 'STOPPED', 'FAILED']

/** A server with a client, and the few things that tests about its life do again and again. */
export interface Platform {
  readonly server: ServerProcess
  readonly client: GraphqlClient
  tell(input: Readonly<Record<string, unknown>>): Promise<Told>
  /** Starts a simulation that must be accepted; on the sandbox, live, unless told otherwise. */
  start(input?: Readonly<Record<string, unknown>>): Promise<SimulationView>
  /** Starts one and waits until it runs. */
  running(input?: Readonly<Record<string, unknown>>): Promise<SimulationView>
  look(id: string): Promise<SimulationView>
  stop(id: string): Promise<Told>
  /** Waits until a simulation has one of the statuses. */
  reaches(id: string, ...statuses: readonly string[]): Promise<SimulationView>
  /** Ends the server in order, and sees that nothing of it runs on. */
  end(): Promise<void>
}

/** Starts a server on a data directory, which stays. */
export async function openPlatform(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  dist?: string,
  wrap?: readonly string[],
): Promise<Platform> {
  const server = await startServer(dataDir, env, dist, wrap)
  const client = createGraphqlClient(server.url)
  const tell = async (input: Readonly<Record<string, unknown>>): Promise<Told> => {
    const whole = { algorithm: 'rsi', mode: 'LIVE', source: 'sandbox', products: ['BTC-USD'], ...input }
    return (await client.ask<{ startSimulation: Told }>(START, { input: whole })).startSimulation
  }
  const look = async (id: string): Promise<SimulationView> =>
    (await client.ask<{ simulation: SimulationView }>(LOOK, { id })).simulation
  const reaches = async (id: string, ...statuses: readonly string[]): Promise<SimulationView> => {
    let seen = await look(id)
    await until(async () => {
      seen = await look(id)
      // A run that has ended otherwise will not come round: say at once what it says.
      expect([...statuses, ...FINAL]).toContain(seen.status)
    }, PATIENCE.timeout)
    expect(statuses, `${seen.status}: ${seen.statusReason}`).toContain(seen.status)
    return seen
  }
  const start = async (input: Readonly<Record<string, unknown>> = {}): Promise<SimulationView> => {
    const { simulation, userErrors } = await tell(input)
    if (simulation === null) throw new Error(`not started: ${JSON.stringify(userErrors)}`)
    return simulation
  }
  return {
    server,
    client,
    tell,
    start,
    running: async (input) => reaches((await start(input)).id, 'RUNNING'),
    look,
    stop: async (id) => (await client.ask<{ stopSimulation: Told }>(STOP, { id })).stopSimulation,
    reaches,
    async end() {
      const before = descendantsOf(server.pid)
      await client.dispose()
      await server.stop()
      await vi.waitFor(() => expect(stillRunning(before)).toEqual([]), PATIENCE)
    },
  }
}

/** A server on a data directory of its own, with a sample tape of two minutes; all gone after `end`. */
export async function openFreshPlatform(env: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const directory = newDataDir()
  try {
    makeTape(directory.path)
    const platform = await openPlatform(directory.path, env)
    return {
      ...platform,
      async end() {
        await platform.end()
        directory.remove()
      },
    }
  } catch (error) {
    directory.remove()
    throw error
  }
}

/** Where the embedded Postgres of a server on `dataDir` is reached. */
export function embeddedUrl(dataDir: string): string {
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim()
  const port = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  return `postgresql://aw_trade:${password}@127.0.0.1:${port}/aw_trade`
}

/** The database id within a global one. */
export function databaseId(id: string): string {
  return Buffer.from(id, 'base64').toString().split(':')[1] ?? id
}

const SEQUENCES = EVENT_TABLES.map((table) => `SELECT "sequence" FROM "${table}" WHERE "simulationId" = $1::uuid`).join(
  ' UNION ALL ',
)

/** Every event number that is stored of a simulation, ascending. */
export async function storedSequences(url: string, id: string): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ sequence: string }>(`${SEQUENCES} ORDER BY 1`, [databaseId(id)])
    return rows.map(({ sequence }) => Number(sequence))
  } finally {
    await client.end()
  }
}

/** Sees that the stored events of a simulation are numbered 1 to n without hole or double; returns n. */
export async function expectContiguous(url: string, id: string): Promise<number> {
  const stored = await storedSequences(url, id)
  expect(stored).toEqual(stored.map((_, index) => index + 1))
  return stored.length
}
