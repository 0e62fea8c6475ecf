import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Redis } from 'ioredis'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedis } from '../../../engines/edge/redis/connection.ts'
import { findProgram } from '../../lanes.mjs'

/** A Redis of a test file's own, on a free port; it keeps its data over `stop` and `start`. */
export interface TestRedis {
  readonly url: string
  readonly port: number
  /** The same as it is reached at another of its addresses. */
  urlAt(address: string): string
  /** Ends it as an operator would: what it holds is written first. */
  stop(): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again, on the same port and data. */
  start(): Promise<void>
  /** The same with nothing of what it held, as one that keeps nothing on a disk. */
  startEmpty(): Promise<void>
  /** A connection of the test's own, ended with it. */
  client(): Promise<Redis>
  /** Breaks the connections whose name ends so; returns how many there were. */
  cut(name: string): Promise<number>
  /** Lets it hang, and go on. */
  freeze(): void
  thaw(): void
  dispose(): Promise<void>
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Resolves when a client is connected and Redis has loaded what it kept. */
async function ready(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', resolve))
}

/** Starts a `redis-server` with an append-only file. @param options.addresses where it listens; the loopback's unless named. */
export async function startTestRedis(options: { readonly addresses?: readonly string[] } = {}): Promise<TestRedis> {
  const program = findProgram('redis-server')
  if (program === null) throw new Error('there is no redis-server on this machine')
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | null = null
  let kept: Redis | null = null

  const client = async (): Promise<Redis> => {
    const redis = (kept ??= await createRedis({ url, name: 'test' }))
    // It may have been broken by what the test did a moment ago, which this end notices a moment later.
    const answers = await redis.ping().catch(() => null)
    if (answers === null) await ready(redis)
    return redis
  }
  const start = async (): Promise<void> => {
    const settings = [
      '--port',
      String(port),
      '--bind',
      ...(options.addresses ?? ['127.0.0.1']),
      '--dir',
      folder,
      '--protected-mode',
      'no',
    ]
    const keeping = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '']
    child = spawn(program, [...settings, ...keeping], { stdio: 'ignore' })
    const redis = await createRedis({ url, name: 'test' })
    await ready(redis)
    redis.disconnect()
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = null
    if (ending === null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    await exited
  }
  await start()
  return {
    url,
    port,
    urlAt: (address) => `redis://${address}:${port}`,
    start,
    async startEmpty() {
      rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true })
      await start()
    },
    client,
    async cut(name) {
      const redis = await client()
      const lines = ((await redis.call('CLIENT', 'LIST')) as string).split('\n')
      const ids = lines.flatMap((line) => {
        const [, id, named] = /^id=(\d+) .*? name=(\S*) /.exec(line) ?? []
        return id !== undefined && named?.endsWith(name) ? [id] : []
      })
      for (const id of ids) await redis.call('CLIENT', 'KILL', 'ID', id)
      return ids.length
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async dispose() {
      kept?.disconnect()
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
