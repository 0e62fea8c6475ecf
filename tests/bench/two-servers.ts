import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { startTestDatabase } from '../support/stores/postgres.ts'
import { startTestRedis } from '../support/stores/redis.ts'
import { newDataDir, startServer } from '../support/server/server-process.ts'

/** Milliseconds between an event at a subscriber of one server and the same at a subscriber of the other. */
export interface TwoServersFigures {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly events: number
}

const START = `mutation ($input: StartSimulationInput!) {
  startSimulation(input: $input) { simulation { id } userErrors { message } }
}`
const STOP = 'mutation ($id: ID!) { stopSimulation(input: { simulationId: $id }) { userErrors { message } } }'
const SIGNALS = 'subscription ($id: ID!) { signals(simulationId: $id) { sequence } }'

/** Signals as often as can be. */
const input = {
  algorithm: 'order-book-imbalance',
  algorithmParameters: { IMBALANCE_THRESHOLD: 0.01, MIN_VOLUME_THRESHOLD: 0, SIGNAL_COOLDOWN_MS: 0 },
  simulatorParameters: { MIN_CONFIDENCE: 0 },
  source: 'sandbox',
  products: ['BTC-USD', 'ETH-USD'],
}

/** Notes when each signal arrives, by its sequence, until the feed ends. */
async function note(client: GraphqlClient, id: string, times: Map<string, number>): Promise<void> {
  for await (const { data } of client.subscribe<{ signals: { sequence: string } }>(SIGNALS, { id })) {
    if (data !== undefined) times.set(data.signals.sequence, performance.now())
  }
}

/** One run at one server, listened to at both, for some seconds. */
export async function benchTwoServers(seconds = 15): Promise<TwoServersFigures> {
  const [database, redis] = await Promise.all([startTestDatabase(), startTestRedis()])
  const directories = [newDataDir(), newDataDir()]
  const settings = { DATABASE_URL: database.url, REDIS_URL: redis.url, RECORD_LIMIT_BYTES: '0' }
  const servers = await Promise.all(directories.map(({ path }) => startServer(path, settings)))
  const clients = servers.map(({ url }) => createGraphqlClient(url)) as [GraphqlClient, GraphqlClient]
  try {
    const { startSimulation } = await clients[0].ask<{ startSimulation: { simulation: { id: string } } }>(START, {
      input,
    })
    const { id } = startSimulation.simulation
    const seen = [new Map<string, number>(), new Map<string, number>()] as const
    const listening = clients.map((client, index) => note(client, id, seen[index]!))
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    await clients[0].ask(STOP, { id })
    await Promise.all(listening)
    const delays = [...seen[1]].flatMap(([sequence, at]) => {
      const first = seen[0].get(sequence)
      return first === undefined ? [] : [Math.abs(at - first)]
    })
    delays.sort((left, right) => left - right)
    const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN
    return { p50: at(0.5), p99: at(0.99), max: at(1), events: delays.length }
  } finally {
    for (const client of clients) await client.dispose()
    await Promise.all(servers.map((server) => server.stop()))
    await redis.dispose()
    await database.dispose()
    for (const directory of directories) directory.remove()
  }
}
