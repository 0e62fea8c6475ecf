import type { Redis } from 'ioredis'
import { closeRedis, createRedis, describeRedis } from '../../engines/edge/redis/connection.ts'

/** How often Redis is asked whether it is there. */
const LOOK_MS = 1_000

/** The connections of a server to Redis, and how they are. */
export interface RedisBus {
  readonly commands: Redis
  /** For blocking reads. */
  readonly reader: Redis
  /** For channels. */
  readonly subscriber: Redis
  /** null while it answers. */
  down(): { readonly since: Date; readonly reason: string } | null
  /** Milliseconds of a round trip. @throws where there is none. */
  ping(): Promise<number>
  dispose(): Promise<void>
}

export interface RedisBusOptions {
  readonly url: string
  readonly serverId: string
  readonly now: () => Date
  /** Called at each change, with the reason where Redis went away. */
  readonly onChange: (reason: string | null) => void
}

/** Opens the connections, which mend themselves; Redis need not be there yet. */
export async function openRedisBus(options: RedisBusOptions): Promise<RedisBus> {
  const name = (part: string): string => `aw-server-${options.serverId}-${part}`
  let down: { since: Date; reason: string } | null = null
  const change = (reason: string | null): void => {
    if ((reason === null) === (down === null)) return
    down = reason === null ? null : { since: options.now(), reason: `${describeRedis(options.url)}: ${reason}` }
    options.onChange(down?.reason ?? null)
  }
  const commands = await createRedis({ url: options.url, name: name('commands'), onState: change })
  const reader = await createRedis({ url: options.url, name: name('reader'), blocking: true })
  const subscriber = await createRedis({ url: options.url, name: name('subscriber'), blocking: true })
  const all = [commands, reader, subscriber]
  const ping = async (): Promise<number> => {
    const start = performance.now()
    await commands.ping()
    return performance.now() - start
  }
  let looking: Promise<void> | null = null
  const look = async (): Promise<void> => {
    if (commands.status !== 'ready') return
    try {
      await ping()
      change(null)
    } catch (error) {
      change(error instanceof Error ? error.message : String(error))
      // It holds connections and does not answer: those that wait in blocking commands would wait for ever.
      for (const redis of all) if (redis.status === 'ready') redis.disconnect(true)
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = null))
  }, LOOK_MS)
  return {
    commands,
    reader,
    subscriber,
    down: () => down,
    ping,
    async dispose() {
      clearInterval(timer)
      for (const redis of all) closeRedis(redis)
      await looking
    },
  }
}
