import { tmpdir } from 'node:os'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { deferred } from '../../../engines/edge/deferred.ts'
import { CHANNEL_BOUND, channelKeys, createRedisChannel } from '../../../engines/edge/redis/channel.ts'
import type { Launcher } from '../../../server/launcher/port.ts'
import { createSwarmLauncher } from '../../../server/launcher/swarm/launcher.ts'
import { sandboxEngine } from '../../../server/simulations/engine-specs.ts'
import { startTestRedis, type TestRedis } from '../../support/stores/redis.ts'
import { openStandInManager, type StandInManager } from '../../support/docker/swarm-manager.ts'

const OWNER = '13325ae6-9a3f-448c-b9d1-e14a33148b43'
const NAME = `aw-0badcafe-${OWNER.replaceAll('-', '')}-streamer`
const LABELS = {
  'aw-trade.instance': '0badcafe',
  'aw-trade.owner': OWNER,
  'aw-trade.role': 'STREAMER',
  'aw-trade.entry': 'streamer',
}

/** What a container says on its standard error, as Docker hands it on. */
function frameOf(text: string): Buffer {
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

let redis: TestRedis
let manager: StandInManager
let launcher: Launcher

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.dispose())
beforeEach(async () => {
  manager = await openStandInManager()
  launcher = await createSwarmLauncher({
    docker: {
      host: manager.host,
      image: 'aw-trade-engine:1',
      memoryMb: 256,
      cpus: 1,
      pids: 64,
      tapes: 'tapes',
      user: '1000:1000',
      serverContainer: null,
      redisNetwork: null,
    },
    swarm: {
      network: 'aw-trade-engines',
      publish: false,
      constraints: { ALL: [], STREAMER: [], ALGORITHM: [], SIMULATOR: [] },
    },
    instance: '0badcafe',
    tapes: tmpdir(),
    redisUrl: redis.url,
    engineRedisUrl: redis.url,
    log: pino({ level: 'silent' }),
  })
})
afterEach(async () => {
  manager.services.clear()
  await launcher.dispose()
  await manager.dispose()
})

it('goes on with an engine that has run for so long that its channel has forgotten when it became ready', async () => {
  const { out } = channelKeys(NAME)
  const client = await redis.client()
  const say = (message: unknown) =>
    client.call('XADD', out, 'MAXLEN', '~', String(CHANNEL_BOUND), '*', 'm', JSON.stringify(message))
  await say({ type: 'ready', port: 8888 })
  // A report a second, for half an hour.
  for (let second = 0; second < 1_800; second++) {
    await say({ type: 'report', cpuMicros: second * 50_000, memoryBytes: 1 })
  }
  manager.services.set(NAME, LABELS)

  const [engine] = await launcher.adopt(OWNER)

  const address = { host: NAME, port: 8888 }
  expect(await engine?.ready).toEqual({ inside: address, outside: address })
  expect(engine?.entry().state).toBe('running')
  // Reports that come at once say nothing of the time between them.
  await vi.waitFor(() => expect(engine?.entry().memoryBytes).toBe(1))
  expect(engine?.entry().cpuPercent ?? 0).toBeLessThan(100)
})

it('removes a service that was only made when its engine had been ended already', async () => {
  const made = deferred<void>()
  manager.making = made.promise
  const engine = launcher.launch({ ...sandboxEngine(1, 'info'), owner: OWNER })
  expect(await engine.stop(0)).toMatchObject({ code: null, signal: 'SIGKILL' })
  made.resolve()
  await vi.waitFor(() => expect(manager.made).toHaveLength(1))
  await vi.waitFor(() => expect([...manager.services.keys()]).toEqual([]))
})

it('reads of an engine that it takes over only what is logged from then on, and follows the log again where it breaks off', async () => {
  manager.services.set(NAME, LABELS)
  const [engine] = await launcher.adopt(OWNER)
  const said: string[] = []
  engine?.onLine(({ message }) => said.push(message))
  await vi.waitFor(() => expect(manager.logs).toHaveLength(1))
  manager.logs[0]?.stream.write(frameOf('one\n'))
  await vi.waitFor(() => expect(said).toEqual(['one']))

  // The manager, or the proxy before it, restarts.
  manager.logs[0]?.stream.destroy()
  await vi.waitFor(() => expect(manager.logs).toHaveLength(2), { timeout: 10_000 })
  manager.logs[1]?.stream.write(frameOf('two\n'))

  await vi.waitFor(() => expect(said.at(-1)).toBe('two'))
  expect(said).toEqual(['one', 'Its log could not be followed for a while; lines may be missing here.', 'two'])
  expect(manager.logs.map(({ url }) => new URLSearchParams(url.split('?')[1]).get('tail'))).toEqual(['0', '0'])
})

it('hears an engine, and is heard by it, again where something that is no stream stands in the place of their channel', async () => {
  const { in: told, out } = channelKeys(NAME)
  const client = await redis.client()
  await client.del(told, out)
  manager.services.set(NAME, LABELS)
  const [engine] = await launcher.adopt(OWNER)
  const heard: string[] = []
  engine?.onMessage(({ type }) => heard.push(type))
  const warnings: string[] = []
  const channel = createRedisChannel({ url: redis.url, engine: NAME, warn: (text) => warnings.push(text) })
  const controls: string[] = []
  channel.onControl(({ type }) => controls.push(type))

  for (const key of [told, out]) await client.set(key, 'x')

  await vi.waitFor(async () => expect(await client.type(told)).toBe('none'), { timeout: 10_000 })
  expect(warnings).toContainEqual(
    expect.stringMatching(/WRONGTYPE.*a string stood in the place of .*:in, and was removed/),
  )
  engine?.tell({ type: 'ack', sequence: 7 })
  await vi.waitFor(() => expect(controls).toEqual(['ack']), { timeout: 10_000 })
  channel.tell({ type: 'connected' })
  await vi.waitFor(() => expect(heard).toContain('connected'), { timeout: 10_000 })
  await channel.flushed()
})
