import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPostmaster } from './postmaster.ts'

/** What the one before is told by, in the words of PostgreSQL. */
const LOCKED = 'FATAL:  lock file "postmaster.pid" already exists'
const SHARED = 'FATAL:  pre-existing shared memory block (key 5432001, ID 1) is still in use'

let cluster: string
beforeEach(() => {
  cluster = mkdtempSync(join(tmpdir(), 'aw-trade-postmaster-'))
})
afterEach(() => rmSync(cluster, { recursive: true, force: true }))

/** A program in the place of PostgreSQL, which fails with `words` so many times before it comes up. */
function program(words: string, times: number): { binary: string; attempts: () => number } {
  const [binary, count] = [join(cluster, 'postgres.sh'), join(cluster, 'attempts')]
  writeFileSync(count, '')
  writeFileSync(
    binary,
    `#!/bin/sh
printf x >> '${count}'
if [ "$(wc -c < '${count}')" -le ${times} ]; then echo '${words}' >&2; exit 1; fi
trap 'exit 0' INT
echo 'LOG:  database system is ready to accept connections' >&2
while :; do sleep 0.02; done`,
  )
  chmodSync(binary, 0o755)
  return { binary, attempts: () => readFileSync(count, 'utf8').length }
}

const start = (binary: string, stop?: AbortSignal) =>
  startPostmaster({ binary, cluster, account: {}, args: [], log: () => undefined, stop })

describe('a PostgreSQL whose predecessor is not wholly gone', () => {
  it.each([LOCKED, SHARED])('is started again until it is: %s', async (words) => {
    const { binary, attempts } = program(words, 3)
    const postmaster = await start(binary)
    expect(attempts()).toBe(4)
    await postmaster.stop()
    expect(await postmaster.exited).toBe('exit code 0')
  })

  it('is waited for no longer once it is told to stop', async () => {
    const { binary, attempts } = program(LOCKED, 1_000)
    const stop = new AbortController()
    const started = start(binary, stop.signal)
    await expect.poll(attempts).toBeGreaterThan(1)
    stop.abort(new Error('stopped meanwhile'))
    await expect(started).rejects.toThrow('stopped meanwhile')
  })

  it('that fails for another reason is not started again', async () => {
    const { binary, attempts } = program('FATAL:  could not open file "global/pg_control"', 1_000)
    await expect(start(binary)).rejects.toThrow(
      /Postgres ended as it started \(exit code 1\)\. It said: FATAL: .*pg_control/,
    )
    expect(attempts()).toBe(1)
  })
})
