import pino from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import type { ControlMessage, EngineMessage } from '../../engines/edge/process/control.ts'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { NO_DATA_YET } from '../../engines/domain/quality.ts'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import type { StreamFollower, StreamHandler } from '../bus/stream-entries.ts'
import { NotKeptError } from '../store/outage.ts'
import { SAMPLE_METRICS, sampleFill, samplePortfolio } from '../../tests/support/engines/events.ts'
import type { EngineEntry } from '../../schema/context.ts'
import type { EngineExit, EngineHandle, EngineSaying, EngineSpec } from '../launcher/port.ts'
import { EngineVoice } from '../launcher/voice.ts'
import type { RunPatch } from '../store/port.ts'
import { Prisma } from '../../prisma/generated/client.ts'
import { SHUT_DOWN } from './ending/ending.ts'
import { Run } from './run.ts'
import type { RunPorts } from './run-ports.ts'

const ADDRESS = { host: '127.0.0.1', port: 9_000 }
const ORDERLY: EngineExit = { code: 0, signal: null, lastLines: [] }
const KILLED: EngineExit = { code: null, signal: 'SIGKILL', lastLines: [] }

const entryOf = (role: EngineSpec['role'], state: string): EngineEntry => ({
  role,
  state,
  launcher: 'PROCESS',
  pid: 4_711,
  containerId: null,
  exitCode: null,
  startedAt: null,
  cpuPercent: 3,
  memoryBytes: 50_000_000,
})

/** An engine that does only what a test says; `stop` ends it in order unless the test set `onStop`. */
class FakeEngine implements EngineHandle {
  readonly program = 'simulator'
  readonly inside = null
  readonly role: EngineSpec['role']
  readonly ready = Promise.resolve({ inside: ADDRESS, outside: ADDRESS })
  readonly told: ControlMessage[] = []
  onStop: EngineExit = ORDERLY
  readonly #exit = deferred<EngineExit>()
  readonly exited = this.#exit.promise
  #hear: (message: EngineMessage) => void = () => undefined
  #state = 'running'
  readonly #voice = new EngineVoice()

  constructor(role: EngineSpec['role']) {
    this.role = role
  }
  entry = (): EngineEntry => entryOf(this.role, this.#state)
  saying = (): EngineSaying => this.#voice.saying()
  onMessage(listener: (message: EngineMessage) => void): void {
    this.#hear = listener
  }
  onLine(): void {}
  tell(message: ControlMessage): void {
    this.told.push(message)
  }
  say(message: EngineMessage): void {
    this.#voice.hear(message)
    this.#hear(message)
  }
  end(exit: EngineExit): void {
    this.#state = 'exited'
    this.#exit.resolve(exit)
  }
  stop(): Promise<EngineExit> {
    this.end(this.onStop)
    return this.exited
  }
}

const spec: SimulationSpec = {
  id: 'a-run',
  mode: 'LIVE',
  algorithm: 'rsi',
  algorithmParameters: {},
  simulatorParameters: {},
  source: 'sandbox',
  products: ['BTC-USD'],
  durationSeconds: null,
  speed: 1,
  seed: 1,
}

const feedEvent = (sequence: number): SimulatorEvent => ({
  sequence,
  time: 1_000,
  type: 'feed',
  status: { type: 'feed', product: 'BTC-USD', state: 'CONNECTED', detail: '', count: 0, sequence: 1, time: 1_000 },
})

/** A run's stream that is drained when a test says so. */
const follower = (drained: () => Promise<void>): StreamFollower => ({
  drained,
  trouble: () => null,
  end: () => Promise.resolve(),
})

/** What a run needs, with the engines that it launches and what it writes. */
function setUp(more: Partial<RunPorts>) {
  const engines: FakeEngine[] = []
  const patches: RunPatch[] = []
  const up = deferred<void>()
  const ports: RunPorts = {
    launcher: {
      kind: 'PROCESS',
      launch({ role }) {
        const engine = new FakeEngine(role)
        engines.push(engine)
        if (role === 'SIMULATOR') up.resolve()
        return engine
      },
      release: () => Promise.resolve(),
    },
    acquire: () =>
      Promise.resolve({
        key: 'sandbox-1',
        address: ADDRESS,
        connect: () => Promise.resolve(ADDRESS),
        lost: deferred<string>().promise,
        engines: () => [entryOf('STREAMER', 'running')],
        speaking: [],
        onLine: () => () => undefined,
        release: () => undefined,
      }),
    tapePath: () => '',
    record: () => Promise.resolve(),
    stored: { trades: () => Promise.resolve([]), latestPortfolio: () => Promise.resolve(null) },
    follow: null,
    redisUrl: null,
    room: () => Promise.resolve(),
    logLine: () => undefined,
    flush: () => Promise.resolve(),
    persist: async (_id, patch, more) => void patches.push({ ...(await more?.()), ...patch }),
    drawKey: () => 77,
    ticked: () => undefined,
    onEnded: () => undefined,
    now: () => new Date(0),
    log: pino({ level: 'silent' }),
    logLevel: 'info',
    ...more,
  }
  return { ports, engines, patches, up: up.promise }
}

/** A live run with engines that are up and connected. */
async function running(more: Partial<RunPorts> = {}) {
  const { ports, engines, patches, up } = setUp(more)
  const run = new Run(spec, ports)
  await up
  const [algorithm, simulator] = engines as [FakeEngine, FakeEngine]
  for (const engine of engines) engine.say({ type: 'connected' })
  return { run, algorithm, simulator, last: () => patches.at(-1), patches }
}

describe('what an engine says of itself', () => {
  it('is warned of while it lasts, and what cannot be believed is kept, once each', async () => {
    const { run, algorithm, simulator, patches } = await running()
    const report = { type: 'report', cpuMicros: 0, memoryBytes: 0 } as const
    algorithm.say({ ...report, warnings: ['It hears nothing.'], doubts: ['From event 7 on it cannot be believed.'] })
    expect(run.warnings(performance.now())).toEqual(['It hears nothing.'])
    algorithm.say({ ...report, marketStartedAt: 1_700_000_000_000_001 })
    expect(run.warnings(performance.now())).toEqual([])
    simulator.say({ ...report, doubts: ['Nor can this.'] })
    simulator.end({ code: 1, signal: null, lastLines: [] })
    await run.finished
    // When a generated market began is kept too.
    expect(patches.flatMap(({ marketStartedAt }) => marketStartedAt ?? [])).toEqual([1_700_000_000_000_001])
    expect(patches.flatMap(({ doubts }) => (doubts === undefined ? [] : [doubts]))).toEqual([
      ['From event 7 on it cannot be believed.'],
      ['From event 7 on it cannot be believed.', 'Nor can this.'],
      ['From event 7 on it cannot be believed.', 'Nor can this.', expect.stringContaining('SIMULATOR did not finish')],
    ])
  })
})

describe('the last word about a run', () => {
  it('is just that it was stopped where the simulator handed everything over', async () => {
    const { run, simulator, last } = await running()
    const stopped = run.stop()
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
    await stopped
    await run.finished
    expect(last()).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
  })

  it('is the fault alone where the simulator handed over all that came before it', async () => {
    const { run, simulator, last } = await running()
    simulator.say({ type: 'events', events: [feedEvent(1), feedEvent(2)] })
    simulator.say({ type: 'ended', reason: 'FAILED', fingerprint: null, last: 2, whole: false })
    simulator.end({ code: 1, signal: null, lastLines: ['Error: no more', '    at onTick (a.js:1:1)'] })
    await run.finished
    expect(last()).toMatchObject({ status: 'FAILED', statusReason: 'no more. The SIMULATOR ended with exit code 1.' })
    expect(last()?.fingerprint).toBeUndefined()
  })

  it('says what is missing where the simulator was killed while it was being stopped', async () => {
    const { run, simulator, last } = await running()
    simulator.say({ type: 'events', events: [feedEvent(1), feedEvent(2)] })
    const stopped = run.stop()
    simulator.end(KILLED)
    await stopped
    await run.finished
    expect(last()).toMatchObject({
      status: 'STOPPED',
      statusReason:
        'Stopped on request. The simulator did not hand over its last events and was killed; the newest stored event ' +
        'is number 2. While it was ending: The SIMULATOR was killed by SIGKILL.',
    })
  })

  it("has no words of a database's library where events cannot be stored", async () => {
    const words = 'Raw query failed. Code: `22003`. Message: `integer out of range`'
    const refused = new Prisma.PrismaClientKnownRequestError(words, { code: 'P2010', clientVersion: '7' })
    const { run, simulator, last } = await running({ record: () => Promise.reject(refused) })
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    await run.finished
    expect(last()?.status).toBe('FAILED')
    expect(last()?.statusReason).toContain('the log of this server says why')
    expect(last()?.statusReason).not.toContain('Raw query')
  })

  it('counts only events that were stored', async () => {
    const stored = deferred<void>()
    const { run, simulator, last } = await running({
      record: () => stored.promise,
      flush() {
        stored.reject(new Error('the store is closed'))
        return stored.promise
      },
    })
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    simulator.end({ code: 1, signal: null, lastLines: [] })
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason:
        'The SIMULATOR ended with exit code 1. The simulator did not hand over its last events and ended by itself; ' +
        'nothing of this simulation is stored.',
    })
  })

  it('tells that the algorithm was killed while it ended, though the simulator handed over what it had', async () => {
    const { run, algorithm, last } = await running()
    const stopped = run.stop()
    algorithm.end(KILLED)
    await stopped
    await run.finished
    expect(last()).toMatchObject({
      status: 'STOPPED',
      statusReason: 'Stopped on request. While it was ending: The ALGORITHM was killed by SIGKILL.',
    })
  })

  it('is not that it completed where its algorithm hung until it was killed', async () => {
    const { run, algorithm, simulator, last, patches } = await running()
    const report = { type: 'report', cpuMicros: 0, memoryBytes: 0 } as const
    algorithm.say({ ...report, emitted: { publisher: 5, total: 90, products: { 'BTC-USD': 90 }, others: 0 } })
    simulator.say({ ...report, quality: { ...NO_DATA_YET, received: 90 }, reached: { publisher: 5, count: 90 } })
    algorithm.onStop = KILLED
    const ended = run.stop({ status: 'COMPLETED', reason: null })
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: 'f', whole: false })
    await ended
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason: expect.stringContaining('not processed to the end, since the ALGORITHM did not finish') as string,
      dataQuality: { received: 90, lossUnknown: true },
    })
    expect(patches.flatMap(({ doubts }) => doubts ?? [])).toEqual([last()?.statusReason])
  })

  it('begins with the error that the algorithm ended with, and has nothing of its stack', async () => {
    const { run, algorithm, last } = await running()
    const lastLines = ['  ^', 'RangeError: no mean', '    at mean (mine.ts:12:11)', 'Node.js v20.20.2']
    algorithm.end({ code: 1, signal: null, lastLines })
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason: 'RangeError: no mean. The ALGORITHM ended with exit code 1.',
    })
  })

  it('is that its server was shut down where nobody else asked for its end', async () => {
    const { run, simulator, last } = await running()
    const stopped = run.stop(SHUT_DOWN)
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
    await stopped
    await run.finished
    expect(last()).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped because its server was shut down.' })
  })

  it('shows its own engines as exited, and a shared streamer as released rather than running', async () => {
    const { run, simulator, last } = await running()
    const stopped = run.stop()
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
    await stopped
    await run.finished
    expect(last()?.engines).toMatchObject([
      { role: 'STREAMER', state: 'released', pid: null, cpuPercent: null, memoryBytes: null },
      { role: 'ALGORITHM', state: 'exited' },
      { role: 'SIMULATOR', state: 'exited' },
    ])
    expect(run.engines()).toEqual(last()?.engines)
  })
})

describe('events that were put aside', () => {
  /** A run whose bus puts something aside while the run ends. */
  async function putAside() {
    let told: (reason: string) => void = () => undefined
    const drained = deferred<void>()
    const opened = await running({
      follow: (_id, { onPoison }) => {
        told = onPoison
        return follower(() => drained.promise)
      },
    })
    const happen = (): void => {
      told('no such number')
      drained.resolve()
    }
    return { ...opened, happen, drained }
  }
  const REASON = 'Some events of this simulation could not be stored and were put aside in Redis: no such number.'

  it('are put aside for a reason that a person can read, whatever a library or a bug said', async () => {
    let take: StreamHandler['take'] = () => Promise.resolve()
    await running({
      record: () => Promise.reject(new TypeError("Cannot read properties of undefined (reading 'product')")),
      follow: (_id, handler) => {
        take = handler.take
        return follower(() => Promise.resolve())
      },
    })
    const taken = take({ events: [feedEvent(1)], text: '', again: false })
    await expect(taken).rejects.toThrow(/^the log of this server says why$/)
  })

  it('fail a run that goes on', async () => {
    const { run, happen, last } = await putAside()
    happen()
    await run.finished
    expect(last()).toMatchObject({ status: 'FAILED', statusReason: REASON })
  })

  it('fail a run also where it had come to its end, and nothing was left to do but to store them', async () => {
    const { run, simulator, happen, last } = await putAside()
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f' })
    await run.stop({ status: 'COMPLETED', reason: null })
    happen()
    await run.finished
    expect(last()).toMatchObject({ status: 'FAILED', statusReason: REASON })
  })

  it('fail a run also where nobody says so, but the simulator told more than is stored', async () => {
    const { run, simulator, last } = await running({
      follow: () => follower(() => Promise.resolve()),
    })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f', last: 3 })
    await run.stop({ status: 'COMPLETED', reason: null })
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason: expect.stringContaining('events 1 to 3 were told and never stored') as string,
    })
  })

  it('are named by a run that was stopped meanwhile', async () => {
    const { run, simulator, happen, last } = await putAside()
    const stopped = run.stop()
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
    await stopped
    happen()
    await run.finished
    expect(last()).toMatchObject({ status: 'STOPPED', statusReason: `Stopped on request. ${REASON}` })
  })
})

describe('a bug met by a run', () => {
  it('while it takes events fails the run, and is left to the log', async () => {
    const { run, simulator, last } = await running({ room: () => Promise.reject(new Error('no such room')) })
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason: expect.stringMatching(/^The server met an unexpected error .* which its log shows whole/) as string,
    })
  })

  it('in the last step leaves nobody waiting', async () => {
    const ended: string[] = []
    const { run, simulator } = await running({
      persist: (_id, { status }) => (status === 'STOPPED' ? Promise.reject(new Error('a bug')) : Promise.resolve()),
      onEnded: (id) => ended.push(id),
    })
    const stopped = run.stop()
    simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
    await stopped
    await run.finished
    expect(ended).toEqual([spec.id])
  })
})

describe('the figures of a run', () => {
  const report = { type: 'report', cpuMicros: 0, memoryBytes: 0 } as const
  const told = { ...SAMPLE_METRICS, tradeCount: 489 }

  it('are shown once the events that they count in are stored, and not before', async () => {
    const stored = deferred<void>()
    const { simulator, patches } = await running({ record: () => stored.promise })
    simulator.say({ type: 'events', events: [feedEvent(1), feedEvent(2)] })
    const latency = { tickToFill: { p50: 1, p99: 1, p999: 1, max: 1, count: 489 } }
    simulator.say({ ...report, metrics: told, last: 2, latency })
    expect(patches.some((patch) => patch.metrics !== undefined || patch.latency !== undefined)).toBe(false)
    stored.resolve()
    await vi.waitFor(() => expect(patches.find(({ metrics }) => metrics !== undefined)?.metrics).toEqual(told))
    expect(patches.find(({ metrics }) => metrics !== undefined)?.latency?.tickToFill?.count).toBe(489)
  })

  it('are those of what is stored where the simulator had told more, and it has no fingerprint', async () => {
    const fill = sampleFill()
    const { run, simulator, last } = await running({
      record: () => Promise.reject(new Error('the power went')),
      stored: {
        trades: (_id, after) => Promise.resolve(after < 2 ? [{ sequence: 2, time: 1, fill }] : []),
        latestPortfolio: () => Promise.resolve({ sequence: 3, time: 1, portfolio: samplePortfolio() }),
      },
    })
    simulator.say({ ...report, metrics: told, last: 9 })
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'of all', last: 9 })
    await run.finished
    expect(last()).toMatchObject({ status: 'FAILED', metrics: { tradeCount: 1, feesPaid: fill.fee } })
    expect(last()?.fingerprint).toBeUndefined()
    expect(last()?.latency).toBeUndefined()
  })

  it('are the newest, with the fingerprint, where all of it is stored', async () => {
    const { run, simulator, last } = await running()
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    simulator.say({ ...report, metrics: told, last: 1 })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'of all', last: 1 })
    await run.finished
    expect(last()).toMatchObject({ status: 'COMPLETED', fingerprint: 'of all' })
  })
})

describe('the end of a run whose last event is stored', () => {
  it('does not wait for a stream that is never drained', async () => {
    const { run, simulator, last } = await running({ follow: () => follower(() => new Promise(() => undefined)) })
    simulator.say({ type: 'events', events: [feedEvent(1), feedEvent(2)] })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f', last: 2 })
    await run.finished
    expect(last()).toMatchObject({ status: 'COMPLETED', fingerprint: 'f' })
  })

  it('names Redis while it waits for events that only Redis can have', async () => {
    const drained = deferred<void>()
    const { run, simulator } = await running({ follow: () => follower(() => drained.promise) })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f', last: 2 })
    await vi.waitFor(() => expect(run.waitsFor).toBe('Redis'))
    drained.resolve()
    await run.finished
  })
})

it('does not say of a run that was taken over how it ended, where only its old server heard that', async () => {
  const { ports, patches } = setUp({ follow: () => follower(() => Promise.resolve()) })
  const simulator = new FakeEngine('SIMULATOR')
  const known = {
    newest: 7,
    doubts: [],
    metrics: null,
    startedAt: new Date(0),
    stopRequested: false,
    lease: null,
    switched: 'ACTIVE',
  } as const
  const run = new Run(spec, ports, { kind: 'adopted', engines: [simulator], ...known })
  simulator.end(ORDERLY)
  await run.finished
  const { status, statusReason } = patches.at(-1) ?? {}
  expect(status).toBe('FAILED')
  expect(statusReason).toMatch(
    /^Its simulator ended in order about when its server did, .+ is not known\. Start it again/,
  )
  expect(statusReason).not.toContain('exit code')
})

describe('a run that is stopped on a busy machine', () => {
  const reached = (count: number) =>
    ({ type: 'report', cpuMicros: 0, memoryBytes: 0, reached: { publisher: 1, count } }) as const

  it('is not cut short while its engines still take what is on its way', async () => {
    vi.useFakeTimers()
    try {
      const { run, algorithm, simulator, last } = await running()
      algorithm.say(reached(10))
      const stopped = run.stop()
      await vi.advanceTimersByTimeAsync(4_000)
      algorithm.say(reached(20))
      await vi.advanceTimersByTimeAsync(5_000)
      simulator.say(reached(3))
      await vi.advanceTimersByTimeAsync(4_000)
      simulator.say({ type: 'ended', reason: 'STOPPED', fingerprint: null })
      await stopped
      await run.finished
      expect(last()).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is ended after five seconds in which nothing moved', async () => {
    vi.useFakeTimers()
    try {
      const { run, algorithm, last } = await running()
      algorithm.say(reached(10))
      const stopped = run.stop()
      await vi.advanceTimersByTimeAsync(4_999)
      expect(run.status).toBe('STOPPING')
      await vi.advanceTimersByTimeAsync(1)
      await stopped
      await run.finished
      expect(last()).toMatchObject({ status: 'STOPPED' })
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a run whose simulator was killed while Redis is away', () => {
  it('waits for Redis for a while, says that it does, and then what may be missing', async () => {
    vi.useFakeTimers()
    try {
      const { run, simulator, last } = await running({ follow: () => follower(() => new Promise(() => undefined)) })
      simulator.say({ type: 'events', events: [feedEvent(1)] })
      simulator.end(KILLED)
      await vi.advanceTimersByTimeAsync(119_000)
      expect(run.waitsFor).toBe('Redis')
      await vi.advanceTimersByTimeAsync(2_000)
      await run.finished
      expect(last()).toMatchObject({ status: 'FAILED' })
      expect(last()?.statusReason).toMatch(
        /the newest stored event is number 1\. Redis gave nothing for 120 s after that: what it alone may have had of this simulation is not stored\.$/,
      )
    } finally {
      vi.useRealTimers()
    }
  })

  it('goes on waiting while memory is full, which is for the database to end', async () => {
    vi.useFakeTimers()
    try {
      const drained = deferred<void>()
      const roomy = deferred<void>()
      const more = { follow: () => follower(() => drained.promise), room: () => roomy.promise }
      const { run, simulator, last } = await running(more)
      simulator.end(KILLED)
      await vi.advanceTimersByTimeAsync(600_000)
      expect(run.waitsFor).toBe('Redis')
      roomy.resolve()
      drained.resolve()
      await vi.advanceTimersByTimeAsync(1_000)
      await run.finished
      expect(last()?.statusReason).not.toContain('Redis')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a run of which something in the middle could not be stored', () => {
  it('is FAILED, though the simulator had said its last word and what follows is stored', async () => {
    const refusal = deferred<void>()
    let calls = 0
    const { run, simulator, last } = await running({
      record: () => (++calls === 1 ? refusal.promise : refusal.promise.catch(() => undefined)),
    })
    simulator.say({ type: 'events', events: [feedEvent(1)] })
    simulator.say({ type: 'events', events: [feedEvent(2)] })
    simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f', last: 2 })
    refusal.reject(new NotKeptError(new TypeError('Invalid `prisma.$executeRawUnsafe()` invocation')))
    await run.finished
    expect(last()).toMatchObject({
      status: 'FAILED',
      statusReason:
        'Some events of this simulation could not be stored: they hold a value that cannot be kept, which the log of this ' +
        'server shows.',
    })
  })
})

it('tells its simulator what it may do, and is answered by what stands in the stream', async () => {
  const { run, simulator } = await running()
  const halted = run.setTrading('HALTED')
  expect(simulator.told).toContainEqual({ type: 'trading', state: 'HALTED' })
  const change = { sequence: 1, time: 1_000, type: 'trading', state: 'HALTED', after: 7, cause: 'SWITCH' } as const
  simulator.say({ type: 'events', events: [change] })
  expect(await halted).toBe('taken')

  const active = run.setTrading('ACTIVE')
  await Promise.all([run.stop(), run.finished])
  expect(await active).toBe('not yet')
})

it('is complete where it has lost everything, and says when, and what a gap left', async () => {
  const { run, algorithm, simulator, last } = await running()
  const finished: SimulatorEvent = {
    sequence: 1,
    time: 1_000,
    type: 'finished',
    portfolio: samplePortfolio(),
    metrics: SAMPLE_METRICS,
    fills: 1,
    ruin: { at: 1_788_335_050_104_427, equity: -12_500_000_000_000_000_000n },
  }
  simulator.say({ type: 'events', events: [finished] })
  simulator.say({ type: 'ended', reason: 'COMPLETED', fingerprint: 'f', last: 1 })
  algorithm.end(ORDERLY)
  await run.finished
  expect(last()).toMatchObject({
    status: 'COMPLETED',
    statusReason: 'Ruined at 2026-09-02T07:44:10.104Z: a gap took its equity to -12.5 once all was closed.',
    ruin: finished.ruin,
  })
})
