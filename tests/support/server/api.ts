import { randomUUID } from 'node:crypto'
import { createClient, type Client } from 'graphql-ws'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import type { BookSnapshot, Tick } from '../../../engines/domain/market/market.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { AlgorithmEntry, Context, SourceEntry, UserFault } from '../../../schema/context.ts'
import { nodeId } from '../../../schema/node-id.ts'
import { newestBuffer } from '../../../server/bus/buffer.ts'
import { createTopics } from '../../../server/bus/topics.ts'
import { createPostgresConfigurations } from '../../../server/configurations/postgres.ts'
import { createApi, type Api } from '../../../server/http/api.ts'
import { createLive, type Live } from '../../../server/live/live.ts'
import { createPrometheus } from '../../../server/metrics/prometheus.ts'
import { createStore, type Store } from '../../../server/store/store.ts'
import { sampleEvents, sampleSpec } from '../engines/events.ts'
import { startTestDatabase, type TestDatabase } from '../stores/postgres.ts'
import { sampleServer } from '../engines/events.ts'

/** A GraphQL response as a client gets it. */
export interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { message: string; path?: unknown; extensions?: Record<string, unknown> }[]
}

/** The real API on a real database; what starts engines is played by the test. */
export interface TestApi {
  readonly url: string
  readonly store: Store
  /** What its resolvers work with. */
  readonly context: Context
  readonly live: Live
  readonly database: TestDatabase
  readonly ticks: { publish(tick: Tick): void; publishBook(book: BookSnapshot): void; listeners(): number }
  /** What the log said, one JSON line each. */
  readonly log: string[]
  /** What the fake simulation control answers with instead of success. */
  faults: readonly UserFault[]
  ready: boolean
  newRun(changes?: Partial<SimulationSpec>): Promise<{ id: string; globalId: string }>
  /** Makes events happen as the server would: recorded, then published. Resolves once they are stored. */
  happen(simulationId: string, from: number, to: number): Promise<void>
  query(text: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>
  client(): Client
  /** Who is connected to it. */
  visitors: Api['visitors']
  dispose(): Promise<void>
}

const RSI: AlgorithmEntry = {
  name: 'rsi',
  title: 'RSI',
  description: 'Buys what has fallen.',
  documentation: null,
  parametersSchema: { type: 'object' },
  defaults: { RSI_PERIOD: 14 },
  warmUp: 15,
}
const SANDBOX: SourceEntry = { name: 'sandbox', description: 'Generated.', products: ['BTC-USD'], available: true }

function fakeParameters(): Context['parameters'] {
  return {
    algorithm: (name, parameters, path) =>
      name === 'rsi'
        ? { ok: true, value: { ...RSI.defaults, ...(parameters as object) } }
        : { ok: false, faults: [{ message: `There is no algorithm "${name}".`, path, code: 'UNKNOWN_ALGORITHM' }] },
    simulator: (parameters) => ({ ok: true, value: parameters as Record<string, unknown> }),
  }
}

function fakeMarket(
  ticks: ReturnType<typeof createTopics<Tick>>,
  books: ReturnType<typeof createTopics<BookSnapshot>>,
) {
  const market: Context['market'] = {
    ticks(view, products) {
      if (view.source === 'nowhere') {
        return Promise.resolve({
          ok: false,
          faults: [{ message: 'No such source.', path: ['source'], code: 'UNKNOWN_SOURCE' }],
        })
      }
      const buffer = newestBuffer<Tick>((tick) => tick.product, { onEnd: () => stop() })
      const stop = ticks.subscribe('sandbox', (tick) => {
        if (products === null || products.includes(tick.product)) buffer.push(tick)
      })
      return Promise.resolve({ ok: true, value: buffer })
    },
    books(_view, product) {
      const buffer = newestBuffer<BookSnapshot>((book) => book.product, { onEnd: () => stop() })
      const stop = books.subscribe(product, (book) => buffer.push(book))
      return Promise.resolve({ ok: true, value: buffer })
    },
  }
  return market
}

/** Starts it on a free port of 127.0.0.1. */
export async function startTestApi(): Promise<TestApi> {
  const database = await startTestDatabase()
  const store = createStore({ url: database.url, server: sampleServer(), log: () => undefined })
  await store.servers.join()
  const live = createLive({ history: store.history, runs: store.runs })
  const ticks = createTopics<Tick>()
  const books = createTopics<BookSnapshot>()
  const log: string[] = []
  const answer = (id: string) =>
    Promise.resolve(
      api.faults.length > 0 ? { ok: false as const, faults: api.faults } : { ok: true as const, value: id },
    )
  const context: Context = {
    prisma: store.prisma,
    heavy: store.heavy,
    simulations: {
      async start(request) {
        if (api.faults.length > 0) return answer('')
        const id = randomUUID()
        const { run } = await store.runs.create(
          sampleSpec(id, { mode: request.mode }),
          'PROCESS',
          request.idempotencyKey ?? null,
        )
        return { ok: true, value: run.spec.id }
      },
      stop: answer,
      setTrading: answer,
      async delete(id) {
        const outcome = await answer(id)
        if (outcome.ok) await store.runs.delete(id)
        return outcome
      },
    },
    live,
    market: fakeMarket(ticks, books),
    algorithms: { list: () => [RSI], find: (name) => (name === 'rsi' ? RSI : null) },
    sources: { list: () => Promise.resolve([SANDBOX]) },
    launchers: { list: () => Promise.resolve([{ kind: 'PROCESS', fault: null }]) },
    engines: { of: () => [] },
    warnings: () => [],
    configurations: createPostgresConfigurations(store.prisma),
    parameters: fakeParameters(),
    simulatorParametersSchema: { type: 'object' },
    engineImage: 'aw-trade-engine:0.0.0',
    health: () => Promise.resolve([{ name: 'store', status: 'up', message: null, latencyMs: 1, since: null }]),
    resources: () => Promise.reject(new Error('a bug with a secret in it')),
  }
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
  const server = createApi({ context, logger, version: '0.0.0', isReady: () => api.ready, metrics: createPrometheus() })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${port}`
  const clients: Client[] = []
  const api: TestApi = {
    url,
    store,
    context,
    live,
    database,
    ticks: {
      publish: (tick) => ticks.publish('sandbox', tick),
      publishBook: (book) => books.publish(book.product, book),
      listeners: () => ticks.listeners('sandbox'),
    },
    log,
    faults: [],
    ready: true,
    async newRun(changes = {}) {
      const id = randomUUID()
      await store.runs.create(sampleSpec(id, changes), 'PROCESS', null)
      await store.runs.patch(id, { status: 'RUNNING' })
      return { id, globalId: nodeId('Simulation', id) }
    },
    async happen(simulationId, from, to) {
      const events = sampleEvents(from, to)
      const written = store.recorder.append(simulationId, events)
      live.publish(simulationId, events)
      await written
    },
    async query(query, variables = {}, headers = {}) {
      const body = JSON.stringify({ query, variables })
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      return (await response.json()) as Answer
    },
    client() {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      })
      clients.push(client)
      return client
    },
    visitors: () => server.visitors(),
    async dispose() {
      for (const client of clients) await client.dispose()
      await server.dispose()
      await store.dispose()
      await database.dispose()
    },
  }
  return api
}
