import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Processes that run one bundled file, as the engines do, each in its own role. */
export interface BundledFile {
  /** Starts it with one argument. */
  start(role: string): Worker
  /** Ends what still runs and removes the bundle. */
  dispose(): Promise<void>
}

/** A process that was started, and what it says. */
export interface Worker {
  readonly child: ChildProcess
  /** The next thing it says that has not been taken yet. @throws Error where it exits first. */
  next(): Promise<unknown>
}

/** Bundles a file that stands beside this one. */
export async function bundle(file: string): Promise<BundledFile> {
  const folder = await mkdtemp(join(tmpdir(), 'aw-trade-bench-'))
  const outfile = join(folder, `${basename(file, '.ts')}.mjs`)
  const entry = fileURLToPath(new URL(file, import.meta.url))
  const banner = {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  }
  const form = { bundle: true, platform: 'node', format: 'esm', target: 'node20' } as const
  await build({ ...form, entryPoints: [entry], outfile, banner, external: ['bufferutil', 'utf-8-validate'] })
  const children: ChildProcess[] = []
  return {
    start: (role) => {
      const child = fork(outfile, [role], { execArgv: [] })
      children.push(child)
      return { child, next: listenTo(child) }
    },
    dispose: async () => {
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill()
      await Promise.all(children.map((child) => (child.exitCode ?? child.signalCode) === null && once(child, 'exit')))
      await rm(folder, { recursive: true })
    },
  }
}

function listenTo(child: ChildProcess): () => Promise<unknown> {
  const said: unknown[] = []
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  child.on('message', (message) => {
    const first = waiting.shift()
    if (first === undefined) said.push(message)
    else first.resolve(message)
  })
  child.on('exit', (code) => waiting.splice(0).forEach((one) => one.reject(new Error(`a worker exited with ${code}`))))
  return () => {
    if (said.length > 0) return Promise.resolve(said.shift())
    if (child.exitCode !== null) return Promise.reject(new Error(`a worker exited with ${child.exitCode}`))
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }
}
