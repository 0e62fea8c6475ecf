import type { Buffer } from './buffer.ts'

/**
 * The same feed with a pause of `everyMs` milliseconds after what it had to give: what the buffer does with items meanwhile
 * (one of the newest replaces them, key by key) is its own affair. After a pause all that waits by then is given, and the
 * first item comes at once. Asked for one item at a time.
 */
export function paced<Item>(feed: Buffer<Item>, everyMs: number): AsyncIterableIterator<Item> {
  let due = -Infinity
  /** How many items may still be given before the next pause. */
  let open = 0
  let endPause: () => void = () => undefined
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      // Whoever waits only for this must not keep the process from ending.
      const timer = setTimeout(resolve, ms).unref()
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  return {
    async next() {
      if (open === 0) {
        const wait = due - performance.now()
        if (wait > 0) await pause(wait)
        open = Math.max(1, feed.size)
      }
      const result = await feed.next()
      open--
      due = performance.now() + everyMs
      return result
    },
    async return() {
      const result = await feed.return()
      endPause()
      return result
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
