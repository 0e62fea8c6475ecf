import { frames, type Draw, type FrameScheduler } from './frame.ts'

/** Rows that can be read by their place; an array is one. */
export interface Rows<Item> {
  readonly length: number
  readonly at: (index: number) => Item | undefined
}

/** A long list of events that grows at both ends: new ones come, and older ones are asked for. */
export interface History<Item> {
  readonly size: () => number
  /** From 0, the oldest that is kept. */
  readonly at: (index: number) => Item | undefined
  /** Takes a new one in, at the new end. */
  readonly append: (item: Item) => void
  /** Puts older ones, in order, before the oldest; those for which there is no room are left out. */
  readonly prepend: (items: readonly Item[]) => void
  /** Whether there is room for older ones. */
  readonly hasRoom: () => boolean
  /** How many were let go of, because newer ones came. */
  readonly dropped: () => number
  /** What is there now, newest first; it stays what it is whatever comes later, and costs nothing to make. */
  readonly newestFirst: () => Rows<Item>
  /** Calls `draw` in one of the next frames after a change, at most once a frame; the result takes it back. */
  readonly watch: (draw: Draw) => () => void
}

/** The share of all that is let go of at once when the bound is reached, so that this is rare. */
const CUT = 0.1

/** Makes an empty history. @param bound the most items that it keeps; of more, a tenth, the oldest, goes */
export function createHistory<Item>(bound: number, scheduler: FrameScheduler = frames): History<Item> {
  // Never changed but at its end: a view that knows where it ended stays right. All else makes a new array.
  let items: Item[] = []
  let dropped = 0
  const watchers = new Set<Draw>()
  const changed = (): void => {
    for (const draw of watchers) scheduler.request(draw)
  }
  return {
    size: () => items.length,
    at: (index) => items[index],
    append(item) {
      if (items.length >= bound) {
        const cut = Math.max(1, Math.floor(bound * CUT))
        dropped += cut
        items = items.slice(cut)
      }
      items.push(item)
      changed()
    },
    prepend(older) {
      const room = bound - items.length
      items = [...older.slice(Math.max(0, older.length - room)), ...items]
      changed()
    },
    hasRoom: () => dropped === 0 && items.length < bound,
    dropped: () => dropped,
    newestFirst() {
      const [all, length] = [items, items.length]
      return { length, at: (index) => (index < 0 || index >= length ? undefined : all[length - 1 - index]) }
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
