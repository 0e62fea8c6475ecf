/** What another server last said of itself: something that is another thing each time it says it. */
export interface Sighting {
  readonly id: string
  readonly beat: string
}

/** Finds out, by this server's own clock, who has fallen silent; see {@link watchSilence}. */
export interface SilenceWatch {
  /** Takes what was just read, by a question that was asked at `askedAt`. @returns those who have been silent for long enough. */
  look(sightings: readonly Sighting[], askedAt: number): readonly Sighting[]
  /** Whether somebody has said something between two looks. */
  hasMoved(id: string): boolean
  /** This server itself could not look for a while: everybody's silence begins anew. */
  forget(): void
}

/**
 * Watches who says nothing any more. Only what this process itself has seen counts, by a clock that nobody sets: the times
 * that servers write are the database's wall clock, which is set now and then, by half a minute as well.
 * @param now milliseconds of a clock that only goes forward.
 */
export function watchSilence(afterMs: number, now: () => number): SilenceWatch {
  const seen = new Map<string, { beat: string; since: number; moved: boolean }>()
  return {
    look(sightings, askedAt) {
      const present = new Set(sightings.map(({ id }) => id))
      for (const id of seen.keys()) if (!present.has(id)) seen.delete(id)
      return sightings.filter(({ id, beat }) => {
        const known = seen.get(id)
        if (known?.beat === beat) return askedAt - known.since >= afterMs
        seen.set(id, { beat, since: now(), moved: known !== undefined })
        return false
      })
    },
    hasMoved: (id) => seen.get(id)?.moved ?? false,
    forget: () => seen.clear(),
  }
}
