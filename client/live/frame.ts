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

/** The page's own scheduler. In a hidden tab the browser gives no frames: nothing is drawn, and what waits is bounded. */
export const frames: FrameScheduler = createFrameScheduler({
  request: (draw) => requestAnimationFrame(draw),
  cancel: (handle) => cancelAnimationFrame(handle),
})
