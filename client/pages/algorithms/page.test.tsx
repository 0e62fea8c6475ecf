import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { renderPage } from '../../tests/fake-api.tsx'
import { Page } from './page.tsx'

const PERIOD = {
  type: 'integer',
  title: 'Period',
  description: 'How far it looks back.',
  default: 14,
  minimum: 2,
  maximum: 1000,
  unit: 'prices',
}

const algorithm = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  __typename: 'Algorithm',
  id: name,
  name,
  title: `Title of ${name}`,
  description: `What ${name} does.`,
  documentation: 'It reads trades.\n\nIt buys what fell.',
  parametersSchema: { type: 'object', properties: { RSI_PERIOD: PERIOD } },
  warmUp: 15,
  ...more,
})

const catalog = (algorithms: readonly object[], records: readonly object[] = []) => ({
  __typename: 'Query',
  algorithms,
  performance: { __typename: 'PerformanceSummary', byAlgorithm: records },
})

const at = { path: '/algorithms', at: '/algorithms' }

it('shows that the catalogue is on its way', () => {
  renderPage(Page, () => new Promise(() => undefined), at)

  expect(screen.getByRole('status', { name: 'Loading the algorithms' })).toBeDefined()
})

it('says how to write an algorithm where there is none', async () => {
  renderPage(Page, () => catalog([]), at)

  expect(await screen.findByText('There is no algorithm')).toBeDefined()
})

it('says in a sentence what went wrong, and asks again when told to', async () => {
  let away = true
  renderPage(Page, () => (away ? new TypeError('Failed to fetch') : catalog([algorithm('rsi')])), at)
  const panel = await screen.findByRole('alert')
  expect(panel.textContent).toContain('The server cannot be reached.')
  away = false

  await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

  expect(await screen.findByRole('heading', { name: 'Title of rsi' })).toBeDefined()
})

it('shows an algorithm with its parameters, its documentation and what its runs came to', async () => {
  const record = {
    __typename: 'AlgorithmPerformance',
    algorithm: 'rsi',
    runs: 3,
    tradeCount: 1200,
    meanReturn: -0.01,
    bestReturn: 0.02,
    worstReturn: null,
  }
  renderPage(Page, () => catalog([algorithm('rsi')], [record]), at)

  const [, row] = within(await screen.findByRole('table', { name: 'Parameters of Title of rsi' })).getAllByRole('row')
  for (const part of ['Period', 'RSI_PERIOD', 'whole number', '14', '2 to 1,000', 'prices', 'How far it looks back.'])
    expect(row!.textContent).toContain(part)
  expect(screen.getByText('It buys what fell.')).toBeDefined()
  const text = screen.getByRole('article').textContent
  for (const part of ['needs 15 inputs', '3 simulations with 1,200 trades', '−1.00 %', 'none yet', '+2.00 %'])
    expect(text).toContain(part)
})

it('keeps the algorithm that is looked at in the address', async () => {
  const router = renderPage(Page, () => catalog([algorithm('rsi'), algorithm('imbalance')]), at)

  await userEvent.click(await screen.findByRole('link', { name: 'Title of imbalance' }))

  expect(router.state.location.search).toBe('?name=imbalance')
  expect(screen.getByRole('article', { name: 'Title of imbalance' })).toBeDefined()
  expect(screen.getByText('No simulation has run it yet.')).toBeDefined()
})

it('says so where the address names an algorithm that is not there', async () => {
  renderPage(Page, () => catalog([algorithm('rsi')]), { path: '/algorithms', at: '/algorithms?name=gone' })

  expect(await screen.findByText('There is no such algorithm')).toBeDefined()
})
