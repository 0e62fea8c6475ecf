import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { gather, until as often } from '../../support/time/gather.ts'
import { HOSTS_GATEWAY, joinSwarm, openDockerHosts, type DockerHosts } from '../../support/docker/docker-hosts.ts'
import { expectContiguous, FINAL, makeTape, openPlatform, type Platform } from '../../support/server/platform.ts'
import { startTestDatabase, type TestDatabase } from '../../support/stores/postgres.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { newDataDir } from '../../support/server/server-process.ts'

/** A swarm takes seconds for what a test waits for, and each look at it costs its manager some milliseconds. */
const until = (check: () => void | Promise<void>, timeout?: number) => often(check, timeout, 100)

let cluster: DockerHosts
let redis: TestRedis
let database: TestDatabase
const directories = [newDataDir(), newDataDir()] as const
let platform: Platform
let other: Platform

/** The streamer on one host, algorithm and simulator on the other. */
function settings(): Record<string, string> {
  const [manager, worker] = cluster.hosts
  return {
    LAUNCHER: 'swarm',
    DOCKER_HOST: manager!.host,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ENGINE_REDIS_URL: redis.urlAt(HOSTS_GATEWAY),
    SWARM_PUBLISH: 'true',
    SWARM_CONSTRAINTS_STREAMER: `node.hostname==${manager!.name}`,
    SWARM_CONSTRAINTS_ALGORITHM: `node.hostname==${worker!.name}`,
    SWARM_CONSTRAINTS_SIMULATOR: `node.hostname==${worker!.name}`,
    TAPES_DIR: `${directories[0].path}/tapes`,
    SOURCE_LINGER_MS: '0',
  }
}

/** What was opened, to be closed in the opposite order; less where the set-up failed. */
const opened: (() => unknown)[] = directories.map((directory) => () => directory.remove())

beforeAll(async () => {
  cluster = openDockerHosts(2, inject('dockerImages'))
  opened.push(() => cluster.remove())
  await joinSwarm(cluster.hosts)
  database = await startTestDatabase()
  opened.push(() => database.dispose())
  redis = await startTestRedis({ addresses: ['127.0.0.1', HOSTS_GATEWAY] })
  opened.push(() => redis.dispose())
  makeTape(directories[0].path)
  ;[platform, other] = (await Promise.all(directories.map(({ path }) => openPlatform(path, settings())))) as [
    Platform,
    Platform,
  ]
  opened.push(() => Promise.all([platform.end(), other.end()]))
})
afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

const sample = { source: 'tape:sample', products: ['BTC-USD'], algorithmParameters: { RSI_PERIOD: 3 } }
const services = async (): Promise<readonly string[]> =>
  (await cluster.hosts[0]!.api.listServices()).map(({ Spec }) => Spec?.Name ?? '')

/** Starts a run and waits until it runs: a swarm makes services known only once they are healthy. */
async function running({ start, look }: Platform, input: Readonly<Record<string, unknown>>) {
  const run = await start(input)
  await until(async () => {
    const { status, statusReason } = await look(run.id)
    expect([status, statusReason]).toEqual(['RUNNING', null])
  }, 60_000)
  return run
}

/** A run once it has ended: after services were made known, a takeover, or once the swarm has given up a host, which take their time. */
async function endOf({ look }: Platform, id: string) {
  let seen = await look(id)
  await until(async () => {
    seen = await look(id)
    expect(FINAL).toContain(seen.status)
  }, 90_000)
  return seen
}

describe('a swarm of two hosts', () => {
  it(
    'gives the fills that one process gives, with the streamer on one host and the others on the other',
    { timeout: 120_000 },
    async () => {
      const backtest = await platform.start({ ...sample, mode: 'BACKTEST', launcher: 'PROCESS' })
      const expected = await platform.reaches(backtest.id, 'COMPLETED')
      const replay = await platform.start({ ...sample, mode: 'REPLAY', speed: 60 })
      const hosts = new Map<string, string | undefined>()
      await until(async () => {
        for (const task of (await cluster.hosts[0]!.api.listTasks()) as {
          Spec?: { ContainerSpec?: { Args?: string[] } }
          NodeID?: string
          Status?: { State?: string }
        }[]) {
          if (task.Status?.State === 'running') hosts.set(task.Spec?.ContainerSpec?.Args?.[0] ?? '', task.NodeID)
        }
        expect([...hosts.keys()].sort()).toEqual(['algorithm', 'simulator', 'streamer'])
      }, 30_000)
      expect(hosts.get('streamer')).not.toBe(hosts.get('algorithm'))
      expect(hosts.get('simulator')).toBe(hosts.get('algorithm'))
      const played = await endOf(platform, replay.id)
      expect(played).toMatchObject({ status: 'COMPLETED', statusReason: null })
      expect(played.fingerprint).toBe(expected.fingerprint)
      await expectContiguous(database.url, replay.id)
      await until(async () => expect(await services()).toEqual([]))
    },
  )

  it('shows a live run at a server that did not start it, and stops it from there', { timeout: 120_000 }, async () => {
    const run = await running(platform, { source: 'sandbox', products: ['BTC-USD'] })
    const ticks = gather<{ price: string }>(
      other.client,
      'subscription ($id: ID!) { ticks(simulationId: $id) { price } }',
      { id: run.id },
    )
    await until(() => expect(ticks.items.length).toBeGreaterThan(3))
    const told = await other.stop(run.id)
    expect(told.userErrors).toEqual([])
    expect(told.simulation).toMatchObject({ status: 'STOPPED', statusReason: 'Stopped on request.' })
    await until(() => expect(ticks.ended()).toBe(true))
    await expectContiguous(database.url, run.id)
    await until(async () => expect(await services()).toEqual([]))
  })

  it('goes on with its engines where the server that launched them is killed', { timeout: 120_000 }, async () => {
    const backtest = await other.start({ ...sample, mode: 'BACKTEST', launcher: 'PROCESS' })
    const expected = await other.reaches(backtest.id, 'COMPLETED')
    const run = await running(platform, { ...sample, mode: 'REPLAY', speed: 8 })
    await platform.server.kill()
    const ended = await endOf(other, run.id)
    expect(ended).toMatchObject({ status: 'COMPLETED', statusReason: null })
    expect(ended.fingerprint).toBe(expected.fingerprint)
    await expectContiguous(database.url, run.id)
    platform = await openPlatform(directories[0].path, settings())
  })

  it('fails a run whose host is lost, and says so', { timeout: 180_000 }, async () => {
    const run = await running(platform, { source: 'sandbox', products: ['BTC-USD'] })
    cluster.lose(cluster.hosts[1]!)
    const ended = await endOf(platform, run.id)
    expect(ended.status).toBe('FAILED')
    expect(ended.statusReason).toContain('host-2')
    await expectContiguous(database.url, run.id)
  })
})
