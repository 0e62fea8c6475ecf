import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import type { MarketAction } from '../action.ts'
import type { ActionSource } from './playback.ts'
import type { Cancel, Timers } from '../server/timers.ts'

/** Plays a source against the clock. */
export interface Player {
  /**
   * Starts the market's time; harmless when it runs.
   * @param since the clock's time that the source's start time stands for; default now
   */
  start(since?: Micros): void
  /** Where market time has got to. */
  time(): Micros
  /** Whether a recording has been played to its end. */
  ended(): boolean
  dispose(): void
}

export interface PlayerOptions {
  readonly source: ActionSource
  /** Market seconds per second; 1 is the real pace. */
  readonly speed: number
  readonly timers: Timers
  readonly apply: (action: MarketAction) => void
  /** Called after the actions of each beat with the market time reached. */
  readonly settle: (time: Micros) => void
  /** Called once, at the end of a recording, with what broke it off where something did. */
  readonly ended: (failure: Error | null) => void
}

const BEAT_MILLISECONDS = 10

/** After a pause of the process, at most this much real time is caught up in a beat, so that none takes too long. */
const MOST_PER_BEAT: Micros = MICROS_PER_SECOND

export function createPlayer(options: PlayerOptions): Player {
  const { source, speed, timers } = options
  let begun: Micros | null = null
  let reached = source.startTime
  let finished = false
  let cancel: Cancel = () => undefined

  const beat = (): void => {
    if (begun === null || finished) return
    const due = Math.floor(source.startTime + (timers.now() - begun) * speed)
    reached = Math.max(reached, Math.min(due, reached + MOST_PER_BEAT * speed))
    for (const action of source.advance(reached)) options.apply(action)
    options.settle(reached)
    if (!source.ended()) return
    finished = true
    cancel()
    options.settle(Number.MAX_SAFE_INTEGER)
    options.ended(source.failure())
  }

  return {
    start(since = timers.now()) {
      if (begun !== null) return
      begun = since
      cancel = timers.every(BEAT_MILLISECONDS, beat)
    },
    time: () => reached,
    ended: () => finished,
    dispose: () => {
      finished = true
      cancel()
    },
  }
}
