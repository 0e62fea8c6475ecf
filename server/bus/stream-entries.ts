import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { decodeEvents } from '../../engines/edge/json.ts'

/** One entry of a run's stream. */
export interface StreamBatch {
  readonly events: readonly SimulatorEvent[]
  /** The same as it stands in the stream. */
  readonly text: string
  /** Whether it was delivered before and could not be taken then. */
  readonly again: boolean
}

export interface StreamHandler {
  /** Resolves once the events are durable; rejects where they cannot be kept. Called in the order of the stream. */
  take(batch: StreamBatch): Promise<void>
  /** An entry was put aside after five deliveries. */
  onPoison(reason: string): void
  /** The stream may have lost what nobody had read: whoever fills it shall tell again what is not durable. */
  onLost(): void
}

/** A run's stream while a server reads it. */
export interface StreamFollower {
  /**
   * Resolves once nothing is left of what the stream holds now: all of it is durable, or put aside. What comes later does
   * not matter: a simulator whose server hangs tells on, though its run is over.
   */
  drained(): Promise<void>
  /** What keeps it from being read, for a person; null: nothing. */
  trouble(): string | null
  /** Reads no more and removes the stream. */
  end(): Promise<void>
}

/** What `XREADGROUP` and `XCLAIM` give of an entry; `null` fields where it was deleted meanwhile. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null]

/** @throws Error, for a person, where the text is no batch of events. */
export function eventsOf(text: string): readonly SimulatorEvent[] {
  try {
    return decodeEvents(text)
  } catch (error) {
    throw new Error('it is no batch of events', { cause: error })
  }
}

/** Id of the newest entry that a group was given, by what `XINFO GROUPS` says. */
export function lastGiven(groups: unknown, name: string): string {
  for (const group of groups as readonly (readonly unknown[])[]) {
    if (group[group.indexOf('name') + 1] === name) return String(group[group.indexOf('last-delivered-id') + 1])
  }
  return '0-0'
}
