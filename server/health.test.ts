import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { JoinedLaunchers } from './launcher/all.ts'
import type { EventRecorder } from './store/port.ts'
import { overallStatus } from '../schema/health/health.ts'
import { createHealth } from './health.ts'
import { createSourceCatalog } from './simulations/sources.ts'
import { createVenueProducts } from './simulations/venue-products.ts'

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
  const recorder: Pick<EventRecorder, 'state'> = {
    state: () => ({ waiting: 0, bound: 10, failingSince: null, lastError: null }),
  }
  const launcher: JoinedLaunchers = {
    kind: 'PROCESS',
    running: () => [],
    health: () => Promise.resolve({ status: 'up', message: null, latencyMs: null }),
  }
  const health = createHealth({
    ping: () => Promise.resolve(1),
    recorder: recorder as EventRecorder,
    launcher,
    sources,
    venueInUse: () => venueInUse,
    now: () => new Date(0),
  })
  const components = await health()
  return { overall: overallStatus(components), feed: components.find(({ name }) => name === 'feed') }
}

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
