/** What can be run by itself. */
export interface Job {
  readonly name: string
  /** What it needs all of: two jobs that use the same never run at once. */
  readonly uses: string
  /** How long it may take; what may take longest begins first. */
  readonly budget: number
}

/**
 * Runs jobs beside each other: at most so many at once, never two that use the same, each whatever became of the others.
 * First comes what the most is left to do of, since what uses the same can only be done in turn; of that, the longest.
 * @param run Must not reject.
 * @returns what they came to, in the order of the jobs
 */
export async function runBeside<Each extends Job, Result>(
  jobs: readonly Each[],
  atOnce: number,
  run: (job: Each) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = [...jobs].sort((one, other) => other.budget - one.budget)
  const used = new Set<string>()
  const results = new Map<Each, Result>()
  const work = async (job: Each): Promise<void> => {
    used.add(job.uses)
    results.set(job, await run(job))
    used.delete(job.uses)
    await begin()
  }
  const leftOf = ({ uses }: Each): number => waiting.reduce((sum, job) => sum + (job.uses === uses ? job.budget : 0), 0)
  const begin = async (): Promise<void> => {
    const started: Promise<void>[] = []
    while (used.size < atOnce) {
      const [next] = waiting.filter((job) => !used.has(job.uses)).sort((one, other) => leftOf(other) - leftOf(one))
      if (next === undefined) break
      waiting.splice(waiting.indexOf(next), 1)
      started.push(work(next))
    }
    await Promise.all(started)
  }
  await begin()
  return jobs.map((job) => results.get(job)!)
}
