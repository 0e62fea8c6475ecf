import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { formatTime } from '../../domain/time.ts'

/** What an event says that makes the run's figures not to be believed from there on, for a person; null: nothing. */
export function doubtOf(event: SimulatorEvent): string | null {
  if (event.type !== 'feed' || event.status.state !== 'CLOSED') return null
  const { product, sequence, time, detail } = event.status
  return (
    `From event ${sequence} of the feed, ${formatTime(time)}, on the position in ${product} cannot be believed: its market is ` +
    `closed to this run, so it keeps its last price and is not traded any more (${detail}).`
  )
}
