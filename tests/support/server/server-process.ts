import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../../server/setup.mjs'
import { laySample } from '../market/tapes.ts'
import { layCluster } from '../stores/cluster.ts'

/** A server in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** What it logged so far, a line each. */
  readonly lines: readonly string[]
  /** Resolves when it has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** Servers that run; they do not outlive the tests, however these end. */
const launched = new Set<ChildProcess>()
const endLaunched = (): void => {
  for (const child of launched) child.kill('SIGTERM')
}
process.once('exit', endLaunched)
// A process that a signal ends, or whose runner is gone, has no 'exit'.
for (const sign of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.once(sign, () => process.exit(1))

/** Data directories in which the server makes its cluster itself. */
const empty = new Set<string>()

/**
 * A data directory of its own; under the system's temporary folder, which PostgreSQL's account may enter. `empty`: the
 * first start itself is looked at, so that nothing is put there for it.
 */
export function newDataDir(contents?: 'empty'): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'aw-trade-data-'))
  if (contents === 'empty') empty.add(path)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Lays what a server's first start would make: its cluster, where it would make one, and the sample tape. */
export function furnish(dataDir: string, env: Readonly<Record<string, string>> = {}): void {
  if (empty.has(dataDir) || !existsSync(dataDir)) return
  laySample(dataDir)
  const elsewhere = Object.keys(env).some((name) => /^(DATABASE_URL|POSTGRES_)/.test(name))
  if (!elsewhere && !existsSync(join(dataDir, 'postgres'))) layCluster(dataDir)
}

/** A server that may not get as far as being ready. */
export type LaunchedServer = Omit<ServerProcess, 'url'> & {
  /** Calls `listener` with each line from now on. */
  onLine(listener: (line: string) => void): void
}

/** Nothing listens on port 9: unless a test names a venue of its own, none is asked, and nothing leaves the machine. */
export const NO_VENUE = { COINBASE_WS_URL: 'ws://127.0.0.1:9', COINBASE_REST_URL: 'http://127.0.0.1:9' }

/**
 * Launches `server.js` of `dist` on a free port, without waiting for it.
 * @param wrap a command that becomes the one that is given to it as arguments.
 */
export function launchServer(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  dist = join(root, 'dist'),
  wrap: readonly string[] = [],
): LaunchedServer {
  furnish(dataDir, env)
  const [program = process.execPath, ...args] = [...wrap, process.execPath, join(dist, 'server.js')]
  const child: ChildProcess = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...NO_VENUE, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own, as a server has: Linux shares the processor between sessions, each engine and each PostgreSQL is
    // one, and servers in the session of their tests would together have as much as one engine.
    detached: true,
  })
  launched.add(child)
  child.once('close', () => launched.delete(child))
  const lines: string[] = []
  const listeners: ((line: string) => void)[] = []
  // Not 'exit': by 'close' its last words were read. An engine that outlives a killed server holds no pipe of it.
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await exited
  }
  return {
    pid: child.pid ?? 0,
    dataDir,
    lines,
    exited,
    onLine: (listener) => void listeners.push(listener),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/** Starts a server and waits until it serves. @throws Error with what it said, where it ends before it is ready. */
export async function startServer(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  dist?: string,
  wrap?: readonly string[],
): Promise<ServerProcess> {
  const server = launchServer(dataDir, env, dist, wrap)
  const url = await new Promise<string>((resolve, reject) => {
    server.onLine((line) => {
      const ready = /AW-Trade is ready: (http:\/\/[^/]+)\/graphql/.exec(line)
      if (ready?.[1] !== undefined) resolve(ready[1])
    })
    void server.exited.then(({ code }) =>
      reject(new Error(`the server ended with ${code}: ${server.lines.slice(-10).join('\n')}`)),
    )
  })
  return { ...server, url }
}
