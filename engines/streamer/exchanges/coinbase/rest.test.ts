import type { Instrument } from '../../../domain/market/instrument.ts'
import { EIGHTHS, unitOf } from '../../../domain/market/unit.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startSmallVenue, type SmallVenue } from '../../../../tests/support/market/small-venue.ts'
import { wallClock, type Clock } from '../../../edge/clock.ts'
import { createCoinbaseRest, type CoinbaseRest, type CoinbaseRestOptions } from './rest.ts'

/** Long enough for a busy machine; nothing waits longer than it must. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 })

let venue: SmallVenue
let rest: CoinbaseRest | null = null

beforeEach(async () => {
  venue = await startSmallVenue()
})
afterEach(async () => {
  rest?.dispose()
  await venue.close()
})

function client(more: Partial<CoinbaseRestOptions> = {}): CoinbaseRest {
  rest = createCoinbaseRest({
    url: venue.restUrl,
    clock: wallClock,
    random: () => 0,
    requestsPerSecond: 1_000,
    ...more,
  })
  return rest
}

/** A clock on which every pause is over at once; `pauses` says how long they would have been. */
function hurriedClock(pauses: number[]): Clock {
  return {
    now: () => wallClock.now(),
    after: (milliseconds, run) => {
      // Time limits of requests are not what is hurried.
      if (milliseconds === 4_000) return wallClock.after(milliseconds, run)
      pauses.push(milliseconds)
      return wallClock.after(0, run)
    },
  }
}

/** Serves ids 1 to `newest` as the venue does: newest first, below the cursor. */
function serveTrades(newest: number): void {
  venue.onRequest = (path) => {
    const query = new URL(path, 'http://x').searchParams
    const limit = Number(query.get('limit'))
    const below = Number(query.get('after'))
    const first = Math.min(newest, below - 1)
    const ids = Array.from({ length: Math.max(0, Math.min(limit, first)) }, (_, index) => first - index)
    const body = ids.map((id) => ({
      trade_id: id,
      side: 'sell',
      size: '1',
      price: '5',
      time: '2026-01-01T00:00:00.000Z',
    }))
    return { status: 200, body }
  }
}

describe('a refill', () => {
  it('fetches every trade of a range over as many pages as it takes', async () => {
    serveTrades(5_000)
    const answer = await client().trades('A-USD', 1_500, 4_000, EIGHTHS)
    expect(answer.failure).toBeNull()
    const ids = answer.trades.map((trade) => trade.tradeId).sort((a, b) => a - b)
    expect(ids).toEqual(Array.from({ length: 2_501 }, (_, index) => 1_500 + index))
    expect(venue.asked).toHaveLength(3)
  })

  it('ends where the venue has no more, with what there was', async () => {
    serveTrades(10)
    expect(await client().trades('A-USD', 8, 12, EIGHTHS)).toMatchObject({
      trades: [{ tradeId: 10 }, { tradeId: 9 }, { tradeId: 8 }],
      failure: null,
    })
    expect(await client().trades('A-USD', 20, 30, EIGHTHS)).toMatchObject({ failure: null })
    expect(venue.asked.length).toBeLessThan(10)
  })

  it('waits as long as the venue asks after a 429, then goes on', async () => {
    const pauses: number[] = []
    serveTrades(10)
    const serve = venue.onRequest
    venue.onRequest = (path) =>
      venue.asked.length === 1
        ? { status: 429, body: { message: 'slow down' }, headers: { 'retry-after': '3' } }
        : serve(path)
    const answer = await client({ clock: hurriedClock(pauses) }).trades('A-USD', 9, 10, EIGHTHS)
    expect(answer).toMatchObject({ failure: null, trades: [{ tradeId: 10 }, { tradeId: 9 }] })
    expect(pauses).toContain(3_000)
  })

  it('gives up after its attempts and says why, keeping what it has', async () => {
    serveTrades(3_000)
    const serve = venue.onRequest
    venue.onRequest = (path) => (venue.asked.length === 1 ? serve(path) : { status: 503, body: 'maintenance' })
    const answer = await client({ clock: hurriedClock([]) }).trades('A-USD', 1_001, 3_000, EIGHTHS)
    expect(answer.trades).toHaveLength(1_000)
    expect(answer.failure).toMatch(/503/)
    expect(venue.asked).toHaveLength(4)
  })

  it('does not repeat a question that the venue has refused for good', async () => {
    expect(await client().trades('X-USD', 1, 2, EIGHTHS)).toMatchObject({
      trades: [],
      failure: expect.stringMatching(/404 .*NotFound/) as string,
    })
    expect(venue.asked).toHaveLength(1)
  })

  it('keeps under the rate that it is given', async () => {
    serveTrades(10)
    const pauses: number[] = []
    const slow = client({ clock: hurriedClock(pauses), requestsPerSecond: 8 })
    await Promise.all([1, 2, 3, 4].map((id) => slow.trades('A-USD', id, id, EIGHTHS)))
    // The second to fourth request wait 125 ms longer each, less what has passed already.
    expect(pauses.map((pause) => Math.round(pause / 125))).toEqual([1, 2, 3])
  })

  it('bounds how many requests wait', async () => {
    serveTrades(10)
    const narrow = client({ maxWaiting: 1 })
    const [first, second] = await Promise.all([
      narrow.trades('A-USD', 1, 1, EIGHTHS),
      narrow.trades('A-USD', 2, 2, EIGHTHS),
    ])
    expect([first.failure, second.failure]).toEqual([null, '1 requests to the venue already wait'])
  })

  it('ends at once when it is disposed', async () => {
    venue.onRequest = () => ({ status: 429, body: {}, headers: { 'retry-after': '10' } })
    const answer = client().trades('A-USD', 1, 1, EIGHTHS)
    await until(() => {
      expect(venue.asked).toHaveLength(1)
    })
    rest!.dispose()
    expect(await answer).toMatchObject({ trades: [] })
    expect((await answer).failure).not.toBeNull()
  })
})

describe('the list of products', () => {
  it('names what the venue lists and whether it trades', async () => {
    venue.onRequest = () => ({
      status: 200,
      body: [
        { id: 'BTC-USD', status: 'online', trading_disabled: false, quote_increment: '0.01', base_increment: '0.1' },
        { id: 'OLD-USD', status: 'delisted', trading_disabled: true },
        { id: 7 },
        null,
      ],
    })
    expect(await client().products()).toEqual([
      {
        product: 'BTC-USD',
        online: true,
        instrument: expect.objectContaining({ unit: unitOf(2, 1), priceIncrement: 1, origin: 'VENUE' }) as Instrument,
      },
      { product: 'OLD-USD', online: false, instrument: null },
    ])
  })

  it('says why it cannot be had', async () => {
    await expect(client().products()).rejects.toThrow(/answered \/products with 404/)
  })
})
