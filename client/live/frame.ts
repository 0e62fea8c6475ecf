/** Says when the next frame is. */
export interface FrameClock {
  /** Calls back once, in the next frame; the result takes it back. */
  request(draw: () => void): () => void
}

/** Gathers what wants to be drawn, and draws it together. */
export interface FrameScheduler {
  /**
   * Draws once, in the next frame, however often it is asked for before that. The same function is the same drawing.
   */
  request(draw: () => void): void
  /** Takes a request back. */
  cancel(draw: () => void): void
  readonly dispose: () => void
}

/** One frame for all: at most one draw of each a frame, and none while nothing changed. */
export function createFrameScheduler(clock: FrameClock): FrameScheduler {
  let waiting = new Set<() => void>()
  let forget: (() => void) | null = null
  const frame = (): void => {
    forget = null
    const now = waiting
    // What is asked for while drawing waits for the next frame.
    waiting = new Set()
    let fault: { readonly error: unknown } | null = null
    for (const draw of now) {
      try {
        draw()
      } catch (error) {
        // One that fails must not keep the others from being drawn; the first failure is told below.
        fault ??= { error }
      }
    }
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

/** Nobody reads what moves faster than ten times a second. */
const PAUSE_MS = 100

/**
 * The page's own scheduler: all that moves moves together, ten times a second, so that the browser lays out and paints the
 * page no oftener. It draws just before the browser's next frame rather than in one: charts paint themselves in the frame
 * after they were given something, which is then the same as everything else's. A browser calls a hidden tab once a second.
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
