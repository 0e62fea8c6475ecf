import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { wallClock } from '../../../engines/edge/clock.ts'
import { RedisSink } from '../../../engines/edge/redis/sink.ts'
import { createRedis, redisKeys } from '../../../engines/edge/redis/connection.ts'
import { root } from '../../../server/setup.mjs'
import { findProgram } from '../../lanes.mjs'
import { freePort } from '../../support/stores/redis.ts'

const PASSWORD = 'hidden'
const folder = mkdtempSync(join(tmpdir(), 'aw-trade-redis-users-'))
let server: ChildProcess
let port = 0
const clients: Redis[] = []

const connect = async (login = ''): Promise<Redis> => {
  expect(server.exitCode).toBeNull()
  const redis = await createRedis({ url: `redis://${login}127.0.0.1:${port}`, name: 'test' })
  clients.push(redis)
  await vi.waitFor(() => redis.ping(), { timeout: 10_000, interval: 20 })
  return redis
}

beforeAll(async () => {
  const [lines, others] = ['stack.yml', 'compose.yml'].map((file) => {
    const users = readFileSync(join(root, 'docker', file), 'utf8').match(/^ *user [a-z].*$/gm) ?? []
    return users.map((line) => line.trim().replace(/\$\$\(.*?\)/, PASSWORD))
  }) as [string[], string[]]
  expect(lines).toHaveLength(2)
  expect(others).toEqual(lines)
  writeFileSync(join(folder, 'users.acl'), `${lines.join('\n')}\n`)
  port = await freePort()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  server = spawn(findProgram('redis-server') ?? '', [...settings, '--aclfile', join(folder, 'users.acl')], {
    stdio: 'ignore',
  })
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  const exited = once(server, 'exit')
  server.kill('SIGKILL')
  await exited
  rmSync(folder, { recursive: true, force: true })
})

describe('the users of Redis in docker/stack.yml and docker/compose.yml', () => {
  it('let an engine put its events into its stream, without a password', async () => {
    const redis = await connect()
    const sink = new RedisSink({
      redis,
      simulationId: 'some',
      clock: wallClock,
      log: pino({ level: 'silent' }),
      acknowledged: false,
      aside: null,
    })
    const status = { state: 'LIVE' as const, product: null, detail: '' }
    sink.write({
      type: 'feed',
      status: { ...status, type: 'feed', time: 0, sequence: 1 } as never,
      sequence: 1,
      time: 0,
    })
    await sink.close()
    expect(await redis.xlen(redisKeys.events('some'))).toBe(1)
    await redis.publish(redisKeys.portfolio('some'), 'x')
  })

  it.each([
    ['CONFIG', 'GET', '*'],
    ['KEYS', '*'],
    ['FLUSHALL'],
    ['SET', 'aw:x', '1'],
    ['XADD', 'other', '*', 'a', 'b'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['EVAL', 'return 1', '0'],
    ['ACL', 'LIST'],
  ])('let an engine do no more: %s', async (...command) => {
    const redis = await connect()
    const [name = '', ...args] = command
    await expect(redis.call(name, ...args)).rejects.toThrow(/NOPERM/)
  })

  it('let the server do everything, with its password alone', async () => {
    const redis = await connect(`server:${PASSWORD}@`)
    expect(await redis.config('GET', 'port')).toEqual(['port', String(port)])
    const guess = await connect()
    await expect(guess.call('AUTH', 'server', 'wrong')).rejects.toThrow(/WRONGPASS/)
  })
})
