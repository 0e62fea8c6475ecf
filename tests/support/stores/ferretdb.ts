import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { MongoClient } from 'mongodb'
import { findProgram } from '../../lanes.mjs'
import { temporaryDirectory } from './postgres.ts'

/** A server that speaks the MongoDB protocol, with its data in a directory of its own. */
export interface TestMongo {
  /** `mongodb://…`, the same after it was away; with the user and the password where it wants them. */
  readonly url: string
  readonly pid: () => number | null
  /** Ends it; what it keeps stays. */
  stop(): Promise<void>
  /** Starts it again at the same address on the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  dispose(): Promise<void>
}

export interface TestMongoOptions {
  /** Who may come in; everybody where it is left out. */
  readonly login?: { readonly user: string; readonly password: string }
}

/** The lines of FerretDB's log that say where it listens. */
const LISTENING = /Listening on TCP 127\.0\.0\.1:(\d+)/

/** Launches FerretDB; resolves with it and its port once it listens. @throws Error with what it said where it ends before. */
async function launch(directory: string, port: number, { login }: TestMongoOptions) {
  const program = findProgram('ferretdb')
  if (program === null) throw new Error('there is no ferretdb: node tests/lanes/mongo/build-ferretdb.mjs makes it')
  const args = [
    '--handler=sqlite',
    `--sqlite-url=file:${join(directory, 'data')}/`,
    `--state-dir=${join(directory, 'state')}`,
    `--listen-addr=127.0.0.1:${port}`,
    '--debug-addr=-',
    '--telemetry=disable',
    '--log-level=INFO',
    ...(login === undefined
      ? []
      : [
          '--test-enable-new-auth',
          '--setup-database=admin',
          `--setup-username=${login.user}`,
          `--setup-password=${login.password}`,
        ]),
  ]
  const child: ChildProcess = spawn(program, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines: string[] = []
  const listening = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    void exited.then(() => reject(new Error(`ferretdb ended: ${lines.slice(-20).join('\n')}`)))
    if (child.stderr === null) return
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (lines.length < 200) lines.push(line)
      const found = LISTENING.exec(line)
      if (found !== null) resolve(Number(found[1]))
    })
  })
  return { child, exited, port: listening }
}

async function answersPing(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 })
  try {
    await client.db('admin').command({ ping: 1 })
  } finally {
    await client.close()
  }
}

/** Starts FerretDB on a free port of 127.0.0.1, on SQLite. About 0.3 s. */
export async function startTestMongo(options: TestMongoOptions = {}): Promise<TestMongo> {
  const directory = await temporaryDirectory()
  for (const name of ['data', 'state']) await mkdir(join(directory.path, name))
  let running: Awaited<ReturnType<typeof launch>> | null = await launch(directory.path, 0, options)
  const { port } = running
  const login = options.login === undefined ? '' : `${options.login.user}:${options.login.password}@`
  const url = `mongodb://${login}127.0.0.1:${port}/${login === '' ? '' : '?authSource=admin'}`
  const stop = async (): Promise<void> => {
    running?.child.kill('SIGTERM')
    await running?.exited
    running = null
  }
  await answersPing(url)
  return {
    url,
    pid: () => running?.child.pid ?? null,
    stop,
    async start() {
      running = await launch(directory.path, port, options)
      await answersPing(url)
    },
    async dispose() {
      await stop()
      await directory.remove()
    },
  }
}
