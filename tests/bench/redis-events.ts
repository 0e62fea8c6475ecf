import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { createRedis, redisKeys } from '../../engines/edge/redis/connection.ts'
import { EventStreams } from '../../server/bus/event-streams.ts'
import { Intake } from '../../server/simulations/events/intake.ts'
import { createStore } from '../../server/store/store.ts'
import { sampleServer, sampleSpec } from '../support/engines/events.ts'
import { startTestDatabase } from '../support/stores/postgres.ts'
import { startTestRedis } from '../support/stores/redis.ts'
import { bundle } from './fork-bundled.ts'

export interface RedisEventsFigures {
  readonly eventsPerSecond: number
  readonly events: number
  /** Events that are not in the database, or there twice. */
  readonly lost: number
  /** Entries that were left in the stream. */
  readonly left: number
  /** Seconds of a processor, of the simulator and of the server. */
  readonly cpu: { readonly simulator: number; readonly server: number }
}

/**
 * One process writes events of three kinds into a Redis stream through the simulator's sink, as fast as it takes them;
 * this one reads, stores in an embedded PostgreSQL and acknowledges as a server does. From the first event to the last
 * one that is durable.
 */
export async function benchRedisEvents(count = 300_000): Promise<RedisEventsFigures> {
  const [database, redis, file] = await Promise.all([
    startTestDatabase(),
    startTestRedis(),
    bundle('./workers/redis-events.ts'),
  ])
  const store = createStore({ url: database.url, server: sampleServer(), log: () => undefined })
  await store.servers.join()
  const commands = await createRedis({ url: redis.url, name: 'bench-commands' })
  const reader = await createRedis({ url: redis.url, name: 'bench-reader', blocking: true })
  const streams = new EventStreams({
    commands,
    reader,
    consumer: 'bench',
    room: () => store.recorder.room(),
    log: pino({ level: 'warn' }),
  })
  try {
    const simulationId = randomUUID()
    await store.runs.create(sampleSpec(simulationId), 'PROCESS', null)
    const simulator = file.start('write')
    await simulator.next()
    const intake = new Intake({
      newest: 0,
      record: (events) => store.recorder.append(simulationId, events),
      onEvent: () => undefined,
      onHole: (resume) => simulator.child.send({ resume }),
    })
    const follower = streams.follow(simulationId, {
      async take({ events, text, again }) {
        await intake.take(events, text, again)
        simulator.child.send({ ack: intake.newestStored })
      },
      onLost: () => undefined,
      onPoison(reason) {
        throw new Error(`an entry was put aside: ${reason}`)
      },
    })
    const before = process.cpuUsage()
    simulator.child.send({ url: redis.url, simulationId, count })
    const { startedAt, cpuMicros } = (await simulator.next()) as { startedAt: number; cpuMicros: number }
    await follower.drained()
    const seconds = (Date.now() - startedAt) / 1_000
    const { user, system } = process.cpuUsage(before)
    const tables = ['Signal', 'Trade', 'PortfolioSnapshot'].map((table) => `SELECT "sequence" FROM "${table}"`)
    const [stored] = await store.prisma.$queryRawUnsafe<{ count: bigint; distinct: bigint }[]>(
      `SELECT count(*) AS "count", count(DISTINCT "sequence") AS "distinct" FROM (${tables.join(' UNION ALL ')}) AS "all"`,
    )
    return {
      eventsPerSecond: Math.round(count / seconds),
      events: count,
      lost: Math.max(Math.abs(count - Number(stored?.count)), Math.abs(count - Number(stored?.distinct))),
      left: await commands.xlen(redisKeys.events(simulationId)),
      cpu: { simulator: cpuMicros / 1e6, server: (user + system) / 1e6 },
    }
  } finally {
    await file.dispose()
    await streams.dispose()
    commands.disconnect()
    await store.dispose()
    await redis.dispose()
    await database.dispose()
  }
}
