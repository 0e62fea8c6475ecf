import { formatAmount } from '../../../engines/domain/money.ts'
import type { Ruin } from '../../../engines/domain/trading/order.ts'
import { MICROS_PER_MILLISECOND } from '../../../engines/domain/time.ts'
import type { EngineEnd } from '../../../engines/edge/process/control.ts'
import type { EngineEntry } from '../../../schema/context.ts'
import type { EngineExit } from '../../launcher/port.ts'
import { failedBy, type Ending } from './ending.ts'

/** What became of a run's simulator. */
export interface LastOfSimulator {
  /** Whether it was there and had subscribed: before that there is nothing it could hold. */
  readonly connected: boolean
  /** Whether it said its last word, which it does once all its events are taken over. */
  readonly handedOver: boolean
  /** null where it was never launched. */
  readonly exit: EngineExit | null
  /** The newest event that is stored; 0 where none is. */
  readonly newestStored: number
  /** How the run lost everything; null: it did not, as far as is known. */
  readonly ruin: Ruin | null
  /** What it last warned of. */
  readonly warnings: readonly string[]
}

/** What a run that lost everything says at its end. */
function ruined({ at, equity }: Ruin): string {
  const left =
    equity < 0n ? `a gap took its equity to ${formatAmount(equity)}` : `its equity was ${formatAmount(equity)}`
  return `Ruined at ${new Date(at / MICROS_PER_MILLISECOND).toISOString()}: ${left} once all was closed.`
}

/** A run's final status. @param putAside why some of its events are not stored; null: all are. */
export function finalWord(
  ending: Ending,
  simulator: LastOfSimulator,
  mishap: string | null,
  putAside: string | null,
): { readonly status: Ending['status']; readonly reason: string | null } {
  // It may have come to light only while the last events were being stored.
  if (putAside !== null && ending.status === 'COMPLETED')
    return { status: 'FAILED', reason: finalReason(failedBy(putAside), simulator, mishap) }
  const besides = ending.status === 'FAILED' ? mishap : (mishap ?? putAside)
  const { ruin } = simulator
  const how = ruin === null || ending.status === 'FAILED' ? ending : { ...ending, reason: ruined(ruin) }
  return { status: ending.status, reason: finalReason(how, simulator, besides) }
}

/**
 * The reason of a run's final status, for a person. Whoever asked for a stop must be able to see that the results are
 * not whole, though the stop itself did what was asked.
 * @param mishap what befell an engine while the run was already ending; null: nothing.
 */
function finalReason(ending: Ending, simulator: LastOfSimulator, mishap: string | null): string | null {
  const sentences = [ending.reason, handOverFault(simulator), mishap].filter((sentence) => sentence !== null)
  if (sentences.length === 0) return null
  return sentences.map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`)).join(' ')
}

function handOverFault({ connected, handedOver, exit, newestStored, warnings }: LastOfSimulator): string | null {
  // An exit in order comes after the last word; the word itself may still be on its way through the channel.
  if (!connected || handedOver || exit === null || (exit.code === 0 && exit.signal === null)) return null
  const how = exit.signal === null ? 'ended by itself' : 'was killed'
  const stored =
    newestStored === 0 ? 'nothing of this simulation is stored' : `the newest stored event is number ${newestStored}`
  const why = warnings.length === 0 ? '' : ` It had warned: ${warnings.join(' ')}`
  return `The simulator did not hand over its last events and ${how}; ${stored}.${why}`
}

/** What a run lacks of the events that its simulator had told, all being over; null: nothing that is known of. */
export function neverStored(lastWord: EngineEnd | null, newestStored: number): string | null {
  const last = lastWord?.last ?? 0
  if (last <= newestStored) return null
  const which = last === newestStored + 1 ? `event ${last}` : `events ${newestStored + 1} to ${last}`
  return `Of this simulation, ${which} were told and never stored: Redis, or this server, lost them on the way.`
}

/** A shared streamer as a run sees it that no longer uses it: whether and how it goes on is not this run's any more. */
export function released(streamer: EngineEntry): EngineEntry {
  if (streamer.state === 'exited') return streamer
  return { ...streamer, state: 'released', pid: null, cpuPercent: null, memoryBytes: null }
}
