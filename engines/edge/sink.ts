import type { EnvReader } from './env.ts'
import { createChannelSink, createLineSink, type EventSink } from './event-sink.ts'
import type { EngineProcess } from './process.ts'
import { closeRedis, createRedis } from './redis.ts'
import { RedisSink } from './redis-sink.ts'

/** Where a simulator's events go, with what ends it. */
export interface OpenSink extends EventSink {
  dispose(): void
}

/**
 * The sink of an engine: Redis where one is named, else the launcher's channel, else standard output.
 * @param simulationId names the stream.
 */
export async function openSink(
  engine: EngineProcess,
  redisUrl: string | null,
  simulationId: string,
): Promise<OpenSink> {
  let sink: EventSink
  let dispose = (): void => undefined
  if (redisUrl !== null) {
    const redis = await createRedis({ url: redisUrl, name: `aw-simulator-${simulationId}` })
    dispose = () => closeRedis(redis)
    const { clock, log, launched } = engine
    sink = new RedisSink({ redis, simulationId, clock, log, acknowledged: launched })
  } else if (engine.launched) {
    sink = createChannelSink((message) => engine.tell(message), engine.clock)
  } else {
    sink = createLineSink((line) => console.log(line))
  }
  engine.onControl((message) => {
    if (message.type === 'ack') sink.acknowledge(message.sequence)
    else if (message.type === 'resume') sink.resume(message.sequence)
  })
  return Object.assign(sink, { dispose })
}

/** Reads where Redis is: `REDIS_URL`, or `REDIS_HOST` with `REDIS_PORT`. */
export function readRedis(env: EnvReader): string | null {
  const url = env.text('REDIS_URL')
  const host = env.text('REDIS_HOST')
  if (url !== undefined && host !== undefined) env.fault('REDIS_URL is set together with REDIS_HOST; set one of them')
  if (url !== undefined) {
    if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return url
    // It may hold a password, so it is not repeated.
    env.fault('REDIS_URL must be an address that starts with redis:// or rediss://')
    return null
  }
  if (host === undefined) return null
  const port = env.text('REDIS_PORT') ?? '6379'
  if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return `redis://${host}:${port}`
  env.fault(`REDIS_PORT must be a whole number from 1 to 65535; got "${port}"`)
  return null
}
