import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { RunStore } from '../store/port.ts'

/** How long until a row is tried to be taken out again. */
const AGAIN_MS = 1_000

/** Takes runs out of the store whose start was refused, but that may have been entered all the same. */
export interface Discard {
  /** From now on, until it is certain that the run is not there. */
  begin(simulationId: string): void
  has(simulationId: string): boolean
  /** Whether a run is one of these; then it is gone when this resolves. Throws where the database cannot be reached. */
  finish(simulationId: string): Promise<boolean>
}

/**
 * Sees to it that what somebody was told is true: where the answer to a run's creation was lost, its start is refused, and a
 * row that nobody was given the id of must not stand there as STARTING, nor be found by its idempotency key.
 * @param closing whether the server is; whatever is left then is told as lost by the next one.
 */
export function createDiscard(runs: Pick<RunStore, 'delete'>, closing: () => boolean, log: Logger): Discard {
  const waiting = new Set<string>()
  const work = async (id: string): Promise<void> => {
    while (waiting.has(id) && !closing()) {
      try {
        await runs.delete(id)
        waiting.delete(id)
      } catch (error) {
        log.debug({ simulationId: id, err: error }, 'a run that was refused cannot be taken out yet')
        await delay(AGAIN_MS, undefined, { ref: false })
      }
    }
  }
  return {
    begin(id) {
      waiting.add(id)
      void work(id)
    },
    has: (id) => waiting.has(id),
    async finish(id) {
      if (!waiting.has(id)) return false
      await runs.delete(id)
      waiting.delete(id)
      return true
    },
  }
}
