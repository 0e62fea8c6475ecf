/**
 * The same feed, given no faster than one item in `everyMs` milliseconds: what the feed does with items meanwhile (a buffer
 * of the newest replaces them) is its own affair. The first item comes at once. Asked for one item at a time.
 */
export function paced<Item>(feed: AsyncIterableIterator<Item>, everyMs: number): AsyncIterableIterator<Item> {
  let due = -Infinity
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
      const wait = due - performance.now()
      if (wait > 0) await pause(wait)
      const result = await feed.next()
      due = performance.now() + everyMs
      return result
    },
    async return() {
      const result = await feed.return?.()
      endPause()
      return result ?? { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
