import type { Redis } from 'ioredis'
import { closeRedis, createRedis, describeRedis, isReply, redisKeys } from '../../engines/edge/redis/connection.ts'
import { describeRefusal } from '../../engines/edge/redis/refusal.ts'

/** How often Redis is asked whether it is there. */
const LOOK_MS = 1_000

/** How long what is written to see whether it can be stays: nobody reads it. */
const PROBE_MS = 10_000

/** What is wrong with Redis. */
export interface BusTrouble {
  /** Whether it cannot be reached, or only takes no writes. */
  readonly kind: 'down' | 'refusing'
  readonly since: Date
  /** For a person. */
  readonly reason: string
}

/** The connections of a server to Redis, and how they are. */
export interface RedisBus {
  readonly commands: Redis
  /** For blocking reads. */
  readonly reader: Redis
  /** For channels. */
  readonly subscriber: Redis
  /** null while it answers and takes writes. */
  trouble(): BusTrouble | null
  /** Milliseconds of a round trip. @throws where there is none. */
  ping(): Promise<number>
  dispose(): Promise<void>
}

export interface RedisBusOptions {
  readonly url: string
  readonly serverId: string
  readonly now: () => Date
  /** Called at each change; null: all is well again. */
  readonly onChange: (trouble: BusTrouble | null) => void
}

/** Opens the connections, which mend themselves; Redis need not be there yet. */
export async function openRedisBus(options: RedisBusOptions): Promise<RedisBus> {
  const name = (part: string): string => `aw-server-${options.serverId}-${part}`
  let trouble: BusTrouble | null = null
  const change = (kind: BusTrouble['kind'], reason: string | null): void => {
    if (reason === null ? trouble === null : trouble?.kind === kind) return
    trouble =
      reason === null ? null : { kind, since: options.now(), reason: `${describeRedis(options.url)}: ${reason}` }
    options.onChange(trouble)
  }
  // That it is back says nothing yet of whether it takes writes, which is looked at each second.
  const onState = (reason: string | null): void => {
    if (reason !== null || trouble?.kind === 'down') change('down', reason)
  }
  const commands = await createRedis({ url: options.url, name: name('commands'), onState })
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
      // Not only a ping: one that is full, or a replica, answers that.
      await commands.set(redisKeys.probe(options.serverId), '', 'PX', PROBE_MS)
      change('refusing', null)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      if (isReply(error)) return change('refusing', describeRefusal(said))
      change('down', said)
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
    trouble: () => trouble,
    ping,
    async dispose() {
      clearInterval(timer)
      for (const redis of all) closeRedis(redis)
      await looking
    },
  }
}
