import type { Bell } from '../../../engines/edge/bell.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { ControlMessage } from '../../../engines/edge/process/control.ts'
import { doneWithin } from '../../../engines/edge/within.ts'
import type { StreamFollower, StreamHandler } from '../../bus/stream-entries.ts'
import type { EngineHandle } from '../../launcher/port.ts'
import { REDIS_MS } from '../bounds.ts'
import { Intake } from './intake.ts'
import { saidToPerson } from '../ending/reason.ts'
import type { RunPorts } from '../run-ports.ts'

/** Why some events that Redis may have are not stored. */
const GIVEN_UP = `Redis gave nothing for ${REDIS_MS / 1_000} s after that: what it alone may have had of this simulation is not stored.`

/** What of the server takes part in it. */
export type EventsInPorts = Pick<RunPorts, 'launcher' | 'follow' | 'record' | 'room' | 'flush' | 'log'>

/** What of the run does. */
export interface EventsInRun {
  /** Rings once the run is ending: from then on events are answered for in memory, so that engines can leave. */
  readonly leaving: Bell
  /** Hears each event once, in order. */
  readonly onEvent: (event: SimulatorEvent) => void
  /** More is durable now. */
  readonly onStored: () => void
  /** Some events are not in the store, for this reason. */
  readonly onPutAside: (reason: string) => void
  /** Tells the run's simulator something. */
  readonly tell: (message: ControlMessage) => void
}

/** How often it is looked whether Redis gives something. */
const LOOK_MS = 1_000

const whyNot = (error: unknown): string => saidToPerson(error) ?? 'the log of this server says why'

/** How the events of a run come in: from its simulator's channel, or from the bus, or now so and now so. */
export class EventsIn {
  readonly intake: Intake
  readonly #simulationId: string
  readonly #ports: EventsInPorts
  readonly #run: EventsInRun
  #follower: StreamFollower | null = null
  #removed: Promise<void> | undefined
  #waitsFor: 'the database' | 'Redis' = 'the database'

  /** @param newest sequence of the newest event that is stored already; 0: none. */
  constructor(simulationId: string, newest: number, ports: EventsInPorts, run: EventsInRun) {
    this.#simulationId = simulationId
    this.#ports = ports
    this.#run = run
    this.intake = new Intake({
      newest,
      record: (events, text) => ports.record(simulationId, events, text),
      onEvent: run.onEvent,
      // What is not durable yet is told again too: whoever is told to go on from somewhere lets go of all before it.
      onHole: () => this.#resume(),
    })
  }

  /** What the last events wait for. */
  get waitsFor(): string {
    return this.#waitsFor
  }

  /** Begins to read the bus, where there is one. */
  open(): void {
    this.#follower = this.#ports.follow?.(this.#simulationId, this.#bus()) ?? null
  }

  /** What keeps events from coming in, each a sentence for a person. */
  warnings(): readonly string[] {
    const trouble = this.#follower?.trouble() ?? null
    return trouble === null ? [] : [trouble]
  }

  /** Takes events that came over an engine's channel, and answers for them. */
  async take(engine: Pick<EngineHandle, 'tell'>, events: readonly SimulatorEvent[]): Promise<void> {
    const { launcher, room } = this.#ports
    const stored = this.intake.take(events, null, false)
    stored.then(this.#run.onStored, (error: unknown) => this.#refused(error))
    // An engine that outlives this server holds its events until they are durable, so that nothing is lost with it. One
    // that does not is answered as soon as memory has room: a store that is away must not hold it up before memory is
    // full; but for one whose events may go through Redis, which holds them until then anyway. And none is to be kept
    // alive by it once the run is ending; the final status waits for the store instead.
    if (launcher.kind !== 'PROCESS' || this.#follower !== null)
      await this.#run.leaving.orElse(stored.catch(() => undefined))
    await room()
    engine.tell({ type: 'ack', sequence: Math.min(this.intake.newestTaken, events.at(-1)?.sequence ?? 0) })
  }

  /**
   * Waits until all that the simulator had told is stored: as far as is known, or all that the bus has of it. Nothing is
   * taken after that: a simulator whose server hangs tells on, though its run is over.
   * @param last sequence of its last event; undefined: it did not say.
   * @returns what could not be waited for, for a person; null: nothing.
   */
  async storeRest(last: number | undefined): Promise<string | null> {
    await this.#flush()
    let givenUp: string | null = null
    if (this.#follower !== null && (last === undefined || this.intake.newestStored < last)) {
      this.#waitsFor = 'Redis'
      givenUp = (await this.#drained(this.#follower)) ? null : GIVEN_UP
      this.#waitsFor = 'the database'
    }
    this.#removed = this.#follower?.end()
    await this.#flush()
    return givenUp
  }

  /** Whether all that the bus has is stored; false: it gave nothing for {@link REDIS_MS}, though it was asked. */
  async #drained(follower: StreamFollower): Promise<boolean> {
    const drained = follower.drained()
    const { intake } = this
    let newest = intake.newestTaken
    for (let silentMs = 0; silentMs < REDIS_MS; silentMs += LOOK_MS) {
      if (await doneWithin(drained, LOOK_MS)) return true
      // While memory is full, the bus is not even read: that is the database's doing, which is waited for.
      await Promise.race([drained, this.#ports.room()])
      if (intake.newestTaken !== newest || intake.newestStored < newest) silentMs = 0
      newest = intake.newestTaken
    }
    return false
  }

  /** Resolves once the stream is removed, or is to be when Redis is back. */
  async end(): Promise<void> {
    await this.#removed
  }

  #bus(): StreamHandler {
    return {
      take: async ({ events, text, again }) => {
        await this.intake.take(events, text, again).catch((error: unknown) => {
          // Whoever carries events to here gives the reason on, to the run and to those who look through what is put aside.
          this.#log(error)
          throw new Error(whyNot(error), { cause: error })
        })
        this.#run.tell({ type: 'ack', sequence: this.intake.newestStored })
        this.#run.onStored()
      },
      onPoison: (reason) =>
        this.#run.onPutAside(
          `Some events of this simulation could not be stored and were put aside in Redis: ${reason}`,
        ),
      onLost: () => this.#resume(),
    }
  }

  /** Has the simulator tell again all that is not durable. */
  #resume(): void {
    this.#run.tell({ type: 'resume', sequence: this.intake.newestStored })
  }

  #refused(error: unknown): void {
    this.#log(error)
    this.#run.onPutAside(`Some events of this simulation could not be stored: ${whyNot(error)}.`)
  }

  async #flush(): Promise<void> {
    await this.#ports.flush(this.#simulationId).catch((error: unknown) => this.#log(error))
    await this.intake.settled()
  }

  #log(error: unknown): void {
    const { log } = this.#ports
    log.error({ simulationId: this.#simulationId, err: error }, 'events of a simulation were not stored')
  }
}
