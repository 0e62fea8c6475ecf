/** Waits before the second and each further try; each is cut to between a half and the whole of it, by chance. */
const DELAYS_MS = [100, 400]
/** After so long no further try is begun: whoever asked has waited long enough to be told. */
const LAST_START_MS = 3_000

/** What a test puts in the place of time and chance. */
export interface RetryTimes {
  readonly now: () => number
  readonly random: () => number
  readonly wait: (milliseconds: number) => Promise<void>
}

const REAL_TIMES: RetryTimes = {
  now: () => performance.now(),
  random: Math.random,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/**
 * Does `work` again while it fails in a way that passes: at most three tries, over half a second where each fails at
 * once. Only for work that may be done twice, or for errors that say that nothing was done.
 * @throws what the last try threw.
 */
export async function retried<Result>(
  passes: (error: unknown) => boolean,
  work: () => Promise<Result>,
  times: RetryTimes = REAL_TIMES,
): Promise<Result> {
  const start = times.now()
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const delay = DELAYS_MS[attempt]
      if (delay === undefined || !passes(error) || times.now() - start > LAST_START_MS) throw error
      await times.wait(delay * (0.5 + times.random() / 2))
    }
  }
}
