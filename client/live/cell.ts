import { frames, type Draw, type FrameScheduler } from './frame.ts'

/** A place for the newest value of something that changes fast. Newest wins; what was there before is gone. */
export interface Cell<Value> {
  readonly get: () => Value
  readonly set: (value: Value) => void
  /** Calls `draw` in one of the next frames after a change, at most once a frame; the result takes it back. */
  readonly watch: (draw: Draw) => () => void
}

/** Makes a cell that holds `initial`. */
export function createCell<Value>(initial: Value, scheduler: FrameScheduler = frames): Cell<Value> {
  let value = initial
  const watchers = new Set<Draw>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const draw of watchers) scheduler.request(draw)
    },
    watch(draw) {
      watchers.add(draw)
      return () => {
        watchers.delete(draw)
        scheduler.cancel(draw)
      }
    },
  }
}
