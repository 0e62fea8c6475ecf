import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import { addCounts, NO_DATA_YET, type DataQuality } from '../../../engines/domain/quality.ts'

/** What the venue's own feed lost on its way to the streamer, as the events of one run tell it, in whichever mode. */
export class FeedQuality {
  #last = 0
  #quality = NO_DATA_YET

  /** Takes events of the run, in order; those that an engine hands over a second time are known by their sequence. */
  hear(events: readonly SimulatorEvent[]): void {
    for (const event of events) {
      if (event.sequence <= this.#last) continue
      this.#last = event.sequence
      if (event.type !== 'feed') continue
      const { state, count } = event.status
      const { gaps, recovered, lost } = this.#quality
      if (state === 'REFILLED')
        this.#quality = { ...this.#quality, gaps: gaps + 1, recovered: addCounts(recovered, count) }
      else if (state === 'GAP') this.#quality = { ...this.#quality, gaps: gaps + 1, lost: addCounts(lost, count) }
    }
  }

  /** The figures of the UDP hops with the feed's own added; undefined where neither is known. */
  addTo(hops: DataQuality | undefined): DataQuality | undefined {
    const { gaps, recovered, lost } = this.#quality
    if (gaps === 0) return hops
    const base = hops ?? NO_DATA_YET
    return {
      ...base,
      gaps: addCounts(base.gaps, gaps),
      recovered: addCounts(base.recovered, recovered),
      lost: addCounts(base.lost, lost),
    }
  }
}
