import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startSmallVenue, type SmallVenue } from '../../../../tests/support/market/small-venue.ts'
import type { MarketEvent } from '../../../domain/market/market.ts'
import { wallClock } from '../../../edge/clock.ts'
import { createStreamerCore, type StreamerCore, type StreamerInput } from '../../core.ts'
import { connectCoinbase, type CoinbaseConnection, type CoinbaseOptions } from './connect.ts'

const SECOND = 1_000

/** Long enough for a busy machine; nothing waits longer than it must. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 })

let venue: SmallVenue
let connection: CoinbaseConnection | null = null

beforeEach(async () => {
  venue = await startSmallVenue()
  // It lists nothing: what it trades is as it is seen.
  venue.onRequest = (path) => (path === '/products' ? { status: 200, body: [] } : { status: 404, body: {} })
})
afterEach(async () => {
  await connection?.dispose()
  connection = null
  await venue.close()
})

/** A core on a connection, as an engine joins them. */
function stream(products: readonly string[], more: Partial<CoinbaseOptions> = {}) {
  const core: StreamerCore = createStreamerCore()
  const events: MarketEvent[] = []
  const logs: string[] = []
  const feed = (input: StreamerInput): void => {
    core.step(input, (output) => {
      if (output.type === 'event') events.push(output.event)
      else joined.perform(output.request)
    })
  }
  const joined = connectCoinbase({
    wsUrl: venue.wsUrl,
    restUrl: venue.restUrl,
    clock: wallClock,
    random: () => 0,
    units: (product) => core.unitOf(product),
    onInput: feed,
    onLog: (level, message) => logs.push(`${level} ${message}`),
    onFailure: (error) => logs.push(`failure ${String(error)}`),
    backoffMs: 20,
    silenceMs: 10 * SECOND,
    ...more,
  })
  connection = joined
  feed({ type: 'subscribe', products, receivedAt: wallClock.now() })
  const states = (): string[] =>
    events.flatMap((event) => (event.type === 'feed' ? [`${event.state} ${event.product}`.trim()] : []))
  const tradeIds = (): number[] => {
    const ids: number[] = []
    for (const event of events) if (event.type === 'tick' && event.tradeId !== ids.at(-1)) ids.push(event.tradeId)
    return ids
  }
  return { core, events, logs, feed, states, tradeIds, joined }
}

const moment = (): string => new Date().toISOString()

function match(tradeId: number, type = 'match') {
  return {
    type,
    trade_id: tradeId,
    side: 'buy',
    size: '1',
    price: '100',
    product_id: 'A-USD',
    sequence: tradeId,
    time: moment(),
  }
}

function heartbeat(lastTradeId: number) {
  return { type: 'heartbeat', last_trade_id: lastTradeId, product_id: 'A-USD', sequence: 1, time: moment() }
}

const rest = (tradeId: number) => ({ trade_id: tradeId, side: 'buy', size: '1.0', price: '100.0', time: moment() })

describe('a connection to Coinbase', () => {
  it('subscribes at once to heartbeats, tickers, matches and the batched book, and delivers what comes', async () => {
    const { states, tradeIds, events } = stream(['A-USD'])
    await until(() => {
      expect(venue.heard).toEqual([
        { type: 'subscribe', product_ids: ['A-USD'], channels: ['heartbeat', 'ticker', 'matches', 'level2_batch'] },
      ])
    })
    venue.send({ type: 'snapshot', product_id: 'A-USD', bids: [['99', '1']], asks: [['101', '1']] })
    venue.send(match(1))
    await until(() => {
      expect(tradeIds()).toEqual([0, 1])
    })
    expect(states()).toEqual(['CONNECTED'])
    expect(events.at(-1)).toMatchObject({ bid: 99, ask: 101, takerSide: 'SELL' })
  })

  it('takes a book snapshot of several megabytes', async () => {
    const { core, events } = stream(['A-USD'])
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    const side = (from: number, step: number) =>
      Array.from({ length: 60_000 }, (_, index) => [(from + step * index).toFixed(2), '0.12345678'])
    venue.send({ type: 'snapshot', product_id: 'A-USD', bids: side(80_000, -0.01), asks: side(80_000.01, 0.01) })
    venue.send(heartbeat(0))
    await until(() => {
      expect(events.at(-1)).toMatchObject({ bid: 8_000_000, ask: 8_000_001 })
    })
    expect(core.counts().garbage).toBe(0)
  })

  it('goes on without a product that the venue refuses', async () => {
    venue.onMessage = (message, socket) => {
      if (!message.product_ids.includes('MATIC-USD')) {
        venue.acknowledge(message, socket)
        venue.send(match(1))
      } else {
        socket.send(JSON.stringify({ type: 'error', message: 'Failed to subscribe', reason: 'MATIC-USD is delisted' }))
      }
    }
    const { states, tradeIds } = stream(['MATIC-USD', 'A-USD'])
    await until(() => {
      expect(tradeIds()).toEqual([1])
    })
    expect(states()).toEqual(['REFUSED MATIC-USD', 'CONNECTED'])
    expect(venue.heard.at(-1)).toMatchObject({ product_ids: ['A-USD'] })
  })

  it('counts garbage, text or binary, and stays connected', async () => {
    const { core, tradeIds } = stream(['A-USD'])
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    for (const junk of ['', '{', '[]', '{"type":"match"}', '\u0000']) venue.send(junk)
    venue.sockets[0]!.send(Buffer.from([1, 2, 3]), { binary: true })
    venue.send({ type: 'something new' })
    venue.send(match(1))
    await until(() => {
      expect(tradeIds()).toEqual([1])
    })
    expect(core.counts()).toMatchObject({ garbage: 6, ignored: 1 })
    expect(venue.sockets).toHaveLength(1)
  })

  it('reconnects after a close, subscribes again, and refills what it missed, each trade once', async () => {
    venue.onRequest = () => ({ status: 200, body: [rest(4), rest(3)] })
    const { states, tradeIds, core } = stream(['A-USD'])
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    venue.send(match(1))
    venue.send(match(2))
    await until(() => {
      expect(tradeIds()).toEqual([1, 2])
    })
    venue.sockets[0]!.terminate()
    await until(() => {
      expect(venue.heard).toHaveLength(2)
    })
    venue.send(match(5, 'last_match'))
    venue.send(match(6))
    await until(() => {
      expect(tradeIds()).toEqual([1, 2, 3, 4, 5, 6])
    })
    expect(venue.asked).toEqual(['/products', '/products/A-USD/trades?limit=2&after=5'])
    expect(states()).toEqual(['CONNECTED', 'RECONNECTING', 'CONNECTED', 'REFILLED A-USD'])
    expect(core.counts()).toMatchObject({ reconnects: 1, refilled: 2, lost: 0 })
  })

  it('tells of a refill whose answer cannot be taken, instead of leaving it to nobody', async () => {
    const core = createStreamerCore()
    const failures: unknown[] = []
    stream(['A-USD'], {
      onInput(input) {
        if (input.type === 'refill') throw new Error('a bug in the core')
        core.step(input, () => undefined)
      },
      onFailure: (error) => failures.push(error),
    })
    connection?.perform({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 2 })
    await until(() => {
      expect(failures).toEqual([new Error('a bug in the core')])
    })
  })

  it('says that trades are lost where REST does not have them, and goes on', async () => {
    const { states, tradeIds } = stream(['A-USD'])
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    venue.send(match(1))
    venue.send(match(3))
    await until(() => {
      expect(tradeIds()).toEqual([1, 3])
    })
    expect(states()).toEqual(['CONNECTED', 'GAP A-USD'])
  })

  it('warns of a venue that says nothing, and of one that it cannot reach, until it is heard again', async () => {
    const { states, joined } = stream(['A-USD'], { quietMs: 90, backoffMs: 60_000 })
    expect(joined.warnings()).toEqual([])
    await until(() => expect(states()).toEqual(['CONNECTED']))
    await until(() => expect(joined.warnings()).toEqual([expect.stringContaining('heard nothing of the venue')]))
    venue.send(heartbeat(1))
    await until(() => expect(joined.warnings()).toEqual([]))
    venue.sockets[0]!.terminate()
    await until(() => expect(joined.warnings()).toEqual([expect.stringContaining('no connection to the venue for')]))
    joined.perform({ type: 'unsubscribe', product: 'A-USD' })
    expect(joined.warnings()).toEqual([])
  })

  it('takes a silent feed for dead and reconnects', async () => {
    const { states } = stream(['A-USD'], { silenceMs: 150 })
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    venue.send(heartbeat(0))
    // Where this process is slow, the first connections may be taken for dead before they are up.
    await until(() => {
      expect(states().slice(0, 2)).toEqual(['CONNECTED', 'RECONNECTING'])
      expect(venue.heard.length).toBeGreaterThan(1)
    })
  })

  it('does not take its own lateness for silence of the venue: what came meanwhile is read first', async () => {
    const { states, tradeIds } = stream(['A-USD'], { silenceMs: 600 })
    await until(() => {
      expect(venue.heard).toHaveLength(1)
    })
    venue.send(match(1))
    await until(() => {
      expect(tradeIds()).toEqual([1])
    })
    venue.send(match(2))
    const late = performance.now() + 900
    while (performance.now() < late);
    await until(() => {
      expect(tradeIds()).toEqual([1, 2])
    })
    expect(states()).toEqual(['CONNECTED'])
  })

  it('does not take garbage for a sign of life', async () => {
    const { core } = stream(['A-USD'], { silenceMs: 150 })
    await until(() => {
      venue.send('junk')
      expect(venue.heard.length).toBeGreaterThan(1)
    })
    expect(core.counts().garbage).toBeGreaterThan(0)
  })

  it('does not wait for ever for the answer to a subscription', async () => {
    venue.onMessage = () => undefined
    const { logs } = stream(['A-USD'], { answerMs: 100 })
    await until(() => {
      expect(venue.heard.length).toBeGreaterThan(1)
    })
    expect(logs).toContainEqual(expect.stringMatching(/no answer to a subscription for 100 ms/))
  })

  it('backs off further with each failure, with jitter, and not at all after a success', async () => {
    venue.onMessage = (_message, socket) => {
      socket.close()
    }
    const { core, logs } = stream(['A-USD'], { backoffMs: 16, maxBackoffMs: 64, random: () => 0.5 })
    await until(() => {
      expect(logs.length).toBeGreaterThanOrEqual(5)
    })
    const pauses = (lines: readonly string[]) => lines.map((line) => Number(/in (\d+) ms/.exec(line)?.[1]))
    expect(pauses(logs.slice(0, 5))).toEqual([12, 24, 48, 48, 48])
    venue.onMessage = (message, socket) => {
      venue.acknowledge(message, socket)
      venue.send(heartbeat(0))
    }
    await until(() => {
      expect(core.counts().messages).toBeGreaterThan(0)
    })
    logs.length = 0
    venue.sockets.at(-1)!.terminate()
    await until(() => {
      expect(pauses(logs)).toEqual([12])
    })
  })

  it('subscribes to a product that is asked for later, without a new connection', async () => {
    const { feed } = stream(['A-USD'])
    await until(() => {
      expect(connection?.isConnected).toBe(true)
    })
    feed({ type: 'subscribe', products: ['B-USD'], receivedAt: wallClock.now() })
    await until(() => {
      expect(venue.heard.map((message) => message.product_ids)).toEqual([['A-USD'], ['B-USD']])
    })
    expect(venue.sockets).toHaveLength(1)
  })

  it('closes when no product is wanted any more, and opens again with the next', async () => {
    const { feed } = stream(['A-USD'])
    await until(() => {
      expect(connection?.isConnected).toBe(true)
    })
    feed({ type: 'unsubscribe', product: 'A-USD', receivedAt: wallClock.now() })
    await until(() => {
      expect(venue.sockets[0]!.readyState).toBe(3)
    })
    expect(connection?.isConnected).toBe(false)
    feed({ type: 'subscribe', products: ['A-USD'], receivedAt: wallClock.now() })
    await until(() => {
      expect(venue.sockets).toHaveLength(2)
    })
  })

  it('asks anew for a book that it doubts', async () => {
    stream(['A-USD'])
    await until(() => {
      expect(connection?.isConnected).toBe(true)
    })
    venue.send({ type: 'snapshot', product_id: 'A-USD', bids: [['99', '1']], asks: [['101', '1']] })
    for (let size = 1; size <= 21; size += 1) {
      venue.send({ type: 'l2update', product_id: 'A-USD', changes: [['buy', '102', String(size)]], time: moment() })
    }
    await until(() => {
      expect(venue.heard.slice(1)).toEqual([
        { type: 'unsubscribe', product_ids: ['A-USD'], channels: ['level2_batch'] },
        { type: 'subscribe', product_ids: ['A-USD'], channels: ['level2_batch'] },
      ])
    })
  })

  it('ends for good with dispose, even while a server is away', async () => {
    await venue.close()
    const { logs } = stream(['A-USD'], { backoffMs: 5, maxBackoffMs: 5 })
    await until(() => {
      expect(logs.length).toBeGreaterThan(1)
    })
    await connection!.dispose()
    const count = logs.length
    connection!.perform({ type: 'subscribe', products: ['B-USD'] })
    venue = await startSmallVenue()
    expect(logs).toHaveLength(count)
  })

  it('refuses addresses that are none, all at once', () => {
    expect(() => stream([], { wsUrl: 'http://x', restUrl: 'nowhere' })).toThrow(
      /wsUrl: "http:\/\/x".*; restUrl: "nowhere"/,
    )
  })
})
