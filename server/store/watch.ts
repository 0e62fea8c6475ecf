/** What is known of the database right now. */
export interface StoreWatch {
  /** null while it answers. */
  down(): { readonly since: Date; readonly reason: string } | null
  dispose(): Promise<void>
}

export interface StoreWatchOptions {
  /** Throws where the database does not answer. */
  readonly ping: () => Promise<unknown>
  readonly everyMs: number
  readonly now: () => Date
  /** Called at each change, with the reason where it went away. */
  readonly onChange: (reason: string | null) => void
}

/** Asks the database at a steady pace whether it is there, so that its absence shows even while nothing is written. */
export function watchStore(options: StoreWatchOptions): StoreWatch {
  let down: { since: Date; reason: string } | null = null
  let looking: Promise<void> | null = null
  const look = async (): Promise<void> => {
    const reason = await options.ping().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if ((reason === null) === (down === null)) return
    down = reason === null ? null : { since: options.now(), reason }
    options.onChange(reason)
  }
  const timer = setInterval(() => {
    // One look at a time: a database that hangs must not pile them up.
    looking ??= look().finally(() => (looking = null))
  }, options.everyMs)
  return {
    down: () => down,
    async dispose() {
      clearInterval(timer)
      await looking
    },
  }
}
