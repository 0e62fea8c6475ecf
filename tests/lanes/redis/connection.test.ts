import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedis } from '../../../engines/edge/redis/connection.ts'
import { PATIENCE } from '../../support/server/platform.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'

let redis: TestRedis

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.dispose())

it('ends nothing where it is cut again before the client itself has set it up', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  // In another database than the first, which the client names again at each connection.
  const client = await createRedis({ url: `${redis.url}/1`, name: 'often-cut', blocking: true })
  const other = await redis.client()
  try {
    await expect.poll(() => client.status, PATIENCE).toBe('ready')
    await client.subscribe('aw:one')
    for (let time = 1; time <= 4; time++) {
      const closed = new Promise((resolve) => client.once('close', resolve))
      // Whatever the client gives by itself on the next connection goes unanswered.
      client.prependOnceListener('ready', () => client.subscribe('aw:two').catch(() => undefined))
      client.once('ready', () => client.stream.destroy())
      await redis.cut('often-cut')
      await closed
      await expect.poll(() => client.status, PATIENCE).toBe('ready')
    }
    await expect.poll(() => other.ping(), PATIENCE).toBe('PONG')
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
    client.disconnect()
  }
})
