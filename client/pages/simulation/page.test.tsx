import { act, cleanup, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'
import type { PriceChartProps } from '../../charts/price-chart.tsx'
import type { Answer } from '../../tests/fake-api.tsx'
import { renderPage } from '../../tests/fake-api.tsx'
import { createFakeFeeds } from '../../tests/fake-feeds.ts'
import { sampleMetrics, samplePortfolio, sampleRun } from '../../tests/sample-run.ts'
import { Page } from './page.tsx'

// Canvases are no part of the test browser: a chart shows what it is given as text.
vi.mock('../../charts/price-chart.tsx', () => ({
  default: ({ marks, levels }: PriceChartProps) => (
    <>
      <div data-testid="marks">{marks.map(({ id, kind }) => `${kind} ${id} `)}</div>
      <div data-testid="levels">{levels.map(({ price, title }) => `${title} ${price} `)}</div>
    </>
  ),
}))
vi.mock('../../charts/equity-chart.tsx', () => ({
  default: ({ heldLevel }: { readonly heldLevel: number | null }) => (
    <div data-testid="held">{heldLevel === null ? 'as a line' : 'as a level'}</div>
  ),
}))

const signal = (sequence: number, more: object = {}) => ({
  sequence: String(sequence),
  time: '2026-11-25T18:00:30.000000Z',
  product: 'BTC-USD',
  side: 'BUY',
  confidence: 0.5,
  price: '70000.5',
  indicator: 28.4,
  reason: 'RSI 28.4 under 30',
  decision: 'ACCEPTED',
  refusalReason: null,
  refusalDetail: null,
  quantity: '0.1',
  cause: '41',
  ...more,
})
const trade = (sequence: number, more: object = {}) => ({
  sequence: String(sequence),
  signalSequence: String(sequence - 1),
  time: '2026-11-25T18:00:30.000120Z',
  product: 'BTC-USD',
  side: 'BUY',
  price: '70001.5',
  quantity: '0.1',
  requested: '0.1',
  partial: false,
  notional: '7000.15',
  fee: '4.2',
  realizedPnl: '0',
  positionAfter: '0.1',
  orderId: '1',
  liquidity: 'TAKER',
  exitReason: null,
  ...more,
})
const order = (orderId: number, more: object = {}) => ({
  sequence: String(orderId),
  time: '2026-11-25T18:00:30.000000Z',
  orderId: String(orderId),
  product: 'BTC-USD',
  side: 'SELL',
  type: 'STOP',
  purpose: 'STOP_LOSS',
  state: 'RESTING',
  reason: null,
  detail: '',
  quantity: '400000000',
  filled: '0',
  averagePrice: null,
  limitPrice: null,
  stopPrice: '0.00000812',
  postOnly: false,
  reduceOnly: true,
  signalSequence: null,
  ...more,
})
/** A trace of a run of before orders were kept. */
const NO_ORDER = { order: null, orderChanges: [] }
const roundTrip = (sequence: number, more: object = {}) => ({
  sequence: String(sequence),
  product: 'BTC-USD',
  direction: 'LONG',
  quantity: '0.1',
  entryPrice: '70000',
  exitPrice: '69000',
  openedAt: '2026-11-25T18:00:30.000000Z',
  closedAt: '2026-11-25T18:02:35.000000Z',
  durationSeconds: 125,
  grossPnl: '-100',
  fees: '4.5',
  borrowCost: '0',
  netPnl: '-104.5',
  maxAdverse: '-120',
  maxFavorable: '30',
  maxAdverseShare: -0.0171,
  maxFavorableShare: 0.0043,
  exitReason: 'STOP_LOSS',
  fills: 2,
  entrySignalSequence: '7',
  ...more,
})
const pageOf = (items: readonly object[], hasPreviousPage = false) => ({
  pageInfo: { hasNextPage: false, hasPreviousPage, endCursor: null },
  edges: items.map((node) => ({ node })),
})

interface Played {
  readonly run?: object | null
  readonly signals?: readonly object[]
  readonly trades?: readonly object[]
  readonly orders?: readonly object[]
  readonly roundTrips?: readonly object[]
  readonly trace?: object | null
  /** The stored equity, as often as it is asked for. */
  readonly curve?: () => readonly object[]
  readonly at?: string
  readonly answer?: Answer
}

/** The page over an API that is played: its queries, its pages of events, and its feeds. */
function play({
  run = sampleRun(),
  signals = [],
  trades = [],
  orders = [],
  roundTrips = [],
  trace = null,
  curve = () => [],
  at = '',
  answer,
}: Played = {}) {
  const feeds = createFakeFeeds((name) => {
    if (name === 'SignalsPage') return { simulation: { signals: pageOf(signals) } }
    if (name === 'Candles') return { simulation: { candles: { interval: 1, until: null, candles: [] } } }
    if (name === 'TradesPage') return { simulation: { trades: pageOf(trades) } }
    if (name === 'OrdersPage') return { simulation: { orders: pageOf(orders) } }
    if (name === 'RoundTripsPage') return { simulation: { roundTrips: pageOf(roundTrips) } }
    if (name === 'EquityCurve') return { simulation: { equityCurve: curve() } }
    return undefined
  })
  const held = { __typename: 'Simulation', id: 'run' }
  const answers: Answer = (name, variables) => {
    const own = answer?.(name, variables)
    if (own !== undefined) return own
    if (name === 'Trace') return { simulation: { ...held, trace } }
    return { simulation: run }
  }
  const router = renderPage(Page, answers, {
    at: `/simulations/run${at}`,
    path: '/simulations/:id',
    connection: feeds.connection,
  })
  return { feeds, router }
}

describe('the page of a simulation', () => {
  it('shows where it will be while it loads', () => {
    play({ answer: () => new Promise(() => undefined) })

    expect(screen.getByRole('status', { name: 'Loading the simulation' })).toBeDefined()
  })

  it('says that there is no such simulation', async () => {
    play({ run: null })

    expect(await screen.findByText('There is no such simulation')).toBeDefined()
  })

  it('says in a sentence that the server cannot be reached, and asks again when told to', async () => {
    let away = true
    play({ answer: (name) => (name === 'Simulation' && away ? new TypeError('Failed to fetch') : undefined) })
    const panel = await screen.findByRole('alert')
    expect(panel.textContent).toContain('The server cannot be reached.')
    away = false

    await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

    expect(await screen.findByRole('heading', { name: 'RSI' })).toBeDefined()
  })

  it('shows what the run is, and its profit by sign and arrow', async () => {
    play()

    await screen.findByRole('heading', { name: 'RSI' })
    const text = document.body.textContent
    for (const part of ['BTC-USD, ETH-USD · sandbox live', 'Running', 'Nothing is held.']) expect(text).toContain(part)
    await waitFor(() => expect(document.body.textContent).toContain('▲+500.00'))
    expect(document.body.textContent).toContain('Win rate–')
  })

  it('says how far a tape has been gone through, and how long a live run goes on', async () => {
    play({ run: sampleRun({ mode: 'BACKTEST', progress: 0.345 }) })
    const bar = await screen.findByRole('progressbar', { name: 'Progress' })
    expect(bar.getAttribute('aria-valuenow')).toBe('34.5')
    expect(document.body.textContent).toContain('35 % done')
    cleanup()

    play()
    await screen.findByRole('heading', { name: 'RSI' })
    expect(document.body.textContent).toContain('of 10 m 00 s')
    expect(screen.queryByRole('progressbar')).toBeNull()
  })

  it('moves with the portfolio as it comes, and shows what is held', async () => {
    const { feeds } = play()
    await waitFor(() => expect(feeds.names()).toContain('Portfolio'))
    const positions = [
      { product: 'BTC-USD', quantity: '-0.5', averagePrice: '70000', markPrice: '70100', unrealizedPnl: '-50' },
    ]

    act(() => feeds.say('Portfolio', { portfolio: samplePortfolio({ sequence: '11', equity: '99000', positions }) }))

    await waitFor(() => expect(document.body.textContent).toContain('▼−1,000.00'))
    const row = await screen.findByRole('row', { name: /BTC-USD short/ })
    expect(row.textContent).toContain('▼−50.00')
  })

  it('says so where its figures stand still because their feed has broken', async () => {
    const { feeds } = play()
    await waitFor(() => expect(feeds.names()).toContain('Portfolio'))

    act(() => feeds.refuse('Portfolio', 'The feed of this simulation is gone.'))

    expect((await screen.findByRole('alert')).textContent).toContain(
      'The feed of this simulation is gone.The figures stand still, or come late, until it is back.',
    )
  })

  it('does not go back to an older portfolio', async () => {
    const { feeds } = play()
    await waitFor(() => expect(feeds.names()).toContain('Portfolio'))
    act(() => feeds.say('Portfolio', { portfolio: samplePortfolio({ sequence: '12', equity: '101000' }) }))
    act(() => feeds.say('Portfolio', { portfolio: samplePortfolio({ sequence: '11', equity: '1' }) }))

    await waitFor(() => expect(document.body.textContent).toContain('+1,000.00'))
  })

  it('shows quotes and the order book as they come', async () => {
    const { feeds } = play()
    await waitFor(() => expect(feeds.names()).toEqual(expect.arrayContaining(['Ticks', 'Book'])))
    const prices = { price: '70000.5', open: '70000.5', high: '70000.5', low: '70000.5' }
    const tick = { product: 'BTC-USD', ...prices, bid: '70000', bidSize: '1.5', ask: '70001', askSize: '0' }
    act(() => feeds.say('Ticks', { ticks: { ...tick, sequence: '5', time: '2026-11-25T18:01:00.000000Z' } }))
    const book = { bids: [{ price: '70000', size: '1.5' }], asks: [{ price: '70001', size: '2' }] }
    act(() => feeds.say('Book', { orderBook: book }))

    await waitFor(() => expect(document.body.textContent).toContain('Bid70,000.00 × 1.5000'))
    expect(document.body.textContent).toContain('Ask70,001.00')
    expect(document.body.textContent).toContain('Spread 1')
    await waitFor(() =>
      expect(screen.getByRole('table', { name: 'Order book' }).textContent).toContain('70,001.002.0000'),
    )
  })

  it('closes all that it opened when it is left', async () => {
    const { feeds, router } = play()
    await waitFor(() => expect(feeds.names()).toEqual(expect.arrayContaining(['Ticks', 'Book', 'Trades', 'Signals'])))

    await act(() => router.navigate('/'))

    expect(feeds.names()).toEqual([])
  })

  it('stops the run only once that is confirmed', async () => {
    const stopped = vi.fn()
    play({
      answer(name, variables) {
        if (name !== 'StopThisSimulation') return undefined
        stopped(variables)
        const simulation = { __typename: 'Simulation', id: 'run', status: 'STOPPED', statusReason: null, endedAt: null }
        const payload = { __typename: 'StopSimulationPayload', simulation, userErrors: [] }
        return { __typename: 'Mutation', stopSimulation: payload }
      },
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }))
    expect(stopped).not.toHaveBeenCalled()

    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop' }))

    await waitFor(() => expect(stopped).toHaveBeenCalledWith({ id: 'run' }))
  })

  it('leads from a crash to the log of the engine that crashed', async () => {
    const engine = {
      __typename: 'Engine',
      role: 'ALGORITHM',
      state: 'exited',
      launcher: 'PROCESS',
      pid: 7,
      containerId: null,
      exitCode: 1,
      startedAt: null,
      cpuPercent: null,
      memoryBytes: null,
      memoryLimitBytes: null,
    }
    const reason = 'The algorithm ended with exit code 1.'
    const { router, feeds } = play({ run: sampleRun({ status: 'FAILED', statusReason: reason, engines: [engine] }) })
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain(reason)
    expect(alert.textContent).toContain('What was stored of it before is on this page.')

    await userEvent.click(within(alert).getByRole('link', { name: 'See the log of the algorithm' }))

    expect(router.state.location.search).toBe('?tab=engines&level=debug&role=ALGORITHM')
    const line = { sequence: '1', time: '2026-11-25T18:00:30.000000Z', level: 'error' }
    act(() => feeds.say('Logs', { logs: { ...line, role: 'ALGORITHM', message: 'it fell over' } }))
    act(() => feeds.say('Logs', { logs: { ...line, sequence: '2', role: 'SIMULATOR', message: 'another' } }))
    expect(await screen.findByText('it fell over')).toBeDefined()
    expect(screen.queryByText('another')).toBeNull()
    expect(screen.getByText('Crashed')).toBeDefined()
  })

  it('says of a crash of which nothing is stored no more than that', async () => {
    play({ run: sampleRun({ status: 'FAILED', statusReason: 'RangeError: no mean.', portfolio: null }) })

    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('Nothing of it is stored but its log.')
    expect(alert.textContent).not.toContain('before')
  })

  it('says of figures without a basis that there is not enough data, never 0', async () => {
    const metrics = { ...sampleMetrics(), netProfit: '-12.5' }
    play({ run: sampleRun({ metrics }), at: '?tab=metrics' })

    const sharpe = (await screen.findByRole('button', { name: /^Sharpe, a year: Mean daily return/ })).closest('div')!
    expect(sharpe.textContent).toContain('not enough data')
    expect(document.body.textContent).toContain('▼−12.50')
  })
})

describe('equity', () => {
  const point = (second: number, equity: string, buyAndHoldReturn: number | null = -0.02) => {
    const time = `${new Date(Date.parse('2026-11-25T18:00:00Z') + second * 1_000).toISOString().slice(0, -1)}000Z`
    return { time, equity, drawdown: 0, buyAndHoldReturn }
  }

  /** A back-test that is watched to its end: what is stored then, and has been told by nobody. */
  async function watchedToItsEnd(at = '') {
    let over = false
    const status = () => (over ? 'COMPLETED' : 'RUNNING')
    const last = { sequence: '99', time: '2026-11-25T18:02:00.000000Z', equity: '98000', tradeCount: 41 }
    const portfolio = () => samplePortfolio(over ? last : { sequence: '2', buyAndHoldReturn: null })
    const { feeds } = play({
      at,
      curve: () =>
        over ? [point(10, '100300'), point(90, '98700'), point(120, '98000')] : [point(10, '100300', null)],
      answer(name) {
        if (name === 'Simulation') {
          return { simulation: sampleRun({ mode: 'BACKTEST', status: status(), portfolio: portfolio() }) }
        }
        if (name !== 'StopThisSimulation') return undefined
        over = true
        const simulation = { __typename: 'Simulation', id: 'run', status: status(), statusReason: null, endedAt: null }
        const payload = { __typename: 'StopSimulationPayload', simulation, userErrors: [] }
        return { __typename: 'Mutation', stopSimulation: payload }
      },
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }))
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop' }))
    return feeds
  }

  it('of a back-test that is watched to its end is what is stored then, as it is after a reload', async () => {
    await watchedToItsEnd('?equity=table')

    const table = await screen.findByRole('grid', { name: 'Equity as a table' })
    await waitFor(() => expect(within(table).getByRole('row', { name: /98,700\.00/ })).toBeDefined())
    // A heading and the three points that are stored.
    expect(table.getAttribute('aria-rowcount')).toBe('4')
  })

  it('and every figure beside it is of the end, also where the last portfolio was told by nobody', async () => {
    await watchedToItsEnd()

    await waitFor(() => expect(document.body.textContent).toContain('▼−2,000.00'))
    const figure = (name: string) => screen.getAllByText(name).find(({ tagName }) => tagName === 'DT')!.parentElement!
    await waitFor(() => expect(figure('Trades').textContent).toBe('Trades41'))
  })

  it('has what holding would have come to as a line or as a level, never as both', async () => {
    // While it goes on, nothing is said of the level: the line has begun with what is told.
    play({
      run: sampleRun({ metrics: { ...sampleMetrics(), buyAndHoldReturn: 0.1 } }),
      curve: () => [point(10, '100300', null)],
    })
    expect((await screen.findByTestId('held')).textContent).toBe('as a line')
    cleanup()

    play({
      run: sampleRun({ status: 'COMPLETED', metrics: { ...sampleMetrics(), buyAndHoldReturn: 0.1 } }),
      curve: () => [point(10, '100300', null)],
    })
    await waitFor(() => expect(screen.getByTestId('held').textContent).toBe('as a level'))
  })

  it('is shown as a table at an address of its own, beside what holding would have come to', async () => {
    const { router } = play({ curve: () => [point(30, '100100')] })
    const section = await screen.findByRole('region', { name: 'Equity' })
    expect(section.textContent).toContain('it would have stood at 101,000.00')

    await userEvent.click(within(section).getByRole('button', { name: 'As a table' }))

    expect(router.state.location.search).toBe('?equity=table')
    expect((await screen.findByRole('row', { name: /100,100\.00/ })).textContent).toContain('98,000.00')
  })
})

describe('data and latency', () => {
  const quality = sampleRun().dataQuality

  it('are complete where every gap was made up for', async () => {
    play({ run: sampleRun({ dataQuality: { ...quality, gaps: 2, recovered: '5', lost: '0' } }) })

    const section = await screen.findByRole('region', { name: 'Data quality and latency' })
    expect(section.textContent).toContain('Complete')
  })

  it('are incomplete where something is lost', async () => {
    play({ run: sampleRun({ dataQuality: { ...quality, gaps: 1, lost: '4' } }) })

    const section = await screen.findByRole('region', { name: 'Data quality and latency' })
    expect(section.textContent).toContain('Incomplete')
  })

  it('say that it is unknown what is lost, and not 0, where nobody can say', async () => {
    play({ run: sampleRun({ dataQuality: { ...quality, lost: '0', lossUnknown: true } }) })

    const section = await screen.findByRole('region', { name: 'Data quality and latency' })
    expect(section.textContent).toContain('Incomplete')
    expect(section.textContent).toMatch(/Lost.*unknown/)
  })
})

describe('trades and signals', () => {
  it('are marked in the prices, a filled signal by its fill', async () => {
    const refused = { decision: 'REFUSED', refusalReason: 'COOLDOWN', quantity: null }
    play({ signals: [signal(1), signal(3, refused)], trades: [trade(2)] })

    await waitFor(() => expect(screen.getByTestId('marks').textContent).toContain('bought 1 refused 3'))
  })

  it('come into the table as they happen, the newest on top, with the reason where one was refused', async () => {
    const { feeds } = play({ signals: [signal(1)], at: '?tab=signals' })
    await waitFor(() => expect(feeds.names()).toContain('Signals'))
    const refused = {
      decision: 'REFUSED',
      refusalReason: 'LOW_CONFIDENCE',
      refusalDetail: '0.1 under 0.2',
      quantity: null,
    }

    act(() => feeds.say('Signals', { signals: signal(2, refused) }))

    // The list may still be on its way to the table as the next one comes.
    await waitFor(() => {
      const rows = screen.getAllByRole('row')
      expect(rows).toHaveLength(3)
      expect(rows[1]!.textContent).toContain('Refused too little confidence')
    })
  })

  it('are counted for the eye alone: what changes with every signal is not read out', async () => {
    const { feeds } = play({ signals: [signal(1)], at: '?tab=signals' })
    await waitFor(() => expect(feeds.names()).toContain('Signals'))
    act(() => feeds.say('Signals', { signals: signal(2) }))
    await screen.findByText('2 loaded, all')

    expect(screen.getAllByRole('status').map(({ textContent }) => textContent)).not.toContain('2 loaded, all')
  })

  it('are counted as they are from the first moment on: not as none before they are drawn', async () => {
    play({ trades: [trade(2), trade(4)], at: '?tab=trades' })

    expect((await screen.findByText(/ loaded, /)).textContent).toBe('2 loaded, all')
  })

  it('say that there is none', async () => {
    play({ at: '?tab=trades' })

    expect(await screen.findByText('No trade yet')).toBeDefined()
  })

  it('are traced to what came of them, which is over with the run', async () => {
    const found = {
      __typename: 'CausalTrace',
      ...NO_ORDER,
      lapse: null,
      portfolio: null,
      trade: null,
      trades: [],
    }
    const accepted = { ...found, signal: signal(1, { __typename: 'Signal' }) }
    play({ run: sampleRun({ status: 'STOPPED' }), trace: accepted, at: '?trace=1' })

    const panel = await screen.findByRole('dialog')
    expect(await within(panel).findByText('Not filled')).toBeDefined()
  })

  it('open the trace of a row by the keyboard, at an address of its own', async () => {
    const [node, fill] = [signal(1, { __typename: 'Signal' }), trade(2, { __typename: 'Trade' })]
    const found = {
      __typename: 'CausalTrace',
      ...NO_ORDER,
      lapse: null,
      portfolio: null,
      signal: node,
      trade: fill,
      trades: [fill],
    }
    const { router } = play({ trades: [trade(2)], trace: found, at: '?tab=trades' })
    const [, row] = await screen.findAllByRole('row')
    row!.focus()

    await userEvent.keyboard('{Enter}')

    expect(router.state.location.search).toBe('?tab=trades&trace=1')
    const panel = await screen.findByRole('dialog')
    await within(panel).findByText('Filled')
    for (const part of ['no. 41 of the feed', 'RSI 28.4 under 30', '+120 µs', 'worth 7,000.15, fee 4.20'])
      expect(panel.textContent).toContain(part)
  })
})

describe('orders and what came of them', () => {
  const rowsOf = (table: string): string[] =>
    within(screen.getByRole('grid', { name: table }))
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.textContent)

  it('shows each order as it stands, and follows what becomes of it', async () => {
    const { feeds } = play({ at: '?tab=orders', orders: [order(1), order(2, { type: 'MARKET', stopPrice: null })] })
    await waitFor(() => expect(rowsOf('Orders')).toHaveLength(2))
    expect(rowsOf('Orders')[1]).toContain('0.00000812')
    expect(rowsOf('Orders')[1]).toContain('400,000,000')
    await waitFor(() => expect(feeds.names()).toContain('Orders'))

    act(() => {
      const change = { sequence: '9', state: 'CANCELLED', reason: 'FLAT' }
      feeds.say('Orders', { orders: order(1, change) })
      feeds.say('Orders', { orders: order(3, { sequence: '10', state: 'REFUSED', reason: 'HALTED' }) })
    })

    await waitFor(() => expect(rowsOf('Orders')).toHaveLength(3))
    expect(rowsOf('Orders')[0]).toContain('Refused trading is halted')
    expect(rowsOf('Orders')[2]).toContain('Cancelled nothing was left to close')
  })

  it('shows round trips with how they were closed, how long they took, and what they brought', async () => {
    play({ at: '?tab=trips', roundTrips: [roundTrip(5), roundTrip(8, { exitReason: 'MAX_HOLD', direction: 'SHORT' })] })

    await waitFor(() => expect(rowsOf('Round trips')).toHaveLength(2))
    const [first, last] = rowsOf('Round trips')
    expect(first).toContain('BTC-USD short')
    expect(first).toContain('Held longest')
    for (const text of ['Stop loss', '2 m 05 s', '−104.50', '4.50', '−120.00', '−1.71 %', '+30.00']) {
      expect(last).toContain(text)
    }
  })

  it('says at each trade what it was closed by, and leads from one that no signal raised to the orders', async () => {
    const closing = trade(4, { signalSequence: '0', exitReason: 'TRAILING_STOP' })
    play({ at: '?tab=trades', trades: [trade(3), closing] })
    await waitFor(() => expect(rowsOf('Trades')).toHaveLength(2))
    expect(rowsOf('Trades')[0]).toContain('Trailing stop')

    screen.getAllByRole('row')[1]!.focus()
    await userEvent.keyboard('{Enter}')

    expect(await screen.findByRole('tab', { name: 'Orders', selected: true })).toBeDefined()
  })

  it('marks exits by their reason, and the prices at which orders wait', async () => {
    const [stopped, target] = [trade(4, { exitReason: 'STOP_LOSS' }), trade(6, { exitReason: 'TAKE_PROFIT' })]
    play({ trades: [trade(2), stopped, target], orders: [order(1), order(2, { state: 'FILLED' })] })

    await waitFor(() => expect(screen.getByTestId('marks').textContent).toBe('bought 1 stopped 3 target 5 '))
    await waitFor(() => expect(screen.getByTestId('levels').textContent).toBe('Stop 0.00000812 '))
  })

  it('switches what the run may do, and says where that is refused', async () => {
    const asked: unknown[] = []
    let refusal: readonly object[] = []
    const answer: Answer = (name, variables) => {
      if (name !== 'SetTrading') return undefined
      asked.push(variables['state'])
      const simulation =
        refusal.length > 0 ? null : { __typename: 'Simulation', id: 'run', trading: variables['state'] }
      return { setTrading: { __typename: 'SetTradingPayload', simulation, userErrors: refusal } }
    }
    play({ answer })
    const at = async (state: string) => screen.findByRole('radio', { name: state })
    expect((await at('Active')).hasAttribute('checked')).toBe(true)

    await userEvent.click(await at('Halted'))
    await waitFor(async () => expect(((await at('Halted')) as HTMLInputElement).checked).toBe(true))
    refusal = [{ __typename: 'InputError', message: 'The simulator has not taken it up yet.' }]
    await userEvent.click(await at('Reducing'))

    expect((await screen.findByRole('alert')).textContent).toContain('has not taken it up yet')
    expect(((await at('Halted')) as HTMLInputElement).checked).toBe(true)
    expect(asked).toEqual(['HALTED', 'REDUCING'])
  })

  it.each([
    ['a back-test', { mode: 'BACKTEST' }],
    ['a run of the old rules', { kernelVersion: 1 }],
    ['one that has ended', { status: 'COMPLETED', endedAt: '2026-11-25T18:05:00.000000Z' }],
  ])('offers no switch for %s', async (_what, more) => {
    play({ run: sampleRun(more) })
    expect(await screen.findByRole('heading', { name: 'RSI' })).toBeDefined()
    expect(screen.queryByRole('radio', { name: 'Halted' })).toBeNull()
  })

  it('hands out how an ended run was switched, for another to repeat it', async () => {
    const ended = { status: 'COMPLETED', endedAt: '2026-11-25T18:05:00.000000Z' }
    play({ run: sampleRun({ ...ended, tradingSwitches: '1042:HALTED 2077.1:ACTIVE' }) })
    expect(await screen.findByRole('button', { name: /Copy how it was switched as TRADING_SWITCHES/ })).toBeDefined()
  })

  it.each([
    ['Orders', 'Orders were not kept'],
    ['Round trips', 'Round trips were not kept'],
  ])('says of a run of the old rules that its %s were not kept, and not that there were none', async (tab, said) => {
    play({ run: sampleRun({ kernelVersion: 1, status: 'COMPLETED', endedAt: '2026-11-25T18:05:00.000000Z' }) })
    await userEvent.click(await screen.findByRole('tab', { name: tab }))
    expect(await screen.findByRole('heading', { name: said })).toBeDefined()
  })

  it('tells liquidation and ruin, and by how much a gap took equity under nothing', async () => {
    const liquidation = { __typename: 'Liquidation', sequence: '7', time: '2026-11-25T18:01:00.000000Z' }
    play({
      run: sampleRun({
        liquidations: [
          { ...liquidation, reason: 'MAINTENANCE', equity: '3900', required: '4000', products: ['BTC-USD'] },
          { ...liquidation, reason: 'RUIN', equity: '-12.5', required: '0', products: ['BTC-USD'] },
        ],
        ruin: { __typename: 'Ruin', at: '2026-11-25T18:02:00.000000Z', equity: '-12.5' },
      }),
    })
    const told = (await screen.findByRole('alert')).textContent
    expect(told).toContain('a gap took equity to −12.50')
    expect(told).toContain('BTC-USD bought back, since equity of 3,900.00 was under the 4,000.00 that shorts need.')
  })
})
