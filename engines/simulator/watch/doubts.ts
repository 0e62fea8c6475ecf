import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { formatTime } from '../../domain/time.ts'
import { MAX_SWITCHES } from '../../domain/trading/switches.ts'

/** Finds in the events of a run why its figures are not to be believed from there on, or not to be had again. */
export class DoubtWatch {
  private switches = 0

  /** @returns what is to be told, for a person, at most once a product and once for the run; null: nothing. */
  hear(event: SimulatorEvent): string | null {
    if (event.type === 'trading' && event.cause === 'SWITCH') return this.switched()
    if (event.type !== 'feed' || event.status.state !== 'CLOSED') return null
    const { product, sequence, time, detail } = event.status
    return (
      `From event ${sequence} of the feed, ${formatTime(time)}, on the position in ${product} cannot be believed: its market is ` +
      `closed to this run, so it keeps its last price and is not traded any more (${detail}).`
    )
  }

  private switched(): string | null {
    this.switches += 1
    if (this.switches !== MAX_SWITCHES + 1) return null
    return `It was switched more than ${MAX_SWITCHES} times, which is more than TRADING_SWITCHES takes: no other run can repeat it.`
  }
}
