import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { catalog, describeAlgorithm } from '../engines/algorithm/catalog.ts'
import { FINAL_STATUSES, type EngineRole, type LauncherKind } from '../engines/domain/simulation.ts'
import { checkParameters, jsonSchemaOf } from '../engines/domain/parameters.ts'
import { wallClock } from '../engines/edge/clock.ts'
import { LISTINGS } from '../engines/exchange-sandbox/listing.ts'
import { simulatorParameters } from '../engines/simulator/parameters.ts'
import manifest from '../package.json' with { type: 'json' }
import type { Context, ParameterCheck } from '../schema/context.ts'
import { engineLogLevel, type Config } from './config.ts'
import { openConfigurations } from './configurations/open.ts'
import { openDataDir } from './boot/data-dir.ts'
import {
  configurationsCheck,
  feedCheck,
  launcherCheck,
  localBusCheck,
  redisCheck,
  storeCheck,
} from './health/checks.ts'
import { createHealth } from './health/health.ts'
import { createApi } from './http/api.ts'
import { joinLaunchers } from './launcher/all.ts'
import type { EngineLine } from './launcher/port.ts'
import { createLive } from './live/live.ts'
import { createMarketFeeds } from './market/feeds.ts'
import { runElsewhere, viewMarket } from './market/elsewhere.ts'
import { joinBus } from './stages/bus.ts'
import { createPrometheus } from './metrics/prometheus.ts'
import { busNote, storeNote, storeWarnings } from './health/notes.ts'
import { openLaunchers } from './stages/launchers.ts'
import { openStore } from './stages/store.ts'
import { openPage } from './http/page.ts'
import { createResources } from './health/resources.ts'
import { makeSampleTape, SEED } from './boot/sample-tape.ts'
import { createRunControl } from './simulations/control.ts'
import { createLiveSources } from './sources/live-sources.ts'
import { createLogBook } from './simulations/log-book.ts'
import type { RunBus } from './simulations/run-ports.ts'
import { createRunPersistence } from './simulations/persistence.ts'
import { createSourceCatalog } from './sources/catalog.ts'
import { createTapeShelf, newRecordingPath, tapesBytes } from './sources/tapes.ts'
import { createVenueProducts } from './sources/venue-products.ts'
import { streamerSuffix } from './store/servers.ts'
import { watchStore } from './store/watch.ts'

/** How often the database is asked whether it is there. */
const STORE_LOOK_MS = 1_000

export interface PlatformOptions {
  readonly config: Config
  /** Folder of the bundled engines. */
  readonly engines: string
  /** Folder of the database's migrations. */
  readonly migrations: string
  /** Folder of the built page. */
  readonly page: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** The server cannot go on, for this reason; whoever opened it ends the process. */
  readonly onFatal: (reason: string) => void
}

/** The whole server, ready to listen. */
export interface Platform {
  /** @throws Error, for a person, where the port cannot be had. */
  listen(): Promise<{ readonly url: string }>
  /** Stops every run, writes what waits, ends the database. */
  dispose(): Promise<void>
}

/** What was opened, to be closed in the opposite order. */
class Closers {
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  add(close: () => Promise<unknown>): void {
    this.#closers.push(close)
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      // One part that does not close must not keep the others open.
      await close().catch((error: unknown) => this.#log.error({ err: error }, 'a part of the server did not close'))
    }
  }
}

const parameters: ParameterCheck = {
  algorithm(name, given, path) {
    const algorithm = catalog.find(name)
    if (algorithm !== null) return checkParameters(algorithm.parameters, given, path)
    return { ok: false, faults: [{ code: 'UNKNOWN_ALGORITHM', path, message: `There is no algorithm "${name}".` }] }
  },
  simulator: (given, path) => checkParameters(simulatorParameters, given, path),
}

/** How events come from simulators that are launched in a way. */
function busOf(kind: LauncherKind, config: Config, follow: RunBus['follow']): RunBus {
  // A service knows Redis already: it is launched and spoken to through it.
  if (kind === 'SWARM') return { follow, redisUrl: null }
  if (kind === 'PROCESS') return { follow, redisUrl: config.redisUrl }
  // Containers are on networks of their own, and reach Redis only where one of them leads there.
  return config.docker.redisNetwork === null
    ? { follow: null, redisUrl: null }
    : { follow, redisUrl: config.engineRedisUrl }
}

/**
 * Opens everything and joins it: data directory, database, store, launcher, runs, feeds, API.
 * @throws Error, for a person, where a part cannot be opened; what was opened before is closed again.
 */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const closers = new Closers(options.log)
  try {
    return await open(options, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function open(
  { config, engines, migrations, page: pageFolder, env, log, onFatal }: PlatformOptions,
  closers: Closers,
): Promise<Platform> {
  const dataDir = await openDataDir(config.dataDir)
  closers.add(() => dataDir.release())
  const tapesFolder = config.tapesDir
  await mkdir(tapesFolder, { recursive: true })

  const metrics = createPrometheus()
  const { store, membership } = await openStore({
    config,
    dataDir,
    migrations,
    metrics,
    log,
    onBuried: () => onFatal('it was not seen for some seconds, and other servers have taken over its simulations'),
    add: (close) => closers.add(close),
  })
  const serverId = store.servers.id
  const now = (): Date => new Date()

  const keptNow = (): Promise<(owner: string) => boolean> => store.servers.ownersInUse()
  const instance = await store.servers.platformId()
  const launchers = await openLaunchers({
    config,
    engines,
    env,
    marks: join(dataDir.path, 'engines'),
    instance,
    tapes: tapesFolder,
    log,
    add: (close) => closers.add(close),
  })
  const orphans = (await Promise.all(launchers.map((one) => one.reapOrphans(keptNow)))).flat()

  const live = createLive({ history: store.history, runs: store.runs })
  const sources = createSourceCatalog({
    sandboxProducts: [...LISTINGS.keys()],
    venueProducts: createVenueProducts(config.coinbaseRestUrl),
    tapes: createTapeShelf(tapesFolder, log),
    now: () => performance.now(),
  })
  const liveSources = createLiveSources({
    launchers,
    log,
    lingerMs: config.sourceLingerMs,
    venue: { wsUrl: config.coinbaseWsUrl, restUrl: config.coinbaseRestUrl },
    silenceMs: config.feedSilenceMs,
    recordPath: ({ name }) =>
      newRecordingPath(name, { folder: tapesFolder, now, limitBytes: config.recordLimitBytes, log }),
    logLevel: engineLogLevel(config.logLevel),
    keySuffix: streamerSuffix(serverId),
  })
  closers.add(() => liveSources.dispose())

  let noteBus = (reason: string | null): void => log.info({ reason }, 'the connection to Redis changed')
  const bus = await joinBus({
    redisUrl: config.redisUrl,
    serverId,
    live,
    room: () => store.recorder.room(),
    onStopRequest: (id) => control.stopRequested(id),
    async ownerOf(id) {
      const run = await store.runs.find(id)
      return run === null || FINAL_STATUSES.includes(run.status) ? null : run.ownerId
    },
    viewMarket: (id, product) => viewMarket(market, id, product),
    onChange: (reason) => noteBus(reason),
    now,
    log,
  })
  closers.add(() => bus.dispose())

  const persistence = createRunPersistence({
    runs: store.runs,
    onWritten: (id, patch) => {
      if (patch.status === undefined) return
      live.publishStatus(id, patch.status)
      bus.spreadStatus(id, patch.status)
    },
    log,
  })
  closers.add(() => persistence.dispose())
  const logBook = createLogBook({ now: () => wallClock.now() })
  const configurations = await openConfigurations(config.mongoUrl, store.prisma, log, (close) => closers.add(close))
  const algorithms = {
    list: () => catalog.list().map(describeAlgorithm),
    find: (name: string) => {
      const algorithm = catalog.find(name)
      return algorithm === null ? null : describeAlgorithm(algorithm)
    },
  }
  const control = createRunControl({
    request: { algorithms, parameters, sources, configurations, launchers },
    run: {
      async record(id, events, text) {
        // The recorder first: whoever subscribes in between finds the events in the history.
        const written = store.recorder.append(id, events)
        const tell = async (): Promise<void> => {
          metrics.happened(id, events)
          live.publish(id, events)
        }
        // Together, so that events that make no sense are refused once, whichever part trips over them first.
        await Promise.all([written, tell()])
        // Others only now: they have nothing but what is written.
        bus.spreadEvents(id, events, text)
      },
      logLine(id: string, role: EngineRole, line: EngineLine) {
        const lines = [logBook.next(id, role, line)]
        const written = store.recorder.log(id, lines)
        live.publishLogs(id, lines)
        void written.then(() => bus.spreadLogs(id, lines))
      },
      room: () => store.recorder.room(),
      flush: (id) => store.recorder.flush(id),
      persist(id, patch) {
        if (patch.dataQuality !== undefined) metrics.heard(id, patch.dataQuality)
        if (patch.status !== undefined && FINAL_STATUSES.includes(patch.status)) metrics.finished(patch.status)
        return persistence.persist(id, patch)
      },
      ticked: (id, ticks) => metrics.ticked(id, ticks),
      onEnded(id) {
        logBook.forget(id)
        metrics.forget(id)
      },
      now,
      log,
      logLevel: engineLogLevel(config.logLevel),
    },
    launchers,
    busOf: (kind) => busOf(kind, config, bus.follow),
    liveSources,
    runs: store.runs,
    history: store.history,
    logBook,
    askStop: (server, id) => bus.askStop(server, id),
    onGap(id) {
      metrics.takenOver(id)
      live.missed(id)
      bus.spreadGap(id)
    },
    sources,
    maxSimulations: config.maxSimulations,
    storeWorks: () =>
      store.ping().then(
        () => store.recorder.state().failingSince === null,
        () => false,
      ),
    log,
  })
  noteBus = (reason) => control.note(reason === null ? 'info' : 'warn', busNote(reason))
  await control.takeOver(orphans)
  // What nobody took over.
  await Promise.all(launchers.map((one) => one.reapOrphans(keptNow)))
  membership.attend({
    stopRequests: () => store.runs.stopRequests(),
    onStopRequest: (id) => control.stopRequested(id),
    async onDead(dead) {
      log.warn({ dead }, 'servers are gone; this one takes over their simulations')
      await control.takeOver([])
    },
  })
  // Closed before the membership is: while runs are being stopped, others must see that this server lives.
  closers.add(() => control.dispose())

  const market = createMarketFeeds({
    run(id) {
      const run = control.find(id)
      return run === null ? null : { products: run.spec.products, streamer: run.streamer, finished: run.finished }
    },
    elsewhere: async (id) => (bus.market === null ? null : runElsewhere(id, bus.market, store.runs, live)),
    acquire: (source) => liveSources.acquire(source, config.launcher),
    sources,
    seed: SEED,
  })
  closers.add(() => market.dispose())

  const watch = watchStore({
    ping: () => store.ping(),
    everyMs: STORE_LOOK_MS,
    now,
    onChange: (reason) => control.note(reason === null ? 'info' : 'warn', storeNote(reason)),
  })
  closers.add(() => watch.dispose())

  const context: Context = {
    prisma: store.prisma,
    simulations: control,
    live,
    market,
    algorithms,
    sources,
    launchers: {
      list: () =>
        Promise.all(launchers.map(async (one) => ({ kind: one.kind, fault: (await one.available?.()) ?? null }))),
    },
    engines: { of: (id) => control.engines(id) },
    warnings: (id) => (control.find(id) === null ? [] : storeWarnings(watch, store.recorder)),
    configurations,
    parameters,
    simulatorParametersSchema: jsonSchemaOf(simulatorParameters),
    engineImage: config.docker.image,
    health: createHealth({
      checks: [
        storeCheck({ recorder: store.recorder, watch }),
        configurationsCheck(configurations),
        bus.redis === null ? localBusCheck : redisCheck(bus.redis),
        launcherCheck(joinLaunchers(launchers)),
        feedCheck({ sources, venueInUse: () => control.uses('coinbase') }),
      ],
      now,
    }),
    resources: createResources({
      launchers,
      maxSimulations: config.maxSimulations,
      running: () => control.running(),
      isSimulation: (owner) => control.find(owner) !== null,
      database: () => store.pool(),
      eventQueue: () => store.recorder.state(),
      tapes: async () => ({ bytes: await tapesBytes(tapesFolder), limitBytes: config.recordLimitBytes }),
    }),
  }
  let disposed = false
  const isReady = (): boolean => !disposed && watch.down() === null && store.recorder.state().failingSince === null
  metrics.read({
    queue: () => store.recorder.state(),
    pool: () => store.pool(),
    subscriptions: () => ({ ...live.subscriptions(), ...market.subscriptions() }),
    taps: () => market.taps(),
    engines: () => launchers.flatMap((one) => one.running().map(({ entry }) => entry)),
    simulations: () => ({ running: control.running(), limit: config.maxSimulations }),
    ready: isReady,
  })
  const { allowedHosts } = config
  const page = openPage(pageFolder)
  const api = createApi({ context, logger: log, version: manifest.version, isReady, allowedHosts, metrics, page })
  closers.add(() => api.dispose())
  const processes = launchers.find((one) => one.kind === 'PROCESS')
  if (processes !== undefined) makeSampleTape(join(tapesFolder, 'sample.tape'), processes, log)

  return {
    async listen() {
      const { port } = await api.listen({ host: config.host, port: config.port })
      return { url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` }
    },
    dispose() {
      disposed = true
      return closers.closeAll()
    },
  }
}
