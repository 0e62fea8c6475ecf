import type { Fixed } from '../../domain/money.ts'
import type { Micros } from '../../domain/time.ts'
import type { QueueModel } from '../settings.ts'

/**
 * A resting order's place in the queue at its price.
 *
 * `ahead` is what stands in front of it, NaN while that is out of sight. It is moved up by trades at the price whose taker is on
 * the other side, and by the displayed size, over which it cannot be. Each of the two may be told first, and must not count twice:
 * what a fall of the displayed size moved it up by is remembered, and trades of up to that moment that arrive later are first
 * explained by it.
 */
export class QueuePlace {
  ahead: Fixed = Number.NaN
  private readonly model: QueueModel
  /** What was displayed at the price when last seen. */
  private displayed: Fixed = Number.NaN
  /** What traded at the price since. */
  private traded: Fixed = 0
  /** By what falls of the displayed size moved it up, that no trade has explained yet, and until when they fell. */
  private moved: Fixed = 0
  private movedAt: Micros = Number.NEGATIVE_INFINITY

  constructor(model: QueueModel) {
    this.model = model
  }

  /** To the back of what is displayed; NaN: out of sight. */
  join(displayed: Fixed): void {
    this.ahead = this.model === 'OPTIMISTIC' ? 0 : displayed
    this.displayed = displayed
    this.traded = this.moved = 0
  }

  /** Takes in what is displayed at the price. NaN, out of sight, changes nothing. */
  show(displayed: Fixed, now: Micros): void {
    // A tick that brings a trade shows the size of before the trade once more: that is not told anew.
    if (displayed === this.displayed || Number.isNaN(displayed)) return
    const before = this.ahead
    if (Number.isNaN(before)) {
      this.ahead = displayed
    } else {
      if (this.model === 'PROPORTIONAL') this.cancel(displayed)
      if (this.ahead > displayed) this.ahead = displayed
      if (this.ahead < before) {
        this.moved += before - this.ahead
        this.movedAt = now
      }
    }
    this.displayed = displayed
    this.traded = 0
  }

  /**
   * Takes in a trade at the price.
   * @param at the venue's time of the trade
   * @returns what of it is left when all in front is filled; 0 while that is out of sight.
   */
  trade(size: Fixed, at: Micros): Fixed {
    if (Number.isNaN(this.ahead)) return 0
    let left = size
    if (this.moved > 0) {
      if (at <= this.movedAt) {
        const explained = Math.min(this.moved, left)
        this.moved -= explained
        left -= explained
      } else this.moved = 0
    }
    this.traded += left
    const passed = Math.min(this.ahead, left)
    this.ahead -= passed
    return left - passed
  }

  widen(size: number): void {
    this.ahead *= size
    this.displayed *= size
    this.traded *= size
    this.moved *= size
  }

  /** What fell without a trade was cancelled, of all that was displayed as often in front of the order as behind it. */
  private cancel(displayed: Fixed): void {
    const cancelled = this.displayed - this.traded - displayed
    if (cancelled > 0) this.ahead -= (cancelled * this.ahead) / this.displayed
  }
}
