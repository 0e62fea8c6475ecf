import { startTransition, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Cell } from './cell.ts'
import { frames, type Draw } from './frame.ts'

/** Anything that tells of its changes once a frame: a cell or a ring. */
export interface Watchable {
  readonly watch: (draw: Draw) => () => void
}

/** Tells of the changes of several; what draws from all of them still draws once a frame. */
export function together(...sources: readonly Watchable[]): Watchable {
  return {
    watch(draw) {
      const stops = sources.map((source) => source.watch(draw))
      return () => stops.forEach((stop) => stop())
    },
  }
}

/**
 * Draws into the page by hand, past React: in one of the page's next frames, then in one after each change of `source`. For
 * what moves many times a second; `draw` should write to refs only.
 * @param turn by which it is drawn in frames of its own: see {@link Draw}; it must stay the same
 */
export function useDraw(source: Watchable, draw: () => void, turn?: string): void {
  const newest = useRef(draw)
  const [run] = useState<Draw>(() => {
    const drawNewest: { (): void; turn?: string } = () => newest.current()
    if (turn !== undefined) drawNewest.turn = turn
    return drawNewest
  })
  useEffect(() => {
    newest.current = draw
    // What it draws from may have come with a new rendering.
    frames.request(run)
  })
  useEffect(() => {
    const stop = source.watch(run)
    return () => {
      stop()
      frames.cancel(run)
    }
  }, [source, run])
}

/** The value of a cell as React state: rendered at most once a frame. For what changes now and then. */
export function useCell<Value>(cell: Cell<Value>): Value {
  return useSyncExternalStore(cell.watch, cell.get)
}

/** How long what is shown paced stays, unless told otherwise. */
const PACE_MS = 500

/**
 * A reading of something that changes fast, as React state that is renewed at most every `pace` milliseconds: for tables
 * and sentences, which nobody reads faster.
 * @param read must stay the same function while it reads the same
 */
export function usePaced<Reading>(source: Watchable, read: () => Reading, pace = PACE_MS): Reading {
  const [{ by, reading }, setReading] = useState(() => ({ by: read, reading: read() }))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const renew = (): void => {
      timer = null
      // In pieces, between which the browser may do what cannot wait.
      startTransition(() => setReading({ by: read, reading: read() }))
    }
    // With all else that moves, so that the browser does not make a frame of its own for it.
    const join = (): void => frames.request(renew)
    const stop = source.watch(() => {
      timer ??= setTimeout(join, pace)
    })
    // What came between drawing and now.
    timer = setTimeout(renew, 0)
    return () => {
      stop()
      if (timer !== null) clearTimeout(timer)
      frames.cancel(renew)
    }
  }, [source, read, pace])
  return by === read ? reading : read()
}
