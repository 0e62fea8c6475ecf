import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import { NO_DATA_YET, type DataCounts } from '../../engines/domain/quality.ts'

interface Known {
  sequence: number
  /** null: what is told first was counted elsewhere. */
  quality: DataCounts | null
  /** The same of ticks. */
  ticks: number | null
}

const risen = (last: number, next: number): number => Math.max(0, next - last)

/** Tells what is new in what runs report again and again: events by their sequence, counts since a run's start. */
export class RunTally {
  readonly #known = new Map<string, Known>()

  /** The events that were not seen before. */
  newEvents(simulationId: string, events: readonly SimulatorEvent[]): readonly SimulatorEvent[] {
    const known = this.#of(simulationId)
    const fresh = events.filter(({ sequence }) => sequence > known.sequence)
    known.sequence = Math.max(known.sequence, fresh.at(-1)?.sequence ?? 0)
    return fresh
  }

  /** By how much each count has risen. One that falls (a second hop joins, with fewer messages so far) adds nothing. */
  newCounts(simulationId: string, next: DataCounts): DataCounts {
    const known = this.#of(simulationId)
    const last = known.quality ?? next
    const added: DataCounts = {
      received: risen(last.received, next.received),
      gaps: risen(last.gaps, next.gaps),
      recovered: risen(last.recovered, next.recovered),
      lost: risen(last.lost, next.lost),
      duplicates: risen(last.duplicates, next.duplicates),
      reordered: risen(last.reordered, next.reordered),
    }
    known.quality = {
      received: last.received + added.received,
      gaps: last.gaps + added.gaps,
      recovered: last.recovered + added.recovered,
      lost: last.lost + added.lost,
      duplicates: last.duplicates + added.duplicates,
      reordered: last.reordered + added.reordered,
    }
    return added
  }

  /** By how much the count of ticks has risen. */
  newTicks(simulationId: string, next: number): number {
    const known = this.#of(simulationId)
    const added = risen(known.ticks ?? next, next)
    known.ticks = Math.max(known.ticks ?? 0, next)
    return added
  }

  /** What is told of a run next is where counting begins. */
  goOn(simulationId: string): void {
    this.#known.set(simulationId, { sequence: 0, quality: null, ticks: null })
  }

  forget(simulationId: string): void {
    this.#known.delete(simulationId)
  }

  #of(simulationId: string): Known {
    const known = this.#known.get(simulationId) ?? { sequence: 0, quality: NO_DATA_YET, ticks: 0 }
    this.#known.set(simulationId, known)
    return known
  }
}
