/** What an announcer needs of time. */
export interface AnnouncerClock {
  /** Milliseconds. */
  now(): number
  /** Calls back once; the result takes it back. */
  after(milliseconds: number, call: () => void): () => void
}

/** How often at most a live region speaks: a screen reader that is given more says nothing whole. */
const PAUSE_MS = 1_000

/** Hands text to a live region at most once a second; of what comes faster, the newest is said. */
export interface Announcer {
  announce(text: string): void
  dispose(): void
}

/** @param say puts the text into the region */
export function createAnnouncer(clock: AnnouncerClock, say: (text: string) => void): Announcer {
  let next: string | null = null
  let spokeAt = -Infinity
  let cancel: (() => void) | null = null
  const speak = (): void => {
    cancel = null
    if (next === null) return
    spokeAt = clock.now()
    const text = next
    next = null
    say(text)
  }
  return {
    announce(text) {
      next = text
      if (cancel !== null) return
      const wait = spokeAt + PAUSE_MS - clock.now()
      if (wait <= 0) speak()
      else cancel = clock.after(wait, speak)
    },
    dispose() {
      cancel?.()
      cancel = null
      next = null
    },
  }
}
