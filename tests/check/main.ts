/** Style, types and every test, some beside each other; `LANES` names the lanes. All they say is kept in `dist/check`. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../server/setup.mjs'
import { makeModel } from '../support/stores/cluster.ts'
import { jobsOf } from './jobs.ts'
import { describeOutcomes } from './report.ts'
import { runJob } from './run-job.ts'
import { runBeside } from './schedule.ts'

/** How many jobs run at once on two cores: one that computes, and beside it one that waits for servers, stores or containers. */
const AT_ONCE = 2

const startedAt = performance.now()
// Once, and not by each job at the same time.
await makeModel()
const folder = join(root, 'dist/check')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const outcomes = await runBeside(jobsOf((process.env['LANES'] ?? '').split(',')), AT_ONCE, async (job) => {
  const outcome = await runJob(job, folder)
  console.log(`\n${'─'.repeat(20)} ${job.name}\n${readFileSync(join(folder, `${job.name}.log`), 'utf8')}`)
  return outcome
})
console.log(describeOutcomes(outcomes, (performance.now() - startedAt) / 1_000))
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
