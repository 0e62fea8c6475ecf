import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../server/setup.mjs'

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

/** A data directory of its own; under the system's temporary folder, which PostgreSQL's account may enter. */
export function newDataDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'aw-trade-data-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts `dist/server.js` on a free port. @throws Error with what it said, where it ends before it is ready. */
export async function startServer(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/server.js')], {
    cwd: root,
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (line: string): void => {
      lines.push(line)
      const ready = /AW-Trade is ready: (http:\/\/[^/]+)\/graphql/.exec(line)
      if (ready?.[1] !== undefined) resolve(ready[1])
    }
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', hear)
    }
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${lines.slice(-10).join('\n')}`)))
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await exited
  }
  return {
    url,
    pid: child.pid ?? 0,
    dataDir,
    lines,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
