import { frames, type Draw, type FrameScheduler } from './frame.ts'

/** The newest so many items of a feed, in their order. */
export interface Ring<Item> {
  readonly size: () => number
  /** How many were pushed so far, those that are gone included; it changes whenever the content does. */
  readonly total: () => number
  /** From 0, the oldest that is kept; undefined beyond the newest. */
  readonly at: (index: number) => Item | undefined
  readonly push: (item: Item) => void
  /** A copy, oldest first. */
  readonly toArray: () => Item[]
  readonly clear: () => void
  /** Calls `draw` in one of the next frames after a change, at most once a frame; the result takes it back. */
  readonly watch: (draw: Draw) => () => void
}

/**
 * Makes a ring.
 * @param bound how many items it keeps; each one more lets go of the oldest
 */
export function createRing<Item>(bound: number, scheduler: FrameScheduler = frames): Ring<Item> {
  let items: Item[] = []
  /** Where the oldest is, once the ring is full. */
  let start = 0
  let total = 0
  const watchers = new Set<Draw>()
  const changed = (): void => {
    for (const draw of watchers) scheduler.request(draw)
  }
  const at = (index: number): Item | undefined =>
    index < 0 || index >= items.length ? undefined : items[(start + index) % items.length]
  return {
    size: () => items.length,
    total: () => total,
    at,
    push(item) {
      if (items.length < bound) items.push(item)
      else {
        items[start] = item
        start = (start + 1) % bound
      }
      total++
      changed()
    },
    toArray: () => items.map((_item, index) => at(index) as Item),
    clear() {
      items = []
      start = 0
      total++
      changed()
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
