/** What a browser keeps for this page: `local` for all its tabs and for long, `session` for one tab while it is open. */
export type Shelf = 'local' | 'session'

/** For a browser that keeps nothing (its user has forbidden it, or there is no room): then until the page is left. */
const instead = new Map<string, string>()

/** What was kept under a key; null: nothing. */
export function readKept(shelf: Shelf, key: string): string | null {
  const own = instead.get(`${shelf} ${key}`)
  if (own !== undefined) return own
  try {
    return window[`${shelf}Storage`].getItem(key)
  } catch {
    return null
  }
}

/** Keeps a text under a key. */
export function keep(shelf: Shelf, key: string, text: string): void {
  try {
    window[`${shelf}Storage`].setItem(key, text)
    instead.delete(`${shelf} ${key}`)
  } catch {
    instead.set(`${shelf} ${key}`, text)
  }
}
