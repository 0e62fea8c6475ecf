import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { renderPage, type Answer } from '../../tests/fake-api.tsx'
import { MEASURES } from './metrics.ts'
import { Page } from './page.tsx'

// There is no canvas here; what the chart says in words is what a test can read.
vi.mock('../../charts/overlay-chart.tsx', () => ({
  OverlayChart: ({ label }: { readonly label: string }) => <div role="img" aria-label={label} />,
}))

const NO_METRICS = Object.fromEntries(MEASURES.map(({ key }) => [key, null]))

interface Given {
  readonly metrics?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

const run = (id: string, { metrics = {}, ...more }: Given = {}) => ({
  __typename: 'Simulation',
  id,
  status: 'COMPLETED',
  statusReason: null,
  mode: 'LIVE',
  algorithm: {
    __typename: 'Algorithm',
    id: 'rsi',
    name: 'rsi',
    title: 'Relative strength index',
    parametersSchema: {},
  },
  source: { __typename: 'MarketSource', name: 'sandbox' },
  products: ['BTC-USD'],
  seed: '1',
  speed: 1,
  durationSeconds: 600,
  createdAt: '2026-11-25T18:00:00.000000Z',
  startedAt: '2026-11-25T18:00:00.000000Z',
  endedAt: '2026-11-25T18:10:00.000000Z',
  algorithmParameters: { RSI_PERIOD: 14 },
  simulatorParameters: { INITIAL_CAPITAL: 1000 },
  portfolio: { __typename: 'Portfolio', equity: '1010.00', tradeCount: 4 },
  dataQuality: { __typename: 'DataQuality', received: '10', lost: '0', lossUnknown: false, gaps: 0, recovered: '0' },
  metrics: {
    __typename: 'PerformanceMetrics',
    ...NO_METRICS,
    longestLosingStreak: 0,
    tradeCount: 4,
    closedTradeCount: 2,
    ...metrics,
  },
  ...more,
})

const CURVE = [
  { __typename: 'EquityPoint', time: '2026-11-25T18:00:00.000000Z', equity: '1000.00' },
  { __typename: 'EquityPoint', time: '2026-11-25T18:10:00.000000Z', equity: '1010.00' },
]

/** Answers with the runs by their ids. */
const answerWith =
  (...runs: readonly ReturnType<typeof run>[]): Answer =>
  (name, { id }) => {
    const found = runs.find((one) => one.id === id) ?? null
    if (name === 'ComparedRun') return { __typename: 'Query', simulatorParametersSchema: {}, simulation: found }
    if (name === 'ComparedCurve') {
      return { __typename: 'Query', simulation: found && { __typename: 'Simulation', id, equityCurve: CURVE } }
    }
    const edges = runs.map((node) => ({ __typename: 'QuerySimulationsConnectionEdge', node }))
    return {
      __typename: 'Query',
      simulations: { __typename: 'QuerySimulationsConnection', totalCount: runs.length, edges },
    }
  }

const at = (runs: string) => ({ path: '/compare', at: `/compare?runs=${runs}` })
const rowOf = (table: string, title: string): readonly (string | null)[] => {
  const cell = within(screen.getByRole('table', { name: table })).getByText(title)
  return [...cell.closest('tr')!.querySelectorAll('td')].map(({ textContent }) => textContent)
}

it('shows that the simulations are on their way', () => {
  renderPage(Page, () => new Promise(() => undefined), at('a,b'))

  expect(screen.getByRole('status', { name: 'Loading the simulations' })).toBeDefined()
})

it('lets choose where nothing is chosen, and keeps what is chosen in the address', async () => {
  const router = renderPage(Page, answerWith(run('a'), run('b'), run('c')), { path: '/compare', at: '/compare' })
  expect(screen.getByText('Nothing to compare yet')).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'Choose simulations' }))
  const dialog = within(await screen.findByRole('dialog'))
  await userEvent.click(await dialog.findByRole('checkbox', { name: 'Mark row 1' }))
  expect(dialog.getByRole('button', { name: 'Compare' })).toHaveProperty('disabled', true)
  await userEvent.click(dialog.getByRole('checkbox', { name: 'Mark row 3' }))

  await userEvent.click(dialog.getByRole('button', { name: 'Compare' }))

  expect(new URLSearchParams(router.state.location.search).get('runs')).toBe('a,c')
  expect(await screen.findByRole('table', { name: 'Metrics' })).toBeDefined()
})

it('says what could not be answered, and what is not there', async () => {
  const rest = answerWith(run('a'))
  renderPage(
    Page,
    (name, variables) => (variables['id'] === 'b' ? new TypeError('Failed') : rest(name, variables)),
    at('a,b,gone'),
  )

  const told = (await screen.findAllByRole('alert')).map(({ textContent }) => textContent)
  expect(told.join()).toContain('The server cannot be reached.')
  expect((await screen.findByText('There is no simulation C.')).textContent).toBeDefined()
})

it('takes a run out that is not there', async () => {
  const router = renderPage(Page, answerWith(run('a'), run('b')), at('a,gone,b'))

  await userEvent.click(await screen.findByRole('button', { name: 'Take B out' }))

  expect(new URLSearchParams(router.state.location.search).get('runs')).toBe('a,b')
})

it('shows figures side by side, the best by a word, and why one is not there', async () => {
  const good = run('a', { metrics: { totalReturn: 0.01, maxDrawdown: 0.2, tradeCount: 4 } })
  const bad = run('b', { metrics: { totalReturn: -0.02, maxDrawdown: 0.1, tradeCount: 9 } })
  renderPage(Page, answerWith(good, bad), at('a,b'))
  await screen.findByRole('table', { name: 'Metrics' })

  expect(rowOf('Metrics', 'Return')).toEqual(['+1.00 % best', '−2.00 %'])
  expect(rowOf('Metrics', 'Largest drawdown')).toEqual(['20.00 %', '10.00 % best'])
  expect(rowOf('Metrics', 'Trades')).toEqual(['4', '9'])
  expect(rowOf('Metrics', 'Sharpe, yearly')).toEqual([
    '– needs 14 days and 10 round trips',
    '– needs 14 days and 10 round trips',
  ])
})

it('marks none the best of runs that went through different lengths of market time, and says so', async () => {
  const [short, long] = [run('a', { metrics: { totalReturn: 0.01 } }), run('b', { metrics: { totalReturn: -0.02 } })]
  const answers = answerWith(short, long)
  const equityCurve = [CURVE[0], { ...CURVE[1], time: '2026-11-25T18:00:20.000000Z' }]
  const ofShort = { __typename: 'Query', simulation: { __typename: 'Simulation', id: 'a', equityCurve } }
  renderPage(
    Page,
    (name, variables) => (name === 'ComparedCurve' && variables['id'] === 'a' ? ofShort : answers(name, variables)),
    at('a,b'),
  )

  expect(await screen.findByText(/different lengths of market time, from 20.0 s to 10 m 00 s/)).toBeDefined()
  expect(rowOf('Metrics', 'Return')).toEqual(['+1.00 %', '−2.00 %'])
})

it('marks the settings that differ, and shows those alone when told to', async () => {
  const other = run('b', { algorithmParameters: { RSI_PERIOD: 21 } })
  const router = renderPage(Page, answerWith(run('a'), other), at('a,b'))
  await screen.findByRole('table', { name: 'Settings' })
  expect(screen.getByText('1 differs')).toBeDefined()
  expect(rowOf('Settings', 'Source')).toEqual(['sandbox', 'sandbox'])

  await userEvent.click(screen.getByRole('switch', { name: 'Only what differs' }))

  expect(new URLSearchParams(router.state.location.search).get('settings')).toBe('different')
  expect(within(screen.getByRole('table', { name: 'Settings' })).queryByText('Source')).toBeNull()
  const row = screen.getByText(/RSI_PERIOD/).closest('tr')!.textContent
  expect(row).toBe('≠ differs: RSI_PERIOD1421')
})

it('says the equity in words and as a table', async () => {
  renderPage(Page, answerWith(run('a'), run('b')), at('a,b'))

  const chart = await screen.findByRole('img', { name: /Return over time/ })
  expect(chart.getAttribute('aria-label')).toContain('A, Relative strength index: +1.00 %; B')
  await userEvent.click(screen.getByText('Equity as a table'))
  const rows = within(await screen.findByRole('table', { name: 'Equity as a table' })).getAllByRole('row')
  expect(rows).toHaveLength(21)
  expect(rows.at(-1)!.textContent).toContain('10 m 00 s▲+1.00 %▲+1.00 %')
})

it('keeps how the lines are laid over each other in the address', async () => {
  const router = renderPage(Page, answerWith(run('a'), run('b')), at('a,b'))

  await userEvent.click(await screen.findByRole('radio', { name: 'By the clock' }))

  expect(new URLSearchParams(router.state.location.search).get('by')).toBe('clock')
})
