import { spawn } from 'node:child_process'
import { platform } from 'node:os'
import type { Account } from './cluster.ts'

/** How long a PostgreSQL may take to stop before it is ended as by a crash. */
export const STOP_SECONDS = 10

/**
 * Is told a process id, then waits: for a line, which says that the process has ended, or for the end of its input, which
 * says that whoever held the other end has. The signals of a terminal, or of a supervisor that tells everybody, are not
 * for it.
 */
const SCRIPT = `trap '' HUP INT QUIT TERM
read pid || exit 0
read word && exit 0
kill -INT "$pid" || exit 0
waited=0
while [ $waited -lt ${STOP_SECONDS * 10} ] && kill -0 "$pid"; do sleep 0.1 || sleep 1; waited=$((waited + 1)); done
kill -QUIT "$pid"`

/** Ends a process once this one is gone, however that was. */
export interface Guard {
  /** Which process it is; to be told in the turn in which that begins. */
  watch(pid: number): void
  /** The process has ended: resolves when the guard has, too. */
  dispose(): Promise<void>
}

/** Where there is no shell. */
const NO_GUARD: Guard = { watch: () => undefined, dispose: () => Promise.resolve() }

/**
 * Starts a guard for a process that is not there yet, so that at no moment it runs without one. A shell in a session of its
 * own that waits: it takes no processor time and half a megabyte, and no signal reaches it that ends this server.
 * @param account whose the process will be.
 */
export function startGuard(account: Account, warn: (message: string) => void): Guard {
  if (platform() === 'win32') return NO_GUARD
  const child = spawn('/bin/sh', ['-c', SCRIPT], {
    ...account,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      warn(`Nothing will stop Postgres where this server is killed: ${error.message}`)
      resolve()
    })
  })
  // Somebody may have ended it; then there is nobody to tell.
  child.stdin.on('error', () => undefined)
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    dispose() {
      child.stdin.end('ended\n')
      return ended
    },
  }
}
