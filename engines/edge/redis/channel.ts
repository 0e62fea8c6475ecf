import type { Redis } from 'ioredis'
import type { Channel, ControlMessage, EngineMessage } from '../process/control.ts'
import { decodeControl, encodeLine } from '../process/line-codec.ts'
import { closeRedis, createRedis, isReply } from './connection.ts'

/** The most messages that wait for Redis; reports are left out long before, since the next one says the same anew. */
const QUEUE_BOUND = 1_000
const REPORTS_BEHIND = 10
/** The most messages that a stream keeps: whoever takes an engine over reads what it said from the start. */
export const CHANNEL_BOUND = 1_000
/** How long an end waits for the last messages to leave. */
const FLUSH_MS = 3_000
const BLOCK_MS = 1_000
const RETRY_MS = 200

/** The streams of an engine's channel: what it says, and what it is told. */
export const channelKeys = (engine: string): { readonly out: string; readonly in: string } => ({
  out: `aw:engine:${engine}:out`,
  in: `aw:engine:${engine}:in`,
})

/** Removes what stands in the place of a stream and is none, since nothing can be told through it. @returns what it was; null: nothing. */
export async function clearForStream(redis: Redis, key: string): Promise<string | null> {
  const type = await redis.type(key)
  if (type === 'stream' || type === 'none') return null
  await redis.del(key)
  return type
}

export interface RedisChannelOptions {
  readonly url: string
  /** Names the engine among all of all servers. */
  readonly engine: string
  readonly warn: (text: string) => void
}

/**
 * Two streams of Redis: for an engine that runs on another host than whoever launched it, and that outlives it. While
 * Redis is away the engine goes on; what it has to say waits.
 */
export function createRedisChannel(options: RedisChannelOptions): Channel {
  const keys = channelKeys(options.engine)
  const queue: string[] = []
  const listeners: ((message: ControlMessage) => void)[] = []
  let waiting: (() => void)[] = []
  let carrying = false
  let closed = false

  const writer = createRedis({ url: options.url, name: `aw-engine-${options.engine}` })
  const carry = async (redis: Redis): Promise<void> => {
    while (queue.length > 0 && redis.status === 'ready') {
      const line = queue[0]!
      try {
        await redis.call('XADD', keys.out, 'MAXLEN', '~', String(CHANNEL_BOUND), '*', 'm', line)
        queue.shift()
      } catch (error) {
        options.warn(`a message could not be sent yet: ${error instanceof Error ? error.message : String(error)}`)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    if (queue.length === 0) for (const resolve of waiting.splice(0)) resolve()
  }
  const send = async (): Promise<void> => {
    if (carrying) return
    carrying = true
    await carry(await writer)
    carrying = false
  }
  const sendLater = (): void => void send().catch((error: unknown) => options.warn(String(error)))
  void writer.then((redis) => redis.on('ready', sendLater))

  const listen = async (): Promise<void> => {
    const reader = await createRedis({ url: options.url, name: `aw-engine-${options.engine}-in`, blocking: true })
    let last = '0-0'
    while (!closed) {
      try {
        const answer = (await reader.call('XREAD', 'BLOCK', BLOCK_MS, 'STREAMS', keys.in, last)) as
          | readonly (readonly [key: string, entries: readonly (readonly [id: string, fields: readonly string[]])[]])[]
          | null
        for (const [id, fields] of answer?.[0]?.[1] ?? []) {
          last = id
          const message = decodeControl(fields[1] ?? '')
          if (message === null) options.warn('told something that is no message')
          else for (const listener of listeners) listener(message)
        }
      } catch (error) {
        if (isReply(error)) {
          const type = await clearForStream(reader, keys.in).catch(() => null)
          const found = type === null ? '' : `; a ${type} stood in the place of ${keys.in}, and was removed`
          options.warn(`cannot be told anything for now: ${error.message}${found}`)
        }
        // Else Redis is away; a client that has lost its connection refuses at once, so this is asked again only after a while.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    closeRedis(reader)
  }
  listen().catch((error: unknown) => options.warn(`cannot be told anything any more: ${String(error)}`))

  return {
    launched: true,
    overRedis: true,
    tell(message: EngineMessage) {
      if (message.type === 'report' && queue.length > REPORTS_BEHIND) return
      if (queue.length >= QUEUE_BOUND) queue.shift()
      queue.push(encodeLine(message))
      sendLater()
    },
    onControl: (listener) => void listeners.push(listener),
    onGone: () => undefined,
    async flushed() {
      if (queue.length > 0) {
        let timer: NodeJS.Timeout | undefined
        const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)))
        await Promise.race([new Promise<void>((resolve) => (waiting = [...waiting, resolve])), late])
        clearTimeout(timer)
      }
      closed = true
      closeRedis(await writer)
    },
  }
}
