import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { doneWithin } from '../../engines/edge/within.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import { FINAL_STATUSES, type LauncherKind, type SimulationSpec } from '../../engines/domain/simulation.ts'
import type { EngineEntry, Outcome, SimulationControl, StartRequest } from '../../schema/context.ts'
import type { EngineLine, Launcher, Orphan } from '../launcher/port.ts'
import type { EventHistory, RunRecord, RunStore } from '../store/port.ts'
import type { LiveSources } from '../sources/live-sources.ts'
import { isOutage } from '../store/outage.ts'
import { createDiscard } from './discard.ts'
import { SHUT_DOWN } from './ending/ending.ts'
import type { LogBook } from './log-book.ts'
import { checkRequest, type RequestPorts } from './request.ts'
import { Run } from './run.ts'
import { setTrading, type TradingPorts } from './trading.ts'
import type { RunBus, RunOrigin, RunPorts } from './run-ports.ts'
import type { SourceCatalog } from '../sources/catalog.ts'

export interface ControlOptions {
  readonly request: RequestPorts
  readonly run: Omit<RunPorts, 'tapePath' | 'launcher' | 'acquire' | 'stored' | keyof RunBus>
  /** How events come from engines of a launcher. */
  readonly busOf: (launcher: LauncherKind) => RunBus
  /** Where engines can be launched, the default first. */
  readonly launchers: readonly Launcher[]
  readonly liveSources: Pick<LiveSources, 'acquire' | 'adopt'>
  readonly runs: RunStore
  readonly history: Pick<EventHistory, 'newest' | 'trades' | 'latestPortfolio' | 'latestSwitch'>
  readonly logBook: Pick<LogBook, 'goOn'>
  /** Tells another server that one of its runs is to be stopped; that is written in the store already. */
  readonly askStop: (serverId: string, simulationId: string) => Promise<void>
  /** Asks another server to change what one of its runs may do; resolves with whether it heard. */
  readonly askTrading: (serverId: string, simulationId: string, state: TradingState) => Promise<boolean>
  /** The store may hold more of a run than any live feed was told: its server was killed in between. */
  readonly onGap: (simulationId: string) => void
  readonly sources: SourceCatalog
  /** The most simulations that may run at once. */
  readonly maxSimulations: number
  /** Whether the database answers and takes writes right now; never rejects. */
  readonly storeWorks: () => Promise<boolean>
  readonly log: Logger
}

/** The runs of this server: {@link SimulationControl}, and what the other parts need to know of those that run. */
export interface RunControl extends SimulationControl {
  /** Engines of a run that has not ended; empty where there is no such run. */
  engines(simulationId: string): readonly EngineEntry[]
  /** A run that has not ended; null where there is none of the id. */
  find(simulationId: string): Run | null
  running(): number
  /** What the engines of each run that has not ended warn of, a list a run. @param now monotonic milliseconds. */
  warnings(now: number): readonly (readonly string[])[]
  /** Whether a run that has not ended gets its market data from a source. */
  uses(source: string): boolean
  /** Puts a line into the log of every run, about something that concerns them all. */
  note(level: EngineLine['level'], message: string): void
  /**
   * Goes on with the runs that became this server's because theirs is gone: with their engines where these are left, else
   * stores what they told and marks them as FAILED, with the reason. Resolves once that is settled, or goes on alone.
   */
  takeOver(orphans: readonly Orphan[]): Promise<void>
  /** Somebody wants a run of this server stopped. */
  stopRequested(simulationId: string): void
  /** Somebody at another server wants to change what a run of this server may do. */
  tradingRequested(simulationId: string, state: TradingState): void
  /** Stops every run; resolves when nothing runs any more, and what can be written within a few seconds is. */
  dispose(): Promise<void>
}

const refuse = (code: string, path: readonly string[], message: string): Outcome<never> => ({
  ok: false,
  faults: [{ code, path, message }],
})
const ID = ['input', 'simulationId']

/** How long a stop waits for another server to do it, whoever that is in the end; and how often it looks. */
const ELSEWHERE_MS = 30_000
const LOOK_MS = 100

/** How long a stop waits, once nothing runs any more, for the last results to be written, before it looks at the store. */
const WRITE_GRACE_MS = 3_000
/** The most it waits while the store works. */
const WRITE_MOST_MS = 30_000

/** Stands for a launcher that this server does not have. */
const NO_LAUNCHER: Pick<Launcher, 'kind' | 'launch' | 'release'> = {
  kind: 'PROCESS',
  launch: () => {
    throw new Error('this server does not have the launcher of this simulation')
  },
  release: () => Promise.resolve(),
}

/** What a request is told that the database did not answer, or not in time. Nothing of it was done. */
const AWAY =
  'The database cannot be reached, or takes no writes, right now, so this cannot be done. Simulations that run go on; try again later.'
const BUSY =
  'This server has too much to do right now: the database answers, but this did not get through to it in time. Nothing was done; try again in a moment.'

/** Why a run is lost. */
const GONE = 'The server ended without stopping this simulation (a crash, or it was killed).'

/** Starts, stops and deletes runs. */
export function createRunControl(options: ControlOptions): RunControl {
  const live = new Map<string, Run>()
  /** Starts under way by idempotency key, so that two at once are one. */
  const starting = new Map<string, Promise<Outcome<string>>>()
  let reserved = 0
  /** Runs that are being entered into the store, or taken over, and are not live yet. */
  const entering = new Set<string>()
  const discard = createDiscard(options.runs, () => closing, options.log)
  let closing = false

  const launcherOf = (kind: LauncherKind): Launcher => {
    const launcher = options.launchers.find((one) => one.kind === kind)
    if (launcher === undefined) throw new Error(`this server has no launcher ${kind}`)
    return launcher
  }
  const open = (spec: SimulationSpec, kind: LauncherKind, tape: string | null, origin?: RunOrigin): Run => {
    const ports: RunPorts = {
      ...options.run,
      ...options.busOf(kind),
      stored: options.history,
      // A run that is lost launches nothing: it can be told so also by a server that has not that launcher.
      launcher:
        origin?.kind === 'lost'
          ? (options.launchers.find((one) => one.kind === kind) ?? NO_LAUNCHER)
          : launcherOf(kind),
      acquire: (source) => options.liveSources.acquire(source, kind),
      tapePath() {
        if (tape === null) throw new Error(`a ${spec.mode} run asked for a tape`)
        return tape
      },
    }
    const run = new Run(spec, ports, origin)
    live.set(spec.id, run)
    void run.finished.then(() => live.delete(spec.id))
    return run
  }
  /** How a run of a server that is gone goes on: with its engines, or not at all. */
  const originOf = async (record: RunRecord, orphans: readonly Orphan[]): Promise<RunOrigin> => {
    const { id } = record.spec
    const { event: newest, line } = await options.history.newest(id)
    options.logBook.goOn(id, line)
    const launcher = options.launchers.find((one) => one.kind === record.launcher)
    const engines = (await launcher?.adopt(id)) ?? []
    const { doubts, metrics } = record
    const lost = (why: string): RunOrigin => ({ kind: 'lost', reason: `${GONE} ${why}`, newest, doubts, metrics })
    if (engines.length === 0) {
      const ended = orphans.filter((orphan) => orphan.owner === id).map((orphan) => orphan.description)
      return lost(ended.length === 0 ? 'None of its engines was left.' : `Its engines were ended: ${ended.join(', ')}.`)
    }
    const end = async (why: string): Promise<RunOrigin> => {
      await Promise.all(engines.map((engine) => engine.stop(0)))
      await launcher?.release(id)
      return lost(why)
    }
    if (record.status === 'STARTING') return end('It had not begun; its engines were ended.')
    if (!engines.some((engine) => engine.role === 'SIMULATOR')) return end('Its simulator was not left.')
    const { sharedStreamer } = record
    const lease = sharedStreamer === null ? null : await options.liveSources.adopt(sharedStreamer, record.launcher)
    if (sharedStreamer !== null && lease === null) return end('The streamer that it listened to was not left.')
    const stopRequested = record.status === 'STOPPING' || record.stopRequestedAt !== null
    const switched = (await options.history.latestSwitch(id))?.state ?? 'ACTIVE'
    return {
      kind: 'adopted',
      engines,
      lease,
      newest,
      doubts,
      metrics,
      startedAt: record.startedAt,
      switched,
      stopRequested,
    }
  }

  const start = async (request: StartRequest): Promise<Outcome<string>> => {
    const earlier = request.idempotencyKey ? await options.runs.findByKey(request.idempotencyKey) : null
    if (earlier !== null && !(await discard.finish(earlier.spec.id))) return { ok: true, value: earlier.spec.id }
    const checked = await checkRequest(request, options.request)
    if (!checked.ok) return checked
    if (closing) return refuse('SHUTTING_DOWN', ['input'], 'This server is shutting down.')
    if (live.size + reserved >= options.maxSimulations) {
      return refuse(
        'TOO_MANY_SIMULATIONS',
        ['input'],
        `${options.maxSimulations} simulations run already, which is the limit (MAX_SIMULATIONS). Stop one first.`,
      )
    }
    reserved++
    try {
      const { spec, launcher, idempotencyKey } = checked.value
      const tape = spec.mode === 'LIVE' ? null : await options.sources.tapePath(spec.source)
      entering.add(spec.id)
      try {
        const { created, run } = await options.runs.create(spec, launcher, idempotencyKey).catch((error: unknown) => {
          discard.begin(spec.id)
          throw error
        })
        if (!created) return { ok: true, value: run.spec.id }
        open(spec, launcher, tape)
        return { ok: true, value: spec.id }
      } finally {
        entering.delete(spec.id)
      }
    } finally {
      reserved--
    }
  }

  const stopRun = async (run: Run): Promise<Outcome<string>> => {
    const first = !FINAL_STATUSES.includes(run.status) && run.status !== 'STOPPING'
    await (first ? run.stop() : run.halted)
    for (let waited = WRITE_GRACE_MS; !(await doneWithin(run.finished, WRITE_GRACE_MS)); waited += WRITE_GRACE_MS) {
      // A store that is only slow is waited for.
      if (run.waitsFor === 'the database' && waited < WRITE_MOST_MS && (await options.storeWorks())) continue
      return refuse(
        'STORE_UNAVAILABLE',
        ID,
        `Nothing of this simulation runs any more. Its last results are written once ${run.waitsFor} answers again.`,
      )
    }
    return first
      ? { ok: true, value: run.spec.id }
      : refuse('ALREADY_STOPPED', ID, 'This simulation was being stopped already; it has ended now.')
  }
  const stop = async (simulationId: string): Promise<Outcome<string>> => {
    const run = live.get(simulationId)
    if (run !== undefined) return stopRun(run)
    const record = await options.runs.find(simulationId)
    if (record === null) return refuse('NOT_FOUND', ID, 'There is no such simulation.')
    const requested = await options.runs.requestStop(simulationId)
    if (requested === null) {
      return refuse('ALREADY_STOPPED', ID, `This simulation has ended already (${record.status}).`)
    }
    return stopElsewhere(simulationId, requested.ownerId)
  }
  /** The run is another server's: asks that one, and waits for whoever does it in the end. */
  const stopElsewhere = async (simulationId: string, ownerId: string | null): Promise<Outcome<string>> => {
    if (ownerId !== null) await options.askStop(ownerId, simulationId)
    for (let waited = 0; waited < ELSEWHERE_MS; waited += LOOK_MS) {
      const record = await options.runs.find(simulationId)
      if (record === null || FINAL_STATUSES.includes(record.status)) return { ok: true, value: simulationId }
      await delay(LOOK_MS)
    }
    const message =
      'This simulation runs at another server, which has not stopped it yet. It will, or whichever server takes over will.'
    return refuse('STOP_UNDER_WAY', ID, message)
  }
  const remove = async (simulationId: string): Promise<Outcome<string>> => {
    if (live.has(simulationId)) {
      return refuse('STILL_RUNNING', ID, 'This simulation is running. Stop it first (stopSimulation), then delete it.')
    }
    const record = await options.runs.find(simulationId)
    if (record === null) return refuse('NOT_FOUND', ID, 'There is no such simulation.')
    if (!FINAL_STATUSES.includes(record.status)) {
      return refuse('STILL_RUNNING', ID, 'This simulation is running. Stop it first (stopSimulation), then delete it.')
    }
    await options.runs.delete(simulationId)
    return { ok: true, value: simulationId }
  }
  /** A database that is away is an expected failure, which is told as such; anything else that throws is a bug. */
  const orSayStoreIsAway = async (
    path: readonly string[],
    work: () => Promise<Outcome<string>>,
  ): Promise<Outcome<string>> => {
    try {
      return await work()
    } catch (error) {
      const works = await options.storeWorks()
      if (works && !isOutage(error)) throw error
      options.log.warn({ err: error, works }, 'a request did not get through to the database')
      return works ? refuse('SERVER_BUSY', path, BUSY) : refuse('STORE_UNAVAILABLE', path, AWAY)
    }
  }
  const trading: TradingPorts = {
    find: (simulationId) => live.get(simulationId) ?? null,
    runs: options.runs,
    history: options.history,
    ask: options.askTrading,
  }

  return {
    async start(request) {
      const key = request.idempotencyKey
      const begin = (): Promise<Outcome<string>> => orSayStoreIsAway(['input'], () => start(request))
      if (key === undefined || key === null) return begin()
      const underWay = starting.get(key)
      if (underWay !== undefined) return underWay
      const outcome = begin().finally(() => starting.delete(key))
      starting.set(key, outcome)
      return outcome
    },
    stop: (simulationId) => orSayStoreIsAway(ID, () => stop(simulationId)),
    delete: (simulationId) => orSayStoreIsAway(ID, () => remove(simulationId)),
    setTrading: (simulationId, state) => orSayStoreIsAway(ID, () => setTrading(trading, simulationId, state)),

    engines: (simulationId) => live.get(simulationId)?.engines() ?? [],
    find: (simulationId) => live.get(simulationId) ?? null,
    running: () => live.size + reserved,
    warnings: (now) => [...live.values()].map((run) => run.warnings(now)),
    uses: (source) => [...live.values()].some((run) => run.spec.source === source),
    note(level, message) {
      options.log[level](message)
      for (const id of live.keys()) options.run.logLine(id, 'SIMULATOR', { level, message })
    },

    async takeOver(orphans) {
      if (closing) return
      const records = (await options.runs.unfinished()).filter(
        ({ spec }) => !live.has(spec.id) && !entering.has(spec.id) && !discard.has(spec.id),
      )
      for (const { spec } of records) entering.add(spec.id)
      const takeOne = async (record: RunRecord): Promise<Run | null> => {
        const { id } = record.spec
        try {
          const origin = await originOf(record, orphans)
          const what = origin.kind === 'lost' ? origin.reason : 'It goes on with its engines.'
          options.log.warn({ simulationId: id, what }, 'took over a simulation of a server that is gone')
          options.onGap(id)
          const run = open(record.spec, record.launcher, null, origin)
          return origin.kind === 'lost' ? run : null
        } finally {
          entering.delete(id)
        }
      }
      const finished = records.map(async (record) => (await takeOne(record))?.finished)
      // What lost runs told may wait for Redis or the database; that must not keep the server from starting.
      await doneWithin(Promise.all(finished), WRITE_GRACE_MS)
    },
    stopRequested(simulationId) {
      const run = live.get(simulationId)
      if (run === undefined || run.status === 'STOPPING') return
      run.stop().catch((error: unknown) => options.log.error({ simulationId, err: error }, 'a stop failed'))
    },
    tradingRequested(simulationId, state) {
      const run = live.get(simulationId)
      if (run === undefined) return
      run
        .setTrading(state)
        .catch((error: unknown) => options.log.error({ simulationId, err: error }, 'trading could not be switched'))
    },

    async dispose() {
      closing = true
      const runs = [...live.values()]
      await Promise.all(runs.map((run) => run.stop(SHUT_DOWN)))
      const written = await doneWithin(Promise.all(runs.map((run) => run.finished)), WRITE_GRACE_MS)
      if (written) return
      const away = new Set(runs.filter((run) => live.has(run.spec.id)).map((run) => run.waitsFor))
      options.log.error(
        { away: [...away] },
        'not all could be written: the last results of some simulations may be lost',
      )
    },
  }
}
