import { frames, type Draw, type FrameScheduler } from './frame.ts'
import type { History } from './history.ts'

/** How the items of a register are told apart, and which of two of the same is newer. */
export interface Registered<Item> {
  /** Rises from one new item to the next. */
  readonly keyOf: (item: Item) => number
  readonly versionOf: (item: Item) => number
}

/** The share of all that is let go of at once when the bound is reached, so that this is rare. */
const CUT = 0.1

/**
 * A {@link History} of things that change: each is there once, as it is newest, in order of its key. What changes that is older
 * than all that are there is left out: whoever asks for older ones is given it as it is by then.
 * @param bound the most items that it keeps; of more, a tenth, the oldest, goes
 */
export function createRegister<Item>(
  bound: number,
  { keyOf, versionOf }: Registered<Item>,
  scheduler: FrameScheduler = frames,
): History<Item> {
  let items: Item[] = []
  let places = new Map<number, number>()
  let view: readonly Item[] | null = null
  let dropped = 0
  const watchers = new Set<Draw>()
  const changed = (): void => {
    view = null
    for (const draw of watchers) scheduler.request(draw)
  }
  const take = (all: Item[]): void => {
    items = all
    places = new Map(all.map((item, place) => [keyOf(item), place]))
  }
  return {
    size: () => items.length,
    at: (index) => items[index],
    append(item) {
      const key = keyOf(item)
      const place = places.get(key)
      const last = items.at(-1)
      if (place !== undefined) {
        if (versionOf(items[place]!) >= versionOf(item)) return
        items[place] = item
      } else if (last === undefined || key > keyOf(last)) {
        if (items.length >= bound) {
          const cut = Math.max(1, Math.floor(bound * CUT))
          dropped += cut
          take(items.slice(cut))
        }
        places.set(key, items.length)
        items.push(item)
      } else return
      changed()
    },
    prepend(older) {
      const room = bound - items.length
      const fresh = older.filter((item) => !places.has(keyOf(item)))
      take([...fresh.slice(Math.max(0, fresh.length - room)), ...items])
      changed()
    },
    hasRoom: () => dropped === 0 && items.length < bound,
    dropped: () => dropped,
    newestFirst() {
      view ??= items.toReversed()
      const all = view
      return { length: all.length, at: (index) => all[index] }
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
