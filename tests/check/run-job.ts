import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../server/setup.mjs'
import type { CheckJob } from './jobs.ts'
import { countsOf, failuresOf, type Outcome } from './report.ts'

/** What runs now, to be ended where the check is. */
const running = new Set<number>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const pid of running) {
      try {
        process.kill(-pid, signal)
      } catch (error) {
        // It ended by itself just now; the others are still to be told.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    process.exit(1)
  })
}

/** Runs a program, whose words go into a file. @returns its exit code; null where a signal ended it. */
function runStep([command = '', ...args]: readonly string[], out: WriteStream): Promise<number | null> {
  return new Promise((resolve) => {
    // A session of its own: Linux shares the processor between sessions, and one job is not to starve another.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const { pid } = child
    if (pid !== undefined) {
      running.add(pid)
      child.once('close', () => running.delete(pid))
    }
    for (const stream of [child.stdout, child.stderr]) stream.pipe(out, { end: false })
    // Not there, or not to be run: a step that failed, with its reason, and no end of the check.
    child.once('error', (error) => {
      out.write(`${error.message}\n`)
      resolve(null)
    })
    child.once('close', resolve)
  })
}

/** Runs a job, and says what became of it once it has ended. All it said is in `<folder>/<name>.log`. */
export async function runJob({ name, budget, steps, tests, wrap }: CheckJob, folder: string): Promise<Outcome> {
  const startedAt = performance.now()
  const results = join(folder, `${name}.json`)
  const out = createWriteStream(join(folder, `${name}.log`))
  const reporters = tests ? ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`] : []
  let ok = true
  // Also after one that failed: every fault at once.
  for (const args of steps) ok = (await runStep([...wrap, process.execPath, ...args, ...reporters], out)) === 0 && ok
  await new Promise<void>((resolve) => out.end(resolve))
  const report = tests && existsSync(results) ? readFileSync(results, 'utf8') : ''
  const counts = countsOf(report)
  const failures = counts === null ? [] : failuresOf(report)
  // Tests that cannot be counted, or none at all, have not shown anything.
  const shown = !tests || (counts !== null && counts.passed > 0)
  return { name, budget, seconds: (performance.now() - startedAt) / 1_000, ok: ok && shown, tests: counts, failures }
}
