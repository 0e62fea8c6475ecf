import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { postgresEnvironment, type Account } from './cluster.ts'
import { startGuard, STOP_SECONDS } from './guard.ts'
import { freeCluster } from './lock-file.ts'

/** How long a PostgreSQL that starts may say nothing; while it recovers after a power cut it tells every ten seconds. */
const SILENT_MS = 30_000
/** How long a new one waits for what is left of the one before it: its processes let go of its memory one by one. */
const DYING_MS = 10_000
const LOOK_EVERY_MS = 100
/** How it says that some of the one before is still there. */
const STILL_THERE = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/

export interface PostmasterOptions {
  readonly binary: string
  readonly cluster: string
  readonly account: Account
  /** Arguments besides the cluster. */
  readonly args: readonly string[]
  readonly log: (level: 'debug' | 'warn' | 'error', message: string) => void
  readonly stop?: AbortSignal | undefined
}

/** A PostgreSQL that takes connections. */
export interface Postmaster {
  readonly pid: number
  /** Resolves when it has ended, with how. */
  readonly exited: Promise<string>
  /** Stops it: clients are sent away, what they had committed is on disk. */
  stop(): Promise<void>
}

/** How one ended that did not come up. */
class StartError extends Error {
  override readonly name = 'StartError'
}

function stopChild(child: ChildProcess, exited: Promise<string>): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return exited
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_SECONDS * 1_000)
  child.kill('SIGINT')
  return exited.finally(() => clearTimeout(timer))
}

/** One attempt. Whatever comes of it, a process that it started is guarded, or gone. */
async function launch({ binary, cluster, account, args, log, stop }: PostmasterOptions): Promise<Postmaster> {
  const guard = startGuard(account, (message) => log('warn', message))
  // Detached: Ctrl-C in a terminal goes to the whole group, and Postgres must outlive the server's last writes.
  const child = spawn(binary, ['-D', cluster, ...args], {
    ...account,
    cwd: cluster,
    env: postgresEnvironment(process.env),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (child.pid !== undefined) guard.watch(child.pid)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const gone = exited.then((how) => guard.dispose().then(() => how))
  let said = ''
  let late = false
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGQUIT')
    }, SILENT_MS)
    const end = (): void => void stopChild(child, exited)
    stop?.addEventListener('abort', end)
    const over = (): void => {
      clearTimeout(timer)
      stop?.removeEventListener('abort', end)
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
      log('debug', text.trimEnd())
      timer.refresh()
      if (!said.includes('ready to accept connections')) return
      over()
      resolve()
    })
    void gone.then((how) => {
      over()
      const what = late ? `said nothing for ${SILENT_MS / 1000} s as it started` : `ended as it started (${how})`
      reject(new StartError(`Postgres ${what}. It said: ${said.trim()}`))
    })
    if (stop?.aborted === true) end()
  })
  return {
    pid: child.pid ?? 0,
    exited,
    async stop() {
      await stopChild(child, exited)
      await gone
    },
  }
}

/**
 * Starts PostgreSQL on a cluster; resolves once it takes connections.
 * @throws Error, for a person, where it does not come up; the signal's reason where that says to stop.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { stop } = options
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    stop?.throwIfAborted()
    await freeCluster(options.cluster)
    try {
      return await launch(options)
    } catch (error) {
      stop?.throwIfAborted()
      if (!(error instanceof StartError && STILL_THERE.test(error.message)) || waited >= DYING_MS) throw error
      options.log('debug', 'what is left of an earlier Postgres is still ending')
    }
    await delay(LOOK_EVERY_MS)
  }
}
