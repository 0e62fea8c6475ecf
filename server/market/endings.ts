/**
 * Who is to be told that something has ended. A promise keeps whoever waits for it until it is settled; of a run that goes on for days
 * that would be everybody who ever looked at it.
 */
export class Endings {
  private readonly listeners = new WeakMap<Promise<unknown>, Set<() => void>>()

  /** @returns what stops listening. */
  listen(gone: Promise<unknown>, heard: () => void): () => void {
    let all = this.listeners.get(gone)
    if (all === undefined) {
      const fresh = new Set<() => void>()
      all = fresh
      this.listeners.set(gone, fresh)
      const tell = (): void => {
        for (const listener of fresh) listener()
        fresh.clear()
      }
      gone.then(tell, tell)
    }
    const known = all
    // Its own, so that one who listens twice is told twice.
    const listener = (): void => heard()
    known.add(listener)
    return () => known.delete(listener)
  }
}
