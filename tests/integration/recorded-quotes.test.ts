import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseTime } from '../../engines/domain/time.ts'
import { gather, until } from '../support/time/gather.ts'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { hasRecording, MISSING_RECORDINGS, quoteAndTradeTicks, recordingPath } from '../support/market/recordings.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'
import { runReaches, startRun, storedEvents } from '../support/server/session.ts'
import { fingerprintOf, runPure, specOf, writeTape } from '../support/engines/tape-run.ts'

interface TickView {
  readonly sequence: string
  readonly time: string
  readonly price: string
  readonly bid: string
  readonly bidSize: string
  readonly ask: string
  readonly askSize: string
  readonly tradeId: string
}

interface TradeView {
  readonly time: string
  readonly side: string
  readonly price: string
}

const TICK = 'sequence time price bid bidSize ask askSize tradeId'
const IMBALANCE = { IMBALANCE_THRESHOLD: 0.3, MIN_VOLUME_THRESHOLD: 0, BOOK_LEVELS: 1, SIGNAL_COOLDOWN_MS: 100 }

const input = {
  algorithm: 'order-book-imbalance',
  algorithmParameters: IMBALANCE,
  simulatorParameters: { MIN_CONFIDENCE: 0 },
  source: 'tape:quotes',
}

/** Rows of the recording, read with no code of the platform's. */
function recordedRows() {
  const lines = readFileSync(recordingPath('quotesAndTrades'), 'utf8').trim().split(/\r?\n/).slice(1)
  const rows = lines.map((line) => line.split(','))
  /** The last quote of each receive time, in microseconds: inside a batch quotes may cross. */
  const quotes = new Map<number, readonly number[]>()
  const trades: { time: number; price: number }[] = []
  for (const [kind, stamp = '', bid, ask, bidSize, askSize, price] of rows) {
    const time = Number(stamp.slice(0, -3))
    // The recording begins with a trade, whose row tells the quote too.
    if (kind === 'quote' || quotes.size === 0) quotes.set(time, [bid, ask, bidSize, askSize].map(Number))
    if (kind === 'trade') trades.push({ time, price: Number(price) })
  }
  return { quotes, trades }
}

describe.skipIf(!hasRecording('quotesAndTrades'))(
  `the recorded BTC-USD quotes and trades as a tape (else: ${MISSING_RECORDINGS})`,
  () => {
    const dataDir = newDataDir()
    const ticks = hasRecording('quotesAndTrades') ? quoteAndTradeTicks() : []
    let server: ServerProcess
    let client: GraphqlClient
    let fingerprint = ''

    beforeAll(async () => {
      server = await startServer(dataDir.path)
      client = createGraphqlClient(server.url)
      const path = await writeTape(join(dataDir.path, 'tapes'), 'quotes', [ticks])
      const spec = specOf(input.algorithm, ['BTC-USD'], IMBALANCE)
      fingerprint = fingerprintOf(runPure(spec, path))
    })
    afterAll(async () => {
      await client.dispose()
      await server.stop()
      dataDir.remove()
    })

    it('is back-tested to the fingerprint of the cores alone, and fills only at best prices of the recording', async () => {
      const id = await startRun(client, { ...input, mode: 'BACKTEST' })
      expect((await runReaches(client, id, 'COMPLETED')).fingerprint).toBe(fingerprint)
      const { quotes } = recordedRows()
      const times = [...quotes.keys()]
      const trades = await storedEvents<TradeView>(client, id, 'trades', 'time side price')
      expect(trades.length).toBeGreaterThan(20)
      for (const { time, side, price } of trades) {
        const newest = quotes.get(times.findLast((each) => each <= parseTime(time))!)!
        expect({ time, side, price: Number(price) }).toEqual({ time, side, price: newest[side === 'BUY' ? 1 : 0] })
      }
    })

    it('is replayed through real processes to the same fingerprint, with every event delivered and none lost', async () => {
      const id = await startRun(client, { ...input, mode: 'REPLAY', speed: 10 })
      const seen = gather<TickView>(client, `subscription ($id: ID!) { ticks(simulationId: $id) { ${TICK} } }`, { id })
      const run = await runReaches(client, id, 'COMPLETED')
      expect(run.fingerprint).toBe(fingerprint)
      // One more says what the product is: the tape does not.
      expect(run.dataQuality).toMatchObject({ received: String(ticks.length + 1), lost: '0' })
      await until(() => {
        expect(seen.ended()).toBe(true)
      })
      expect(seen.errors).toEqual([])
      expectFromRecording(seen.items)
    })

    /** Ticks are newest-wins: what arrives is a part of the recording, in its order and with its figures. */
    function expectFromRecording(seen: readonly TickView[]): void {
      const { quotes, trades } = recordedRows()
      const times = [...quotes.keys()]
      expect(trades).toHaveLength(586)
      expect(seen.length).toBeGreaterThan(300)
      for (const [index, tick] of seen.entries()) {
        if (index > 0) expect(Number(tick.sequence)).toBeGreaterThan(Number(seen[index - 1]!.sequence))
        const time = parseTime(tick.time)
        // A trade's row may stand before the last quote of its batch.
        const newest = [times.findLast((each) => each <= time), times.findLast((each) => each < time)]
        const figures = [tick.bid, tick.ask, tick.bidSize, tick.askSize].map(Number)
        expect(newest.map((each) => quotes.get(each ?? 0))).toContainEqual(figures)
        const id = Number(tick.tradeId)
        if (id > 0) expect(Number(tick.price)).toBe(trades[id - 1]!.price)
        expect([trades[id - 1]?.time ?? 0, trades[id]?.time ?? Infinity]).toSatisfy(
          ([last, next]: number[]) => last! <= time && time <= next!,
        )
      }
      expect(seen.at(-1)?.tradeId).toBe(String(trades.length))
    }
  },
)
