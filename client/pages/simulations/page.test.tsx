import { act, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { renderPage } from '../../tests/fake-api.tsx'
import { Page } from './page.tsx'

const run = (id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'Simulation',
  id,
  status: 'COMPLETED',
  statusReason: null,
  mode: 'LIVE',
  algorithm: { __typename: 'Algorithm', id: 'rsi', title: 'Relative strength index' },
  source: { __typename: 'MarketSource', name: 'sandbox' },
  products: ['BTC-USD', 'ETH-USD'],
  simulatorParameters: { INITIAL_CAPITAL: 100_000 },
  createdAt: '2026-11-25T18:00:00.000000Z',
  startedAt: '2026-11-25T18:00:00.000000Z',
  endedAt: '2026-11-25T18:02:05.000000Z',
  warnings: [],
  portfolio: { __typename: 'Portfolio', equity: '99000.00', tradeCount: 12 },
  dataQuality: { __typename: 'DataQuality', received: '1000', lost: '0', lossUnknown: false, gaps: 0, recovered: '3' },
  equityCurve: [{ __typename: 'EquityPoint', time: '2026-11-25T18:01:00.000000Z', equity: '99500' }],
  ...more,
})

const list = (...runs: readonly object[]) => ({
  __typename: 'Query',
  simulations: {
    __typename: 'QuerySimulationsConnection',
    totalCount: runs.length,
    pageInfo: {
      __typename: 'PageInfo',
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    },
    edges: runs.map((node) => ({ __typename: 'QuerySimulationsConnectionEdge', node })),
  },
  algorithms: [{ __typename: 'Algorithm', id: 'rsi', name: 'rsi', title: 'Relative strength index' }],
  sources: [{ __typename: 'MarketSource', name: 'tape:sample' }],
})

it('shows where rows will be while they load', () => {
  renderPage(Page, () => new Promise(() => undefined))

  expect(screen.getByRole('status', { name: 'Loading simulations' })).toBeDefined()
})

it('shows a run with its status, gain by sign and arrow, duration and data quality', async () => {
  renderPage(Page, () => list(run('a'), run('b', { status: 'FAILED', statusReason: 'The algorithm ended.' })))

  const [, first, second] = await screen.findAllByRole('row')
  const text = first!.textContent
  for (const part of [
    'Completed',
    'Relative strength index',
    '▼−1,000.00',
    '−1.00 %',
    'BTC-USD +1',
    '2 m 05 s',
    'Complete',
  ])
    expect(text).toContain(part)
  expect(second!.textContent).toContain('Failed')
})

it('starts a first simulation by one click where there is none', async () => {
  const asked: string[] = []
  let runs: object[] = []
  renderPage(Page, (name) => {
    asked.push(name)
    if (name !== 'StartFirstSimulation') return list(...runs)
    runs = [run('a', { status: 'RUNNING', endedAt: null })]
    const simulation = { __typename: 'Simulation', id: 'a', status: 'RUNNING' }
    return {
      __typename: 'Mutation',
      startSimulation: { __typename: 'StartSimulationPayload', simulation, userErrors: [] },
    }
  })

  await userEvent.click(await screen.findByRole('button', { name: 'Start a first simulation' }))

  expect(await screen.findByText('Running')).toBeDefined()
  expect(asked.filter((name) => name === 'StartFirstSimulation')).toHaveLength(1)
})

it('says in a sentence that the server cannot be reached, and asks again when told to', async () => {
  let away = true
  renderPage(Page, () => (away ? new TypeError('Failed to fetch') : list(run('a'))))
  const panel = await screen.findByRole('alert')
  expect(panel.textContent).toContain('The server cannot be reached.')
  away = false

  await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

  expect(await screen.findByRole('grid')).toBeDefined()
})

it('goes on showing what it has while the server is gone', async () => {
  let away = false
  let polls = 0
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  renderPage(Page, (name) => {
    if (name === 'Simulations' && away) polls++
    return away ? new TypeError('Failed to fetch') : list(run('a'))
  })
  await screen.findByRole('grid')
  away = true

  vi.advanceTimersByTime(5_000)
  await vi.waitFor(() => expect(polls).toBe(1))
  vi.useRealTimers()
  // The answer, an error, is drawn by now.
  await act(async () => undefined)

  expect(screen.getByRole('grid')).toBeDefined()
  expect(screen.queryByRole('alert')).toBeNull()
})

it('draws the line of a run that somebody else has started while the list is open', async () => {
  let runs = [run('a')]
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  renderPage(Page, () => list(...runs))
  await screen.findByRole('img', { name: /^Equity/ })
  runs = [run('b', { status: 'RUNNING', endedAt: null }), run('a')]

  vi.advanceTimersByTime(5_000)
  vi.useRealTimers()

  await vi.waitFor(() => expect(screen.getAllByRole('img', { name: /^Equity/ })).toHaveLength(2), 5_000)
})

it('draws the whole line of a run that ends while the list is open', async () => {
  let over = false
  const point = (second: number, equity: string) => {
    return { __typename: 'EquityPoint', time: `2026-11-25T18:01:${second}.000000Z`, equity }
  }
  renderPage(Page, (name) => {
    if (name === 'StopSimulation') {
      over = true
      const simulation = run('a', { status: 'STOPPED' })
      const payload = { __typename: 'StopSimulationPayload', simulation, userErrors: [] }
      return { __typename: 'Mutation', stopSimulation: payload }
    }
    const equityCurve = over ? [point(10, '99500'), point(20, '98000'), point(30, '99000')] : [point(10, '99500')]
    return list(run('a', over ? { status: 'STOPPED', equityCurve } : { status: 'RUNNING', endedAt: null, equityCurve }))
  })
  const strokes = () =>
    screen
      .getByRole('img', { name: /^Equity/ })
      .querySelector('path')
      ?.getAttribute('d')
      ?.match(/L/g)
  await screen.findByRole('img', { name: /^Equity/ })
  await userEvent.click(screen.getByRole('checkbox', { name: 'Mark row 1' }))
  await userEvent.click(screen.getByRole('button', { name: 'Stop 1' }))

  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop' }))

  await vi.waitFor(() => expect(strokes()).toHaveLength(2), 5_000)
})

it('keeps filters and sorting in the address, and asks for them', async () => {
  const asked = vi.fn()
  const router = renderPage(Page, (name, variables) => {
    if (name === 'Simulations') asked(variables)
    return list(run('a'))
  })
  await screen.findByRole('grid')

  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'status' }), 'Failed')
  await userEvent.click(screen.getByRole('button', { name: 'Algorithm' }))

  expect(router.state.location.search).toBe('?status=failed&sort=algorithm.desc')
  await vi.waitFor(() =>
    expect(asked).toHaveBeenLastCalledWith(
      expect.objectContaining({
        filter: { status: ['FAILED'] },
        orderBy: { field: 'ALGORITHM', direction: 'DESC' },
      }),
    ),
  )
})

it('deletes what is marked only once that is confirmed, and tells what the server would not', async () => {
  const deleted: unknown[] = []
  renderPage(Page, (name, { id }) => {
    if (name !== 'DeleteSimulation') return list(run('a'), run('b'))
    deleted.push(id)
    const userErrors = id === 'a' ? [] : [{ __typename: 'InputError', message: 'It is held by somebody.' }]
    const deletedId = id === 'a' ? id : null
    return {
      __typename: 'Mutation',
      deleteSimulation: { __typename: 'DeleteSimulationPayload', deletedId, userErrors },
    }
  })
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Mark all rows' }))
  await userEvent.click(screen.getByRole('button', { name: 'Delete 2' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog.textContent).toContain('Delete 2 simulations?')
  expect(deleted).toEqual([])

  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }))

  expect((await screen.findByRole('alert')).textContent).toContain('It is held by somebody.')
  expect(deleted).toEqual(['a', 'b'])
})

it('opens a run by the keyboard', async () => {
  const router = renderPage(Page, () => list(run('a')))
  const [, row] = await screen.findAllByRole('row')
  row!.focus()

  await userEvent.keyboard('{Enter}')

  expect(router.state.location.pathname).toBe('/simulations/a')
})
