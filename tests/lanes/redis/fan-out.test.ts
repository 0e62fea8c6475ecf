import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { encodeJson } from '../../../engines/edge/json.ts'
import { closeRedis, createRedis, redisKeys } from '../../../engines/edge/redis/connection.ts'
import { createFanOut } from '../../../server/bus/fan-out.ts'
import { sampleEvent } from '../../support/engines/events.ts'
import { until } from '../../support/time/gather.ts'
import { startTestRedis } from '../../support/stores/redis.ts'

/** Lets the last step of subscribing wait for what `meanwhile` brings about. */
function slowToSubscribe(subscriber: Redis, meanwhile: () => Promise<void>): void {
  const subscribe = subscriber.subscribe.bind(subscriber) as (channel: string) => Promise<unknown>
  Object.assign(subscriber, {
    async subscribe(channel: string) {
      await meanwhile()
      return subscribe(channel)
    },
  })
}

it('tells a gap before anything that came after it, however soon that comes on a connection that is back', async () => {
  const redis = await startTestRedis()
  onTestFinished(() => redis.dispose())
  const [commands, subscriber] = await Promise.all([
    createRedis({ url: redis.url, name: 'commands' }),
    createRedis({ url: redis.url, name: 'subscriber', blocking: true }),
  ])
  onTestFinished(() => [commands, subscriber].forEach(closeRedis))
  const told: string[] = []
  const arrived: string[] = []
  subscriber.on('pmessage', (_pattern: string, _channel: string, message: string) => arrived.push(message))
  const nothing = (): void => undefined
  createFanOut({
    commands,
    subscriber,
    serverId: 'here',
    log: pino({ level: 'silent' }),
    listener: {
      wants: () => true,
      onEvents: (_id, events) => told.push(...events.map(({ sequence }) => `event ${sequence}`)),
      onStatus: nothing,
      onLogs: nothing,
      onPortfolios: nothing,
      onRequest: nothing,
      onGap: () => told.push('gap'),
    },
  })
  const elsewhere = await redis.client()
  const say = async (sequence: number): Promise<void> => {
    const text = `elsewhere events ${encodeJson([sampleEvent(sequence)])}`
    await elsewhere.publish(redisKeys.live('run'), text)
    await until(() => expect(arrived).toContain(text))
  }
  await until(() => expect(told).toEqual(['gap']))
  await say(1)
  let meanwhile = (): Promise<void> => say(2)
  slowToSubscribe(subscriber, () => meanwhile())
  await redis.cut('subscriber')
  await until(() => expect(told.length).toBeGreaterThanOrEqual(3))
  meanwhile = () => Promise.resolve()
  await say(3)
  expect(told).toEqual(['gap', 'event 1', 'gap', 'event 3'])
})

it('tells a gap where a last word was refused on a connection that stands, though nothing is said after it', async () => {
  const redis = await startTestRedis()
  onTestFinished(() => redis.dispose())
  const names = ['here-commands', 'here-subscriber', 'there-commands', 'there-subscriber']
  const clients = await Promise.all(
    names.map((name) => createRedis({ url: redis.url, name, blocking: name.endsWith('subscriber') })),
  )
  onTestFinished(() => clients.forEach(closeRedis))
  const told: string[] = []
  const nothing = (): void => undefined
  const listener = {
    wants: () => true,
    onEvents: nothing,
    onStatus: (_id: string, status: string) => told.push(status),
    onLogs: nothing,
    onPortfolios: nothing,
    onRequest: nothing,
    onGap: (id: string | null) => told.push(`gap ${id}`),
  }
  const log = pino({ level: 'silent' })
  const silent = { ...listener, onStatus: nothing, onGap: nothing }
  const here = createFanOut({ commands: clients[0]!, subscriber: clients[1]!, serverId: 'here', log, listener: silent })
  createFanOut({ commands: clients[2]!, subscriber: clients[3]!, serverId: 'there', log, listener })
  await until(() => expect([told, clients[0]!.status]).toEqual([['gap null'], 'ready']))
  const client = await redis.client()

  await client.call('ACL', 'SETUSER', 'default', '-publish')
  here.publishStatus('run', 'STOPPED')
  // Answered in order on this connection, so that the refusal has come.
  await clients[0]!.ping()
  await client.call('ACL', 'SETUSER', 'default', '+publish')

  await until(() => expect(told).toEqual(['gap null', 'gap run']))
})
