import { act, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { renderPage } from '../../tests/fake-api.tsx'
import { Page } from './page.tsx'

const component = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'HealthComponent',
  name,
  status: 'up',
  message: null,
  latencyMs: 0.42,
  since: '2026-11-25T18:00:00.000000Z',
  ...more,
})

const engine = {
  __typename: 'Engine',
  role: 'SIMULATOR',
  state: 'running',
  launcher: 'PROCESS',
  pid: 4242,
  containerId: null,
  startedAt: '2026-11-25T18:00:00.000000Z',
  cpuPercent: 12.5,
  cpuLimit: 0.5,
  memoryBytes: '61000000',
  memoryLimitBytes: null,
  simulationId: 'run-1',
}

const resources = {
  __typename: 'Resources',
  maxSimulations: 50,
  runningSimulations: 3,
  runningEngines: 7,
  cpuCount: 2,
  cpuLimit: null,
  totalMemoryBytes: '24000000000',
  memoryLimitBytes: null,
  serverMemoryBytes: '180000000',
  serverCpuPercent: null,
  database: { __typename: 'DatabaseUse', size: 10, open: 10, idle: 1, waiting: 4 },
  eventQueue: { __typename: 'EventQueueUse', waiting: 0, bound: 100_000 },
  tapes: { __typename: 'TapesUse', bytes: '1000', limitBytes: '0' },
  engines: [engine],
}

const sandbox = {
  __typename: 'MarketSource',
  name: 'sandbox',
  description: 'A generated market.',
  available: true,
  products: ['BTC-USD', 'ETH-USD'],
}

const look = (more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'Query',
  health: { __typename: 'Health', status: 'up', components: [component('store')] },
  sources: [sandbox],
  resources,
  ...more,
})

afterEach(() => void vi.useRealTimers())

it('shows that an answer is on its way', () => {
  renderPage(Page, () => new Promise(() => undefined))

  expect(screen.getByRole('status', { name: 'Loading how things are' })).toBeDefined()
})

it('says in a sentence that the server cannot be reached, and asks again when told to', async () => {
  let away = true
  renderPage(Page, () => (away ? new TypeError('Failed to fetch') : look()))
  const panel = await screen.findByRole('alert')
  expect(panel.textContent).toContain('The server cannot be reached.')
  away = false

  await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

  expect(await screen.findByRole('table', { name: 'Components' })).toBeDefined()
})

it('shows each part with its status, how fast it answers, and what it has to say', async () => {
  const components = [
    component('store'),
    component('bus', { status: 'down', latencyMs: null, message: 'Redis cannot be reached.' }),
  ]
  renderPage(Page, () => look({ health: { __typename: 'Health', status: 'down', components } }))

  const [, store, bus] = within(await screen.findByRole('table', { name: 'Components' })).getAllByRole('row')
  for (const part of ['Database', 'Up', '0.4 ms', 'Nothing to report.']) expect(store!.textContent).toContain(part)
  for (const part of ['Event bus', 'Down', '–', 'Redis cannot be reached.']) expect(bus!.textContent).toContain(part)
})

it('does not call a venue up that cannot be reached, nor down where nobody needs it', async () => {
  const message = 'The exchange; cannot be reached; the sandbox is there'
  const venue = { ...sandbox, name: 'coinbase', available: false }
  const health = { __typename: 'Health', status: 'up', components: [component('feed', { message, latencyMs: null })] }
  renderPage(Page, () => look({ health, sources: [sandbox, venue] }))

  const [, feed] = within(await screen.findByRole('table', { name: 'Components' })).getAllByRole('row')
  expect(feed!.textContent).toContain('Not in use')
  expect(feed!.textContent).not.toContain('Up')
})

it('shows what is used of what there may be, and warns where little is left', async () => {
  renderPage(Page, () => look())

  const simulations = await screen.findByRole('meter', { name: 'Simulations' })
  expect(simulations.getAttribute('aria-valuetext')).toBe('3 of 50')
  const [, processors, , connections, , tapes] = within(screen.getByRole('region', { name: 'Resources' })).getAllByRole(
    'listitem',
  )
  expect(processors!.textContent).toContain('not known yet')
  expect(connections!.textContent).toContain('Nearly all is in use.')
  expect(tapes!.textContent).toContain('Live sources are not recorded here.')
  const [, row] = within(screen.getByRole('grid', { name: 'Engines' })).getAllByRole('row')
  for (const part of ['Simulator', 'Running', '13 % of 50 %', '61 MB', 'process 4242'])
    expect(row!.textContent).toContain(part)
})

it('says that no engine runs where none does', async () => {
  renderPage(Page, () => look({ resources: { ...resources, engines: [] } }))

  expect(await screen.findByText(/there is no engine/)).toBeDefined()
})

it('leads to the playground and to the metrics', async () => {
  renderPage(Page, () => look())

  expect(screen.getByRole('link', { name: 'Playground' }).getAttribute('href')).toBe('/graphql')
  expect(screen.getByRole('link', { name: 'Metrics' }).getAttribute('href')).toBe('/metrics')
})

it('goes on showing what it has while the server is gone, and says how old that is', async () => {
  let away = false
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  renderPage(Page, () => (away ? new TypeError('Failed to fetch') : look()))
  await screen.findByRole('table', { name: 'Components' })
  expect(screen.getByText(/updated 0 s ago/)).toBeDefined()
  away = true

  await act(() => vi.advanceTimersByTimeAsync(21_000))

  expect(await screen.findByText('Old: the last answer came 21 s ago')).toBeDefined()
  expect(screen.getByRole('table', { name: 'Components' })).toBeDefined()
  expect(screen.queryByRole('alert')).toBeNull()
})
