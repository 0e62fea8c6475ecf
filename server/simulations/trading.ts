import { catalog } from '../../engines/algorithm/catalog.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { deferred, type Deferred } from '../../engines/edge/deferred.ts'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import { FINAL_STATUSES, type SimulationSpec, type SimulationStatus } from '../../engines/domain/simulation.ts'
import type { Outcome } from '../../schema/context.ts'
import type { EventHistory, RunStore } from '../store/port.ts'

/** How long whoever switches waits for the simulator to take it up. */
const TAKEN_MS = 10_000
const LOOK_MS = 100
/** How many may wait for one run at once. */
const MOST_WAITING = 16
/** The first rules that know a switch. */
const FIRST_KERNEL = 2

/** What became of a switch that a simulator was told of. */
export type Switched = 'taken' | 'not yet' | 'too many'

interface Waiting {
  readonly state: TradingState
  readonly taken: Deferred<Switched>
}

/** The switch of one run: tells its simulator, and hears by its events that it was taken up. */
export class TradingSwitch {
  readonly #tell: (state: TradingState) => void
  readonly #waiting: Waiting[] = []
  #state: TradingState

  /** @param state as it was switched last. */
  constructor(state: TradingState, tell: (state: TradingState) => void) {
    this.#state = state
    this.#tell = tell
  }

  /** Resolves once the change is in the run's stream, at once where it is so already, or with that it is not yet. */
  async set(state: TradingState): Promise<Switched> {
    // A simulator says nothing where nothing changes. What is on its way to it changes it yet.
    if (state === this.#state && this.#waiting.length === 0) return 'taken'
    if (this.#waiting.length >= MOST_WAITING) return 'too many'
    const waiting: Waiting = { state, taken: deferred() }
    this.#waiting.push(waiting)
    const timer = setTimeout(() => this.#settle(waiting, 'not yet'), TAKEN_MS)
    this.#tell(state)
    try {
      return await waiting.taken.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Hears an event of the run that is new. */
  hear(event: SimulatorEvent): void {
    if (event.type !== 'trading' || event.cause !== 'SWITCH') return
    this.#state = event.state
    const first = this.#waiting.find(({ state }) => state === event.state)
    if (first !== undefined) this.#settle(first, 'taken')
  }

  /** The run is over: nothing is taken up any more. */
  end(): void {
    for (const waiting of [...this.#waiting]) this.#settle(waiting, 'not yet')
  }

  #settle(waiting: Waiting, what: Switched): void {
    const place = this.#waiting.indexOf(waiting)
    if (place >= 0) this.#waiting.splice(place, 1)
    waiting.taken.resolve(what)
  }
}

/** A run that this server answers for, as far as its switch goes. */
export interface SwitchedRun {
  readonly spec: SimulationSpec
  readonly status: SimulationStatus
  setTrading(state: TradingState): Promise<Switched>
}

export interface TradingPorts {
  /** A run of this server that has not ended; null where there is none of the id. */
  readonly find: (simulationId: string) => SwitchedRun | null
  readonly runs: Pick<RunStore, 'find'>
  readonly history: Pick<EventHistory, 'latestSwitch'>
  /** Asks another server to do it; resolves with whether it heard. */
  readonly ask: (serverId: string, simulationId: string, state: TradingState) => Promise<boolean>
  /** Waits between two looks at what another server does; the clock, unless told otherwise. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

const refuse = (code: string, message: string, field = 'simulationId'): Outcome<never> => ({
  ok: false,
  faults: [{ code, path: ['input', field], message }],
})

const NOT_YET = refuse(
  'SWITCH_UNDER_WAY',
  'The simulator was told, and has not taken it up yet. Look at "trading" of the simulation, and ask again where it does not change.',
)

/** Why a run cannot be switched; null where it can. */
function refusalOf(spec: SimulationSpec, status: SimulationStatus): Outcome<never> | null {
  if (spec.mode === 'BACKTEST') {
    const why = 'A back-test runs through its tape at once: there is no moment at which it could be switched.'
    return refuse('NOT_SWITCHABLE', `${why} Use REPLAY or LIVE.`)
  }
  if (FINAL_STATUSES.includes(status)) return refuse('NOT_RUNNING', `This simulation has ended already (${status}).`)
  if (status !== 'RUNNING')
    return refuse('NOT_RUNNING', `This simulation is ${status}; only a RUNNING one can be switched.`)
  if ((spec.kernelVersion ?? 1) >= FIRST_KERNEL) return null
  return refuse(
    'NOT_SWITCHABLE',
    'The simulator of this simulation is of an earlier version, which knows no switch. Stop it instead.',
  )
}

/** Changes what a run may do, wherever it runs. */
export async function setTrading(
  ports: TradingPorts,
  simulationId: string,
  state: TradingState,
): Promise<Outcome<string>> {
  const run = ports.find(simulationId)
  if (run === null) return setElsewhere(ports, simulationId, state)
  const refusal = refusalOf(run.spec, run.status)
  if (refusal !== null) return refusal
  const switched = await run.setTrading(state)
  if (switched === 'taken') return { ok: true, value: simulationId }
  if (switched === 'not yet') return NOT_YET
  return refuse(
    'SERVER_BUSY',
    `${MOST_WAITING} switches of this simulation wait already. Nothing was done; try again in a moment.`,
  )
}

/** The run is another server's: asks that one, and sees by what is stored that it was done. */
async function setElsewhere(ports: TradingPorts, simulationId: string, state: TradingState): Promise<Outcome<string>> {
  const record = await ports.runs.find(simulationId)
  if (record === null) return refuse('NOT_FOUND', 'There is no such simulation.')
  const refusal = refusalOf(record.spec, record.status)
  if (refusal !== null) return refusal
  const before = await ports.history.latestSwitch(simulationId)
  if ((before?.state ?? 'ACTIVE') === state) return { ok: true, value: simulationId }
  if (record.ownerId === null || !(await ports.ask(record.ownerId, simulationId, state))) {
    const message =
      'This simulation runs at another server, which cannot be reached right now. Nothing was done; try again in a moment.'
    return refuse('SERVER_UNREACHABLE', message)
  }
  const pause = ports.pause ?? delay
  for (let waited = 0; waited < TAKEN_MS; waited += LOOK_MS) {
    const newest = await ports.history.latestSwitch(simulationId)
    if (newest?.state === state) return { ok: true, value: simulationId }
    await pause(LOOK_MS)
  }
  return NOT_YET
}

/** Whether an algorithm gives orders itself, instead of raising signals. */
export function tradesOnAccount(algorithm: string): boolean {
  return typeof catalog.find(algorithm)?.strategy === 'function'
}
