import type { EventRecorder } from '../store/port.ts'
import type { StoreWatch } from '../store/watch.ts'

/** What a run says of itself while its events are not being stored. */
export function storeWarnings(
  watch: Pick<StoreWatch, 'down'>,
  recorder: Pick<EventRecorder, 'state'>,
): readonly string[] {
  const { failingSince, lastError, waiting, bound } = recorder.state()
  const reason = watch.down()?.reason ?? (failingSince === null ? null : lastError)
  if (reason === null) return []
  return [`Events cannot be stored (${reason}); ${waiting} of at most ${bound} wait in memory, of all simulations.`]
}

/** What a run's log says about Redis. */
export function busNote(reason: string | null): string {
  if (reason === null) return 'Redis answers again; what waited at the simulators comes in.'
  return `Redis cannot be reached (${reason}). Simulations go on; their events wait at the simulators.`
}

/** What a run's log says about the database. */
export function storeNote(reason: string | null): string {
  if (reason === null) return 'The database answers again; what waited in memory is being written.'
  return `The database cannot be reached (${reason}). The simulation goes on; its events wait in memory.`
}
