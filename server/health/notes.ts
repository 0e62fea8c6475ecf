import type { BusTrouble } from '../bus/redis-bus.ts'
import type { EventRecorder } from '../store/port.ts'
import type { StoreWatch } from '../store/watch.ts'

/** A write that the database has not answered for so long is told of. */
const STALLED_MS = 2_000

/** What is wrong with how events are stored. */
export interface StoreTrouble {
  readonly since: Date
  /** For a person; the middle of a sentence. */
  readonly reason: string
}

/** Whether writing fails, or has waited for too long; null: neither. */
export function recorderTrouble(recorder: Pick<EventRecorder, 'state'>, now: Date): StoreTrouble | null {
  const { writingSince, failingSince, lastError } = recorder.state()
  if (failingSince !== null) return { since: failingSince, reason: lastError ?? 'the log of this server says why' }
  return writingSince === null ? null : stalled(writingSince, now)
}

/** A change of a run that has waited for too long; null: none has. */
export function changesTrouble(waitingSince: Date | null, now: Date): StoreTrouble | null {
  return waitingSince === null ? null : stalled(waitingSince, now)
}

function stalled(since: Date, now: Date): StoreTrouble | null {
  const waited = now.getTime() - since.getTime()
  if (waited < STALLED_MS) return null
  const seconds = Math.floor(waited / 1_000)
  return {
    since,
    reason: `a write has waited for ${seconds} s: something holds a lock, or the database is too busy (see pg_stat_activity)`,
  }
}

export interface StoringParts {
  readonly watch: Pick<StoreWatch, 'down'>
  readonly recorder: Pick<EventRecorder, 'state'>
  /** Since when a change of a run waits to be written; null: none does. */
  readonly changesWaitSince: () => Date | null
}

/** What a run says of itself while its events, or what becomes of it, are not being stored. */
export function storeWarnings({ watch, recorder, changesWaitSince }: StoringParts, now: Date): readonly string[] {
  const { waiting, bound } = recorder.state()
  const reason = watch.down()?.reason ?? recorderTrouble(recorder, now)?.reason
  if (reason !== undefined)
    return [`Events cannot be stored (${reason}); ${waiting} of at most ${bound} wait in memory, of all simulations.`]
  const changes = changesTrouble(changesWaitSince(), now)
  return changes === null ? [] : [`What becomes of simulations cannot be written (${changes.reason}).`]
}

/** What a run says of itself while Redis, through which its events and those who look on go, is not well. */
export function busWarnings(trouble: BusTrouble | null): readonly string[] {
  return trouble === null ? [] : [busNote(trouble)]
}

/** What a run's log says about Redis. */
export function busNote(trouble: BusTrouble | null): string {
  if (trouble === null) return 'Redis answers and takes writes again; what waited at the simulators comes in.'
  const what = trouble.kind === 'down' ? 'cannot be reached' : 'takes no writes'
  return (
    `Redis ${what} (${trouble.reason}). Simulations go on; their events come straight from the simulators, or wait there ` +
    'where these are services of a swarm; other servers do not hear of them.'
  )
}

/** What a run's log says about the database. */
export function storeNote(reason: string | null): string {
  if (reason === null) return 'The database answers again; what waited in memory is being written.'
  return `The database cannot be reached (${reason}). The simulation goes on; its events wait in memory.`
}
