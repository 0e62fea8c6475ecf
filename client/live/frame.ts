/** Says when the next frame is. */
export interface FrameClock {
  /** Calls back once, in the next frame; the result takes it back. */
  request(draw: () => void): () => void
}

/** Something to be drawn. */
export interface Draw {
  (): void
  /** By which it is drawn in frames of its own: for what takes long. Absent: together with all that names none. */
  readonly turn?: string
}

/** Gathers what wants to be drawn, and draws it together. */
export interface FrameScheduler {
  /**
   * Draws once, in one of the next frames, however often it is asked for before that. The same function is the same drawing.
   */
  request(draw: Draw): void
  /** Takes a request back. */
  cancel(draw: Draw): void
  readonly dispose: () => void
}

/**
 * One frame for all that can be drawn together: at most one draw of each a frame, and none while nothing changed. What has a
 * turn of its own has a frame of its own; who waits longest is next, so that nobody waits for more than one frame of each.
 */
export function createFrameScheduler(clock: FrameClock): FrameScheduler {
  const waiting = new Set<Draw>()
  let forget: (() => void) | null = null
  const takeNext = (): readonly Draw[] => {
    const all = [...waiting]
    const next = all.filter(({ turn }) => turn === all[0]?.turn)
    for (const draw of next) waiting.delete(draw)
    return next
  }
  const frame = (): void => {
    forget = null
    let fault: { readonly error: unknown } | null = null
    // What is asked for while drawing waits for a later frame.
    for (const draw of takeNext()) {
      try {
        draw()
      } catch (error) {
        // One that fails must not keep the others from being drawn; the first failure is told below.
        fault ??= { error }
      }
    }
    if (waiting.size > 0) forget ??= clock.request(frame)
    if (fault !== null) throw fault.error
  }
  return {
    request(draw) {
      waiting.add(draw)
      forget ??= clock.request(frame)
    },
    cancel(draw) {
      waiting.delete(draw)
    },
    dispose() {
      waiting.clear()
      forget?.()
      forget = null
    },
  }
}

/** What paced frames need of time. */
export interface PaceClock {
  /** Milliseconds. */
  now(): number
  /** Calls back once; the result takes it back. */
  after(milliseconds: number, call: () => void): () => void
}

/** Frames that come at once where the last one is so many milliseconds ago, and else when it will be. */
export function createPacedFrames(clock: PaceClock, pause: number): FrameClock {
  let last = -Infinity
  return {
    request(draw) {
      return clock.after(Math.max(0, last + pause - clock.now()), () => {
        last = clock.now()
        draw()
      })
    },
  }
}

/** Nobody reads what moves faster than ten times a second; and where a chart takes turns with the rest, five times each. */
const PAUSE_MS = 100

/**
 * The page's own scheduler: what moves is drawn together or takes turns, ten times a second, so that the browser lays out and
 * paints the page no oftener. It draws just before the browser's next frame rather than in one: charts paint themselves in the
 * frame after they were given something, which is then the same as everything else's. A browser calls a hidden tab once a
 * second, one turn after the other.
 */
export const frames: FrameScheduler = createFrameScheduler(
  createPacedFrames(
    {
      now: () => performance.now(),
      after(milliseconds, call) {
        const timer = setTimeout(call, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    PAUSE_MS,
  ),
)
