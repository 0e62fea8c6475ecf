import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { redisKeys } from '../../../engines/edge/redis/connection.ts'
import { expectContiguous, makeTape, openPlatform, type Platform } from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'

const host = inject('dockerHost')
const api = new Docker({ socketPath: host.slice('unix://'.length) })
const PATIENCE = { timeout: 30_000, interval: 50 }
const NETWORK = 'aw-test-redis'

/** What was opened, to be closed in the opposite order; less where the set-up failed. */
const opened: (() => unknown)[] = []
let redis: TestRedis
let database: TestDatabase
let dataDir = ''
let platform: Platform
let env: Record<string, string> = {}

/** The database's own id of a run. */
const idOf = (globalId: string): string => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''

beforeAll(async () => {
  const directory = newDataDir()
  opened.push(() => directory.remove())
  dataDir = directory.path
  makeTape(dataDir)
  const network = await api.createNetwork({ Name: NETWORK, Driver: 'bridge', Internal: true })
  opened.push(() => network.remove())
  const { IPAM } = (await network.inspect()) as { IPAM: { Config: { Gateway: string }[] } }
  const gateway = (IPAM.Config[0]?.Gateway ?? '').replace(/\/.*/, '')
  redis = await startTestRedis({ addresses: ['127.0.0.1', gateway] })
  opened.push(() => redis.dispose())
  database = await startTestDatabase()
  opened.push(() => database.dispose())
  env = {
    LAUNCHER: 'docker',
    DOCKER_HOST: host,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ENGINE_REDIS_URL: redis.urlAt(gateway),
    ENGINE_REDIS_NETWORK: NETWORK,
    TAPES_DIR: `${dataDir}/tapes`,
    SOURCE_LINGER_MS: '0',
  }
  platform = await openPlatform(dataDir, env)
  opened.push(() => platform.end())
})
afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

describe('a simulation in containers whose simulator reaches Redis', () => {
  const sample = { source: 'tape:sample', products: ['BTC-USD'], algorithmParameters: { RSI_PERIOD: 3 } }
  const groupsOf = async (id: string): Promise<unknown> =>
    (await redis.client()).call('XINFO', 'GROUPS', redisKeys.events(idOf(id)))

  it('has the fingerprint that processes give, in REPLAY and in BACKTEST, with its events in a stream', async () => {
    const { id: reference } = await platform.start({ ...sample, mode: 'BACKTEST', launcher: 'PROCESS' })
    const expected = await platform.reaches(reference, 'COMPLETED')
    const events = await expectContiguous(database.url, reference)
    const replay = await platform.running({ ...sample, mode: 'REPLAY', speed: 30 })
    expect(await groupsOf(replay.id)).toMatchObject([expect.arrayContaining(['name', 'store'])])
    const backtest = await platform.start({ ...sample, mode: 'BACKTEST' })
    for (const { id } of [replay, backtest]) {
      expect((await platform.reaches(id, 'COMPLETED')).fingerprint).toBe(expected.fingerprint)
      expect(await expectContiguous(database.url, id)).toBe(events)
      // What is stored is taken out of it, and a run's stream is removed with the run.
      await expect.poll(async () => (await redis.client()).exists(redisKeys.events(idOf(id))), PATIENCE).toBe(0)
    }
  })

  it('lets nothing but simulators onto the way to Redis', async () => {
    const run = await platform.running()
    const { Containers = {} } = (await api.getNetwork(NETWORK).inspect()) as { Containers?: object }
    const names = Object.values(Containers as Record<string, { Name: string }>).map(({ Name }) => Name)
    expect(names).toEqual([expect.stringMatching(/-simulator$/)])
    await platform.stop(run.id)
  })

  it('loses nothing where its server is killed and another one takes it over', { timeout: 120_000 }, async () => {
    const run = await platform.running({ ...sample, mode: 'REPLAY', speed: 8 })
    const other = newDataDir()
    opened.push(() => other.remove())
    await platform.server.kill()
    platform = await openPlatform(other.path, env)
    await platform.reaches(run.id, 'COMPLETED')
    const { id: reference } = await platform.start({ ...sample, mode: 'BACKTEST' })
    const { fingerprint } = await platform.reaches(reference, 'COMPLETED')
    expect((await platform.look(run.id)).fingerprint).toBe(fingerprint)
    expect(await expectContiguous(database.url, run.id)).toBe(await expectContiguous(database.url, reference))
  })
})
