import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { overallStatus } from '../../schema/health/health.ts'
import { configurationsCheck, feedCheck, launcherCheck, localBusCheck, storeCheck, strategiesCheck } from './checks.ts'
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
    storeCheck({ recorder: recorder(), watch: { down: () => null, look: () => Promise.resolve(1) } }),
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

const recorder = (failingSince: Date | null = null) => ({
  state: () => ({ waiting: 0, bound: 10, failingSince, lastError: null }),
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

  const start = performance.now()
  const components = await health()
  expect(performance.now() - start).toBeLessThan(1_000)
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
  })
  const failing = storeCheck({
    recorder: recorder(new Date(9)),
    watch: { down: () => null, look: () => Promise.resolve(3) },
  })

  const components = await createHealth({ checks: [away, failing], now })()

  expect(components).toMatchObject([
    { status: 'down', since: new Date(7), latencyMs: null },
    { status: 'degraded', since: new Date(9), latencyMs: 3 },
  ])
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
