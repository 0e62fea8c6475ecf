import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { overallStatus } from '../../schema/health/health.ts'
import {
  configurationsCheck,
  feedCheck,
  launcherCheck,
  localBusCheck,
  redisCheck,
  simulationsCheck,
  storeCheck,
  strategiesCheck,
} from './checks.ts'
import { busWarnings, storeWarnings } from './notes.ts'
import { createHealth, type Finding, type HealthCheck } from './health.ts'
import { createSourceCatalog } from '../sources/catalog.ts'
import { createVenueProducts } from '../sources/venue-products.ts'

const UP: Finding = { status: 'up', message: null, latencyMs: 1 }
const now = () => new Date(0)

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The health of a server whose venue is at a port where nothing listens. */
async function healthOffline(venueInUse: boolean) {
  const port = await closedPort()
  const sources = createSourceCatalog({
    sandboxProducts: ['BTC-USD'],
    venueProducts: createVenueProducts(`http://127.0.0.1:${port}`),
    tapes: { list: () => Promise.resolve([]) },
    now: () => 0,
  })
  const checks: readonly HealthCheck[] = [
    storeCheck({ recorder: recorder(), watch: { down: () => null, look: () => Promise.resolve(1) }, ...QUIET }),
    configurationsCheck({ kind: 'PostgreSQL', ping: () => Promise.resolve(1) }),
    localBusCheck,
    launcherCheck({
      kind: 'PROCESS',
      running: () => [],
      health: () => Promise.resolve({ status: 'up' as const, message: null, latencyMs: null }),
    }),
    feedCheck({ sources, venueInUse: () => venueInUse }),
  ]
  const components = await createHealth({ checks, now })()
  return { overall: overallStatus(components), feed: components.find(({ name }) => name === 'feed') }
}

const recorder = (failingSince: Date | null = null, writingSince: Date | null = null) => ({
  state: () => ({ waiting: 0, bound: 10, writingSince, failingSince, lastError: null }),
})
const QUIET = { changesWaitSince: () => null, now: () => new Date(2_000) }

it('suffers from what the runs of this server warn of, and tells each warning once', async () => {
  const look = (...warnings: readonly (readonly string[])[]) => simulationsCheck({ warnings: () => warnings }).check()
  expect(await look()).toMatchObject({ status: 'up', message: null })
  expect(await look([], [])).toMatchObject({ status: 'up', message: null })
  expect(await look(['It hears nothing.'], [], ['It hears nothing.', 'It is not recorded.'])).toMatchObject({
    status: 'degraded',
    message: '2 of 3 that run here warn: It hears nothing. It is not recorded.',
  })
  const many = Array.from({ length: 7 }, (_none, index) => `Warning ${index}.`)
  expect((await look(many)).message).toMatch(/Warning 4\. And 2 more\.$/)
})

it('does not suffer from a venue that cannot be reached and that no simulation uses, and says why it cannot', async () => {
  const { overall, feed } = await healthOffline(false)
  expect([overall, feed?.status]).toEqual(['up', 'up'])
  expect(feed?.message).toMatch(
    /cannot be reached now: 127\.0\.0\.1:\d+: .*refused \(ECONNREFUSED\)\); the sandbox is there/,
  )
})

it('is degraded where a simulation that runs needs the venue', async () => {
  const { overall, feed } = await healthOffline(true)
  expect([overall, feed?.status]).toEqual(['degraded', 'degraded'])
})

it('looks at all components at once, in their order, and takes one that hangs for down when its time is over', async () => {
  const asked: string[] = []
  const hangs = (name: string): HealthCheck => ({
    name,
    check() {
      asked.push(name)
      return new Promise<Finding>(() => undefined)
    },
  })
  const health = createHealth({
    checks: [hangs('one'), { name: 'two', check: () => UP }, hangs('three')],
    now,
    timeoutMs: 50,
  })

  const components = await health()
  expect(components.map(({ name, status, message }) => [name, status, message])).toEqual([
    ['one', 'down', 'did not answer within 50 ms'],
    ['two', 'up', null],
    ['three', 'down', 'did not answer within 50 ms'],
  ])

  await health()
  expect(asked).toEqual(['one', 'three'])
})

it('takes a check that throws for a component that is down, with what it said', async () => {
  const checks: readonly HealthCheck[] = [
    { name: 'later', check: () => Promise.reject(new Error('no such host')) },
    {
      name: 'at once',
      check() {
        throw new Error('a bug')
      },
    },
  ]
  expect(await createHealth({ checks, now })()).toMatchObject([
    { status: 'down', message: 'no such host' },
    { status: 'down', message: 'a bug' },
  ])
})

it('tells since when a component is as it is: since it was first seen so, or since when the check knows', async () => {
  let time = 0
  let finding: Finding = UP
  const health = createHealth({ checks: [{ name: 'one', check: () => finding }], now: () => new Date(time) })
  const since = async () => (await health())[0]?.since?.getTime()

  expect(await since()).toBe(0)
  time = 1_000
  expect(await since()).toBe(0)
  finding = { ...UP, status: 'degraded' }
  expect(await since()).toBe(1_000)
  finding = { ...UP, status: 'down', since: new Date(500) }
  time = 2_000
  expect(await since()).toBe(500)
})

it('knows since when the database is away from the watch, and since when writing fails from the recorder', async () => {
  const away = storeCheck({
    recorder: recorder(),
    watch: {
      down: () => ({ since: new Date(7), reason: 'refused' }),
      look: () => Promise.reject(new Error('refused')),
    },
    ...QUIET,
  })
  const failing = storeCheck({
    recorder: recorder(new Date(9)),
    watch: { down: () => null, look: () => Promise.resolve(3) },
    ...QUIET,
  })

  const components = await createHealth({ checks: [away, failing], now })()

  expect(components).toMatchObject([
    { status: 'down', since: new Date(7), latencyMs: null },
    { status: 'degraded', since: new Date(9), latencyMs: 3 },
  ])
})

it('is degraded, and its runs warn, while a write has waited for two seconds, though the database answers', async () => {
  const since = new Date(1_000)
  const waitsAt = async (time: number, changes: boolean) => {
    const parts = {
      recorder: changes ? recorder() : recorder(null, since),
      watch: { down: () => null, look: () => Promise.resolve(1) },
      changesWaitSince: () => (changes ? since : null),
      now: () => new Date(time),
    }
    const { status } = await storeCheck(parts).check()
    return [status, storeWarnings(parts, parts.now())]
  }
  for (const changes of [false, true]) {
    expect(await waitsAt(2_999, changes)).toEqual(['up', []])
    expect(await waitsAt(4_500, changes)).toEqual([
      'degraded',
      [expect.stringContaining('a write has waited for 3 s') as string],
    ])
  }
})

it('is degraded while Redis takes no writes, down while it cannot be reached, and the runs say which', async () => {
  const looks = async (kind: 'down' | 'refusing' | null) => {
    const trouble = kind === null ? null : { kind, since: new Date(5), reason: 'redis://here: its memory is full' }
    const found = await redisCheck({ trouble: () => trouble, ping: () => Promise.resolve(1) }).check()
    return [found.status, busWarnings(trouble)[0]?.split('. ')[0]]
  }
  expect(await looks(null)).toEqual(['up', undefined])
  expect(await looks('refusing')).toEqual(['degraded', 'Redis takes no writes (redis://here: its memory is full)'])
  expect(await looks('down')).toEqual(['down', 'Redis cannot be reached (redis://here: its memory is full)'])
})

it('names each strategy file that is left out, and why', async () => {
  const faults = [
    { file: 'mine.ts', reason: 'line 3: Expected ";"' },
    { file: 'other.ts', reason: 'not today' },
  ]
  expect(await strategiesCheck(faults).check()).toMatchObject({
    status: 'degraded',
    message: expect.stringMatching(/strategies\/mine\.ts: line 3: Expected ";"; .*other\.ts: not today\. Mend them/),
  })
})
