/** The browser's clock of frames. */
export interface FrameClock {
  request(draw: () => void): number
  cancel(handle: number): void
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
  let handle: number | null = null
  const frame = (): void => {
    handle = null
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
      handle ??= clock.request(frame)
    },
    cancel(draw) {
      waiting.delete(draw)
    },
    dispose() {
      waiting.clear()
      if (handle !== null) clock.cancel(handle)
      handle = null
    },
  }
}

/** What a calm scheduler needs of time. */
export interface CalmClock {
  /** Milliseconds. */
  now(): number
  /** Calls back once; the result takes it back. */
  after(milliseconds: number, call: () => void): () => void
}

/**
 * Draws in frames too, and not before so many milliseconds have passed since it last did: all that moves moves together, no
 * faster than it is read, and the browser lays out and paints the page no oftener than that.
 */
export function createCalmScheduler(frame: FrameScheduler, clock: CalmClock, pause: number): FrameScheduler {
  let waiting = new Set<() => void>()
  let last = -Infinity
  let disarm: (() => void) | null = null
  const pass = (): void => {
    disarm = null
    last = clock.now()
    const now = waiting
    waiting = new Set()
    for (const draw of now) frame.request(draw)
  }
  return {
    request(draw) {
      waiting.add(draw)
      disarm ??= clock.after(Math.max(0, last + pause - clock.now()), pass)
    },
    cancel(draw) {
      waiting.delete(draw)
      frame.cancel(draw)
    },
    dispose() {
      waiting.clear()
      disarm?.()
      disarm = null
    },
  }
}

const CALM_MS = 100

/**
 * The page's own scheduler: ten frames a second. In a hidden tab the browser gives no frames: nothing is drawn, and what
 * waits is bounded.
 */
export const frames: FrameScheduler = createCalmScheduler(
  createFrameScheduler({
    request: (draw) => requestAnimationFrame(draw),
    cancel: (handle) => cancelAnimationFrame(handle),
  }),
  {
    now: () => performance.now(),
    after(milliseconds, call) {
      const timer = setTimeout(call, milliseconds)
      return () => clearTimeout(timer)
    },
  },
  CALM_MS,
)
