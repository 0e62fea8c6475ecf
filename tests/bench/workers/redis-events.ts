import pino from 'pino'
import { wallClock } from '../../../engines/edge/clock.ts'
import { createRedis } from '../../../engines/edge/redis/connection.ts'
import { RedisSink } from '../../../engines/edge/redis/sink.ts'
import { sampleEvent } from '../../support/engines/events.ts'

/** The simulator's end of what `redis-events.ts` measures: events as fast as the sink takes them, acknowledged over IPC. */
interface Order {
  readonly url: string
  readonly simulationId: string
  readonly count: number
}

const say = (message: unknown): void => {
  process.send?.(message)
}

async function write({ url, simulationId, count }: Order): Promise<void> {
  const redis = await createRedis({ url, name: 'bench-simulator' })
  await new Promise<void>((resolve) => redis.once('ready', resolve))
  const log = pino({ level: 'warn' })
  const sink = new RedisSink({ redis, simulationId, clock: wallClock, log, acknowledged: true, aside: null })
  process.on('message', (message: { ack: number } | { resume: number }) => {
    if ('ack' in message) sink.acknowledge(message.ack)
    else sink.resume(message.resume)
  })
  const startedAt = Date.now()
  for (let sequence = 1; sequence <= count; sequence++) {
    if (!sink.hasRoom()) await sink.whenRoom()
    sink.write(sampleEvent(sequence))
    // As between two batches of a feed, so that answers are heard.
    if (sequence % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await sink.close()
  say({ startedAt, cpuMicros: process.cpuUsage().user + process.cpuUsage().system })
  // The rest of the answers is still to come: it stays until it is ended.
}

process.once('message', (order: Order) => void write(order))
say('up')
