import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTape } from '../../engines/edge/tape/reader.ts'
import { createSandbox, type Sandbox } from '../../engines/exchange-sandbox/server/server.ts'
import { gather, until, type Gathered } from '../support/time/gather.ts'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { naiveCapture, type NaiveCapture, type NaiveState } from '../support/market/naive-books.ts'
import {
  CAPTURED_PRODUCTS,
  capturedFrames,
  hasRecording,
  MISSING_RECORDINGS,
  recordingPath,
} from '../support/market/recordings.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'
import { readRun, runReaches, startRun, stopRun, storedEvents } from '../support/server/session.ts'
import { steppedTimers, type SteppedTimers } from '../support/time/stepped-timers.ts'

interface TickView {
  readonly sequence: string
  readonly product: string
  readonly price: string
  readonly size: string
  readonly bid: string
  readonly bidSize: string
  readonly ask: string
  readonly askSize: string
  readonly tradeId: string
  readonly takerSide: string
}

interface BookView {
  readonly product: string
  readonly bids: readonly { readonly price: string; readonly size: string }[]
  readonly asks: readonly { readonly price: string; readonly size: string }[]
}

interface EventView {
  readonly sequence: string
  readonly [field: string]: unknown
}

const TICK = 'sequence product price size bid bidSize ask askSize tradeId takerSide'
const SIGNAL = 'sequence time product side confidence price indicator reason cause decision quantity refusalReason'
const TRADE =
  'sequence signalSequence time product side price quantity requested notional fee realizedPnl positionAfter'

/** What the streamer publishes of each side. */
const BOOK_LEVELS = 20

const parameters = {
  algorithm: 'order-book-imbalance',
  algorithmParameters: {
    IMBALANCE_THRESHOLD: 0.05,
    MIN_VOLUME_THRESHOLD: 0,
    LOOKBACK_PERIODS: 1,
    SIGNAL_COOLDOWN_MS: 300,
  },
  simulatorParameters: { MIN_CONFIDENCE: 0, INITIAL_CAPITAL: 100_000, MAX_POSITION_SIZE: 5_000 },
}

/** One run a quote currency: they are all on the one feed. */
const GROUPS = ['USD', 'BTC', 'GBP', 'EUR'].map((quote) =>
  CAPTURED_PRODUCTS.filter((product) => product.endsWith(`-${quote}`)),
)

const withoutNumbers = ({ sequence: _sequence, signalSequence: _signalSequence, ...trade }: EventView) => trade

const levelsOf = (rows: BookView['bids']) => rows.map(({ price, size }) => [Number(price), Number(size)])

/** Whether a tick says what the naive book says. */
function agrees(tick: TickView, state: NaiveState): boolean {
  return (
    Number(tick.tradeId) === state.tradeId &&
    Number(tick.bid) === state.bid &&
    Number(tick.ask) === state.ask &&
    Number(tick.bidSize) === state.bidSize &&
    Number(tick.askSize) === state.askSize
  )
}

/** Each tick must say what the naive book said at some moment, and these moments must follow one another. */
function expectFollowsBook(ticks: readonly TickView[], states: readonly NaiveState[]): void {
  let position = 0
  for (const tick of ticks) {
    const found = states.slice(position).findIndex((state) => agrees(tick, state))
    expect({ tick, after: states[position], found: found >= 0 }).toMatchObject({ found: true })
    position += found
  }
}

interface WatchedRun {
  readonly id: string
  readonly products: readonly string[]
  readonly ticks: Gathered<TickView>
  readonly books: readonly Gathered<BookView>[]
  readonly signals: Gathered<EventView>
  readonly trades: Gathered<EventView>
}

async function watchRun(client: GraphqlClient, products: readonly string[]): Promise<WatchedRun> {
  const id = await startRun(client, { ...parameters, source: 'coinbase', products })
  await runReaches(client, id, 'RUNNING')
  return {
    id,
    products,
    ticks: gather(client, `subscription ($id: ID!) { ticks(simulationId: $id) { ${TICK} } }`, { id }),
    books: products.map((product) =>
      gather(
        client,
        `subscription ($id: ID!, $product: String!) {
          orderBook(simulationId: $id, product: $product, depth: 40) {
            product bids { price size } asks { price size }
          }
        }`,
        { id, product },
      ),
    ),
    signals: gather(client, `subscription ($id: ID!) { signals(simulationId: $id, after: "0") { ${SIGNAL} } }`, { id }),
    trades: gather(client, `subscription ($id: ID!) { trades(simulationId: $id, after: "0") { ${TRADE} } }`, { id }),
  }
}

const ticksOf = (runs: readonly WatchedRun[], product: string): TickView[] =>
  runs.flatMap((run) => run.ticks.items.filter((tick) => tick.product === product))

describe.skipIf(!hasRecording('rawCapture'))(
  `a raw Coinbase capture through the whole path (else: ${MISSING_RECORDINGS})`,
  () => {
    const dataDir = newDataDir()
    let timers: SteppedTimers
    let sandbox: Sandbox
    let server: ServerProcess
    let client: GraphqlClient
    let capture: NaiveCapture
    let runs: WatchedRun[]

    beforeAll(async () => {
      capture = naiveCapture(BOOK_LEVELS)
      timers = steppedTimers()
      sandbox = await createSandbox({ market: { kind: 'capture', path: recordingPath('rawCapture') }, timers })
      const env = { COINBASE_WS_URL: sandbox.wsUrl, COINBASE_REST_URL: sandbox.restUrl }
      server = await startServer(dataDir.path, env)
      client = createGraphqlClient(server.url)
      runs = []
      for (const products of GROUPS) runs.push(await watchRun(client, products))
      await playStepByStep()
    }, 120_000)

    afterAll(async () => {
      await client.dispose()
      await server.stop()
      await sandbox.dispose()
      dataDir.remove()
    })

    /**
     * Moves the market's time from trade to trade and waits for each to arrive, so that ticks, of which a subscriber
     * gets the newest only, tell of every trade.
     */
    async function playStepByStep(): Promise<void> {
      const first = [...capturedFrames()].find(({ text }) => text.startsWith('{"type":"snapshot"'))!
      const later = capture.trades.filter((trade) => !trade.earlier)
      timers.moveTo(later[0]!.receivedAt - first.receivedAt - 1)
      await until(() => {
        for (const { product, tradeId } of capture.trades.filter((trade) => trade.earlier)) {
          const newest = ticksOf(runs, product).at(-1)
          expect([newest?.tradeId, Number(newest?.bid) > 0]).toEqual([String(tradeId), true])
        }
      })
      for (const trade of later) {
        // The capture's times have more digits than microseconds: one more, so that rounding leaves none out.
        timers.moveTo(trade.receivedAt - first.receivedAt + 1)
        await until(() => {
          expect(ticksOf(runs, trade.product).at(-1)?.tradeId).toBe(String(trade.tradeId))
        })
      }
      timers.moveTo(capture.endsAt - first.receivedAt + 1)
      await until(() => {
        expect(sandbox.ended()).toBe(true)
        for (const product of CAPTURED_PRODUCTS) {
          const end = capture.states.get(product)!.at(-1)!
          expect(agrees(ticksOf(runs, product).at(-1)!, end)).toBe(true)
          const book = runs
            .flatMap((run) => run.books)
            .find(({ items }) => items[0]?.product === product)!
            .items.at(-1)!
          expect([levelsOf(book.bids), levelsOf(book.asks)]).toEqual([end.bids, end.asks])
        }
      })
    }

    it('tells every trade id of the recording once, with its price, size and taker', () => {
      for (const product of CAPTURED_PRODUCTS) {
        const told: TickView[] = []
        for (const tick of ticksOf(runs, product)) if (tick.tradeId !== told.at(-1)?.tradeId) told.push(tick)
        expect(
          told
            .filter(({ tradeId }) => tradeId !== '0')
            .map(({ tradeId, price, size, takerSide }) => [Number(tradeId), Number(price), Number(size), takerSide]),
        ).toEqual(
          capture.trades
            .filter((trade) => trade.product === product)
            .map(({ tradeId, price, size, takerSide }) => [tradeId, price, size, takerSide]),
        )
      }
    })

    it('shows the best bid and ask of a book rebuilt from the frames alone, tick by tick', () => {
      for (const product of CAPTURED_PRODUCTS) {
        const known = ticksOf(runs, product).filter((tick) => Number(tick.bid) > 0 && tick.tradeId !== '0')
        expectFollowsBook(known, capture.states.get(product)!)
      }
    })

    it('ends each run with signals and trades as they are stored, in order, each trade after its accepted signal', async () => {
      for (const run of runs) {
        const { simulation, userErrors } = await stopRun(client, run.id)
        expect([simulation?.status, userErrors]).toEqual(['STOPPED', []])
        expect(simulation?.dataQuality).toMatchObject({ lost: '0', gaps: 0 })
        await until(() => {
          expect([run.signals.ended(), run.trades.ended(), run.ticks.ended()]).toEqual([true, true, true])
        })
        expect(run.signals.items).toEqual(await storedEvents(client, run.id, 'signals', SIGNAL))
        expect(run.trades.items).toEqual(await storedEvents(client, run.id, 'trades', TRADE))
        const accepted = run.signals.items.filter(({ decision }) => decision === 'ACCEPTED')
        expect(run.signals.items.length).toBeGreaterThan(10)
        expect(run.trades.items.length).toBeGreaterThan(0)
        for (const events of [run.signals.items, run.trades.items]) {
          const sequences = events.map(({ sequence }) => Number(sequence))
          expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
        }
        for (const { signalSequence } of run.trades.items) {
          expect(accepted.map(({ sequence }) => sequence)).toContain(signalSequence)
        }
      }
    })

    it('has recorded the feed: the tape holds every trade once, and a back-test of it gives the same fingerprint', async () => {
      const { sources } = await client.ask<{ sources: { name: string }[] }>('{ sources { name } }')
      const source = sources.find(({ name }) => name.startsWith('tape:coinbase-'))!.name
      const path = join(dataDir.path, 'tapes', `${source.slice('tape:'.length)}.tape`)
      await until(() => {
        const ids = new Map<string, number[]>()
        for (const batch of readTape(path)) {
          for (const event of batch) {
            if (event.type !== 'tick' || event.tradeId === 0) continue
            const known = ids.get(event.product) ?? []
            if (known.at(-1) !== event.tradeId) ids.set(event.product, [...known, event.tradeId])
          }
        }
        for (const product of CAPTURED_PRODUCTS) {
          const expected = capture.trades.filter((trade) => trade.product === product).map(({ tradeId }) => tradeId)
          expect([product, ids.get(product)]).toEqual([product, expected])
        }
      })
      for (const run of runs) {
        const id = await startRun(client, { ...parameters, mode: 'BACKTEST', source, products: run.products })
        await runReaches(client, id, 'COMPLETED')
        const [back, live] = [await readRun(client, id), await readRun(client, run.id)]
        expect(back.fingerprint).toMatch(/^[0-9a-f]{64}$/)
        expect([back.products, back.fingerprint]).toEqual([live.products, live.fingerprint])
        // The tape begins before the later runs do, so their events are numbered from another beginning.
        const trades = await storedEvents<EventView>(client, id, 'trades', TRADE)
        expect(trades.map(withoutNumbers)).toEqual(run.trades.items.map(withoutNumbers))
      }
    })
  },
)
