import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { Cell } from './cell.ts'
import { frames, type FrameScheduler } from './frame.ts'

/** Anything that tells of its changes once a frame: a cell or a ring. */
export interface Watchable {
  readonly watch: (draw: () => void) => () => void
}

/**
 * Draws into the page by hand, past React: at once, then in each frame after a change of `source`. For what moves many
 * times a second; `draw` should write to refs only.
 */
export function useDraw(source: Watchable, draw: () => void, scheduler: FrameScheduler = frames): void {
  const newest = useRef(draw)
  useEffect(() => {
    newest.current = draw
    // What it draws from may have come with a new rendering.
    scheduler.request(run)
    function run() {
      newest.current()
    }
    return () => scheduler.cancel(run)
  })
  useEffect(() => source.watch(() => newest.current()), [source])
}

/** The value of a cell as React state: rendered at most once a frame. For what changes now and then. */
export function useCell<Value>(cell: Cell<Value>): Value {
  return useSyncExternalStore(cell.watch, cell.get)
}
