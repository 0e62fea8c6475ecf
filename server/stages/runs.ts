import { randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import { catalog, describeAlgorithm, strategyFaults } from '../../engines/algorithm/catalog.ts'
import { checkParameters } from '../../engines/domain/parameters.ts'
import { FINAL_STATUSES, type LauncherKind } from '../../engines/domain/simulation.ts'
import { wallClock } from '../../engines/edge/clock.ts'
import { simulatorParameters } from '../../engines/simulator/parameters.ts'
import type { ConfigurationStore, Context, ParameterCheck } from '../../schema/context.ts'
import { quoted } from '../../schema/text.ts'
import { engineLogLevel, type Config } from '../config.ts'
import { busNote, storeNote } from '../health/notes.ts'
import type { Live } from '../live/live.ts'
import type { Metrics } from '../metrics/port.ts'
import { createRunControl, type RunControl } from '../simulations/control.ts'
import { createLogBook, type LogBook } from '../simulations/log-book.ts'
import { createRunPersistence, type RunPersistence } from '../simulations/persistence.ts'
import type { RunBus, RunPorts } from '../simulations/run-ports.ts'
import { watchStore, type StoreWatch } from '../store/watch.ts'
import type { Bus } from './bus.ts'
import type { Launchers } from './launchers.ts'
import type { Sources } from './sources.ts'
import { openStage, type Opened } from './stage.ts'
import type { StoreStage } from './store.ts'

/** How often the database is asked whether it is there. */
const STORE_LOOK_MS = 1_000

/** The runs of this server, and what they are made of. */
export interface Runs {
  readonly control: Omit<RunControl, 'dispose'>
  readonly algorithms: Context['algorithms']
  readonly parameters: ParameterCheck
  /** Whether the database is there; each change is in the runs' logs too. */
  readonly watch: Omit<StoreWatch, 'dispose'>
  /** Since when a change of a run waits for the database; null: none does. */
  readonly changesWaitSince: () => Date | null
}

export interface RunsNeeds {
  readonly config: Pick<Config, 'redisUrl' | 'engineRedisUrl' | 'docker' | 'logLevel' | 'maxSimulations'>
  readonly metrics: Metrics
  readonly store: StoreStage
  readonly live: Live
  readonly bus: Bus
  readonly launchers: Launchers
  readonly sources: Sources
  readonly configurations: ConfigurationStore
  readonly log: Logger
}

const parameters: ParameterCheck = {
  algorithm(name, given, path) {
    const algorithm = catalog.find(name)
    if (algorithm !== null) return checkParameters(algorithm.parameters, given, path)
    return {
      ok: false,
      faults: [{ code: 'UNKNOWN_ALGORITHM', path, message: `There is no algorithm ${quoted(name)}.` }],
    }
  },
  simulator: (given, path) => checkParameters(simulatorParameters, given, path),
}

const algorithms: Context['algorithms'] = {
  list: () => catalog.list().map(describeAlgorithm),
  find(name) {
    const algorithm = catalog.find(name)
    return algorithm === null ? null : describeAlgorithm(algorithm)
  },
}

/** Opens the runs: goes on with those that became this server's, and from now on sees to what others ask. */
export function openRuns(needs: RunsNeeds): Promise<Opened<Runs>> {
  const { config, store, live, bus, launchers, sources, log } = needs
  for (const fault of strategyFaults) log.warn(fault, 'a strategy cannot be used and is left out')
  return openStage(log, async (keep) => {
    const persistence = keep(
      createRunPersistence({
        runs: store.runs,
        onWritten(id, { status }) {
          if (status === undefined) return
          live.publishStatus(id, status)
          bus.spreadStatus(id, status)
        },
        log,
      }),
    )
    const logBook = createLogBook({ now: () => wallClock.now() })
    // Closed before the store is: while runs are being stopped, others must see that this server lives.
    const control = keep(
      createRunControl({
        request: {
          algorithms,
          parameters,
          sources: sources.catalog,
          configurations: needs.configurations,
          launchers: launchers.all,
        },
        run: runPorts(needs, persistence, logBook),
        launchers: launchers.all,
        busOf: (kind) => busOf(kind, config, bus.follow),
        liveSources: sources.live,
        runs: store.runs,
        history: store.history,
        logBook,
        askStop: (server, id) => bus.askStop(server, id),
        askTrading: (server, id, state) => bus.askTrading(server, id, state),
        onGap(id) {
          needs.metrics.takenOver(id)
          live.missed(id)
          bus.spreadGap(id)
        },
        sources: sources.catalog,
        maxSimulations: config.maxSimulations,
        storeWorks: () =>
          store.ping().then(
            () => store.recorder.state().failingSince === null,
            () => false,
          ),
        log,
      }),
    )
    bus.events.on('changed', (trouble) => control.note(trouble === null ? 'info' : 'warn', busNote(trouble)))
    bus.events.on('stopRequested', (id) => control.stopRequested(id))
    bus.events.on('tradingRequested', (id, state) => control.tradingRequested(id, state))
    await control.takeOver(launchers.orphans)
    // What nobody took over.
    await launchers.reapOrphans()
    store.membership.attend({
      stopRequests: () => store.runs.stopRequests(),
      onStopRequest: (id) => control.stopRequested(id),
      async onDead(dead) {
        log.warn({ dead }, 'servers are gone; this one takes over their simulations')
        await control.takeOver([])
        // The streamers that nobody wanted.
        await launchers.reapOrphans()
      },
    })
    const watch = keep(
      watchStore({
        ping: () => store.ping(),
        everyMs: STORE_LOOK_MS,
        now: () => new Date(),
        onChange: (reason) => control.note(reason === null ? 'info' : 'warn', storeNote(reason)),
      }),
    )
    return { control, algorithms, parameters, watch, changesWaitSince: () => persistence.waitingSince() }
  })
}

/** What a run tells, and where it goes: recorder, live feeds, other servers, metrics. */
function runPorts(
  { config, metrics, store, live, bus, log }: RunsNeeds,
  persistence: RunPersistence,
  logBook: LogBook,
): Omit<RunPorts, 'tapePath' | 'launcher' | 'acquire' | 'stored' | keyof RunBus> {
  return {
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
    logLine(id, role, line) {
      const lines = [logBook.next(id, role, line)]
      const written = store.recorder.log(id, lines)
      live.publishLogs(id, lines)
      void written.then(() => bus.spreadLogs(id, lines))
    },
    room: () => store.recorder.room(),
    flush: (id) => store.recorder.flush(id),
    persist(id, patch, more) {
      if (patch.dataQuality !== undefined) metrics.heard(id, patch.dataQuality)
      if (patch.status !== undefined && FINAL_STATUSES.includes(patch.status)) metrics.finished(patch.status)
      return persistence.persist(id, patch, more)
    },
    drawKey: () => randomInt(1, 2 ** 48 - 1),
    ticked: (id, ticks) => metrics.ticked(id, ticks),
    onEnded(id) {
      logBook.forget(id)
      metrics.forget(id)
    },
    now: () => new Date(),
    log,
    logLevel: engineLogLevel(config.logLevel),
  }
}

/** How events come from simulators that are launched in a way. */
function busOf(kind: LauncherKind, config: RunsNeeds['config'], follow: RunBus['follow']): RunBus {
  // A service knows Redis already: it is launched and spoken to through it.
  if (kind === 'SWARM') return { follow, redisUrl: null }
  if (kind === 'PROCESS') return { follow, redisUrl: config.redisUrl }
  // Containers are on networks of their own, and reach Redis only where one of them leads there.
  return config.docker.redisNetwork === null
    ? { follow: null, redisUrl: null }
    : { follow, redisUrl: config.engineRedisUrl }
}
