import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { EnvReader } from '../process/env.ts'
import { createChannelSink, createLineSink, type EventSink } from './event-sink.ts'
import type { EngineProcess } from '../process/process.ts'
import { closeRedis, createRedis } from '../redis/connection.ts'
import { RedisSink } from '../redis/sink.ts'
import { redisUrlOf } from '../redis/url.ts'

/** Where a simulator's events go, with what ends it. */
export interface OpenSink extends EventSink {
  dispose(): void
}

/**
 * The sink of an engine: Redis where one is named (and the launcher's channel while that takes nothing), else the launcher's channel, else standard output.
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
    const { clock, log, launched, overRedis } = engine
    const aside = (events: readonly SimulatorEvent[]): void => engine.tell({ type: 'events', events })
    const options = { redis, simulationId, clock, log, acknowledged: launched }
    sink = new RedisSink({ ...options, aside: launched && !overRedis ? aside : null })
  } else if (engine.launched) {
    sink = createChannelSink((message) => engine.tell(message), engine.clock)
  } else {
    sink = createLineSink(process.stdout, (reason) => engine.log.warn({ reason }, 'nobody reads what is printed'))
  }
  engine.onControl((message) => {
    if (message.type === 'ack') sink.acknowledge(message.sequence)
    else if (message.type === 'resume') sink.resume(message.sequence)
  })
  return Object.assign(sink, { dispose })
}

/** Reads where Redis is; null: there is none. Faults are noted. */
export function readRedis(env: EnvReader): string | null {
  const url = redisUrlOf(env.all())
  if (url.ok) return url.value
  env.fault(url.fault)
  return null
}
