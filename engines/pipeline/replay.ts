import type { MarketEvent } from '../domain/market/market.ts'
import { MICROS_PER_MILLISECOND, type Micros } from '../domain/time.ts'

/** Where a replay goes: a publisher that may ask to wait. */
export interface ReplayTarget {
  /** @returns whether it can take more at once. */
  publish(event: MarketEvent): boolean
  flush(): void
  whenReady(): Promise<void>
}

export interface ReplayOptions {
  /** 1: the recorded pace; Infinity: as fast as the target takes it. */
  readonly speed: number
  readonly now: () => Micros
  /** Resolves after so many milliseconds, or earlier when the replay is to stop. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** Asked before each event: whether to end early. */
  readonly stopped: () => boolean
  /** Told the market time of each event that was played. */
  readonly onTime?: (time: Micros) => void
}

/** The shortest pause worth a timer. */
const LEAST_PAUSE_MS = 1

/**
 * Plays recorded events at the pace of their times. A target that cannot keep up slows the replay down; nothing is
 * skipped.
 * @returns false where it was stopped before the end.
 */
export async function replay(
  batches: Iterable<readonly MarketEvent[]>,
  target: ReplayTarget,
  options: ReplayOptions,
): Promise<boolean> {
  const { speed, now, pause, stopped } = options
  const startedAt = now()
  let firstTime: Micros | null = null
  for (const batch of batches) {
    for (const event of batch) {
      firstTime ??= event.time
      const due = startedAt + (event.time - firstTime) / speed
      for (let wait = (due - now()) / MICROS_PER_MILLISECOND; wait >= LEAST_PAUSE_MS; wait = (due - now()) / 1000) {
        target.flush()
        await pause(wait)
        if (stopped()) return false
      }
      const more = target.publish(event)
      options.onTime?.(event.time)
      if (!more) {
        await target.whenReady()
        if (stopped()) return false
      }
    }
    target.flush()
    if (stopped()) return false
  }
  return true
}
