import type { EngineHandle } from '../../launcher/port.ts'
import { DRAIN_MOST_MS, DRAIN_STILL_MS } from '../bounds.ts'
import type { Intake } from '../events/intake.ts'
import type { Results } from '../results/results.ts'

/**
 * Looks on while a chain finishes what is on its way, and gives it up once it stands still for {@link DRAIN_STILL_MS}, or after
 * {@link DRAIN_MOST_MS} in all. Engines that yield to all else on a busy machine are slow, which is no reason to cut them short.
 * @param place where the chain is, as text that is another one whenever it has moved
 * @returns what ends the looking on
 */
export function watchDrain(place: () => string, giveUp: () => void): () => void {
  let [before, waited] = [place(), 0]
  const timer = setInterval(() => {
    const now = place()
    waited += DRAIN_STILL_MS
    if (now !== before && waited < DRAIN_MOST_MS) {
      before = now
      return
    }
    clearInterval(timer)
    giveUp()
  }, DRAIN_STILL_MS)
  return () => clearInterval(timer)
}

/** Where a chain is: how far its engines say that they have come, whether the first has ended, and what is stored of it. */
export function placeOf(
  engines: readonly [first: EngineHandle, ...more: EngineHandle[]],
  results: Pick<Results, 'reached'>,
  intake: Pick<Intake, 'newestStored'>,
): string {
  const reached = engines.map(({ role }) => results.reached(role)?.count)
  return [...reached, engines[0].entry().state, intake.newestStored].join()
}
