import type { Command, Redis, RedisOptions } from 'ioredis'

/** Where a Redis is, as `redis://` or `rediss://`, user and password included where it wants them. */
export type RedisUrl = string

const CONNECT_MS = 3_000
/** A command that is not answered within this is given up, and the connection with it: Redis hangs. */
const COMMAND_MS = 5_000
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1_000

/**
 * How this project talks to Redis: a command that cannot be sent now, or whose connection breaks before the answer, is
 * refused at once. What must not be lost is held by whoever sends it, who alone knows from where to begin again.
 */
function optionsFor(name: string, blocking: boolean): RedisOptions {
  return {
    connectionName: name,
    connectTimeout: CONNECT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Whoever subscribes does so again when the connection is there again, and knows from then on what it may have missed.
    autoResubscribe: false,
    // Whatever waits for an answer is refused as soon as the connection is lost.
    maxRetriesPerRequest: 0,
    enableReadyCheck: true,
    keepAlive: 10_000,
    lazyConnect: true,
    ...(blocking ? {} : { commandTimeout: COMMAND_MS }),
    // For ever: an outage ends when it ends. Jitter, so that not all come back at the same moment.
    retryStrategy: (attempt) =>
      Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  }
}

export interface RedisClientOptions {
  readonly url: RedisUrl
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  /** Whether it waits in blocking commands, which have no time limit of ours. */
  readonly blocking?: boolean
  /** Called once when the connection is lost, with the reason, and with null once it is back. */
  readonly onState?: (reason: string | null) => void
}

/**
 * A client that connects by itself, now and after each loss, for ever. Commands that are given while there is no
 * connection fail at once.
 */
export async function createRedis(options: RedisClientOptions): Promise<Redis> {
  // Loaded only by whoever uses it: an engine without Redis does without the driver's memory.
  const { Redis: Client } = await import('ioredis')
  /**
   * Every command goes out through here, also those that the client gives itself when it connects (the database's number,
   * subscriptions), whose promises nobody looks at: a connection that breaks before their answers must not end the process.
   * Whoever gives a command has a promise of its own for it.
   */
  class Guarded extends Client {
    override sendCommand(...given: Parameters<Redis['sendCommand']>): unknown {
      const [command] = given
      ;(command as Command).promise.catch(() => undefined)
      return super.sendCommand(...given)
    }
  }
  const redis: Redis = new Guarded(options.url, optionsFor(options.name, options.blocking === true))
  let lastError = 'the connection was closed'
  let up: boolean | null = null
  const change = (now: boolean): void => {
    if (up === now) return
    up = now
    options.onState?.(now ? null : lastError)
  }
  redis.on('error', (error: Error) => {
    lastError = error.message === '' ? error.name : error.message
  })
  redis.on('close', () => change(false))
  redis.on('ready', () => change(true))
  // A first attempt that fails is told through 'close', and made again like any other.
  redis.connect().catch(() => undefined)
  return redis
}

/** Whether Redis itself said no, rather than that it could not be asked. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

/** Ends a client without waiting for anything. */
export function closeRedis(redis: Redis): void {
  redis.disconnect()
}

/** The address of a Redis without its password, for a person. */
export function describeRedis(url: RedisUrl): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Names of the keys and channels that simulators and servers share. */
export const redisKeys = {
  /** Stream: each entry's field `events` is a batch of a run's events, as `encodeJson` writes them. */
  events: (simulationId: string): string => `aw:run:${simulationId}:events`,
  /** Channel: portfolios of a run as they happen. */
  portfolio: (simulationId: string): string => `aw:portfolio:${simulationId}`,
  /** Channel: what a run's server has written, for the live feeds of all other servers. */
  live: (simulationId: string): string => `aw:live:${simulationId}`,
  /** Channel: ticks and books of one product as a run sees them, while another server's subscribers want them. */
  market: (simulationId: string, product: string): string => `aw:market:${simulationId}:${product}`,
  /** Channel: requests to one server. */
  server: (serverId: string): string => `aw:server:${serverId}`,
  /** What a server writes each second, to see whether Redis takes anything. */
  probe: (serverId: string): string => `aw:server:${serverId}:probe`,
  /** Stream: entries that could not be stored, with the reason. */
  poison: 'aw:poison',
} as const
