/** What is known of the database right now. */
export interface StoreWatch {
  /** null while it answers. */
  down(): { readonly since: Date; readonly reason: string } | null
  /**
   * Asks now, or waits for the answer that is on its way, so that whoever asks and the runs' logs are told the same.
   * @returns milliseconds until the answer. @throws what `ping` threw.
   */
  look(): Promise<number>
  dispose(): Promise<void>
}

export interface StoreWatchOptions {
  /** Milliseconds until the database's answer. Ends in any case; throws where there is none. */
  readonly ping: () => Promise<number>
  readonly everyMs: number
  readonly now: () => Date
  /** Called at each change, with the reason where it went away. */
  readonly onChange: (reason: string | null) => void
}

/** Asks the database at a steady pace whether it is there, so that its absence shows even while nothing is written. */
export function watchStore(options: StoreWatchOptions): StoreWatch {
  let down: { since: Date; reason: string } | null = null
  let looking: Promise<number> | null = null
  const found = (reason: string | null): void => {
    if ((reason === null) === (down === null)) return
    down = reason === null ? null : { since: options.now(), reason }
    options.onChange(reason)
  }
  const ask = async (): Promise<number> => {
    try {
      const latencyMs = await options.ping()
      found(null)
      return latencyMs
    } catch (error) {
      found(error instanceof Error ? error.message : String(error))
      throw error
    }
  }
  // One look at a time: a database that hangs must not pile them up.
  const look = (): Promise<number> => (looking ??= ask().finally(() => (looking = null)))
  const lookAside = (): Promise<unknown> => look().catch(() => undefined)
  const timer = setInterval(() => void lookAside(), options.everyMs)
  return {
    down: () => down,
    look,
    async dispose() {
      clearInterval(timer)
      if (looking !== null) await lookAside()
    },
  }
}
