import { afterEach, describe, expect, it, vi } from 'vitest'
import { inUnit } from '../engines/domain/market/counting.ts'
import type { BookSnapshot, MarketEvent, Tick } from '../engines/domain/market/market.ts'
import { EIGHTHS } from '../engines/domain/market/unit.ts'
import { wallClock } from '../engines/edge/clock.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from '../engines/exchange-sandbox/server/server.ts'
import { createStreamerCore, type StreamerInput } from '../engines/streamer/core.ts'
import { connectCoinbase, type CoinbaseConnection } from '../engines/streamer/exchanges/coinbase/connect.ts'
import {
  CAPTURED_PRODUCTS,
  capturedFrames,
  captureEvents,
  hasRecording,
  MISSING_RECORDINGS,
  recordingPath,
} from './support/market/recordings.ts'

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 10 })

const open: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.dispose()
})

async function start(options: SandboxOptions, products: readonly string[], silenceMs = 5_000) {
  const sandbox: Sandbox = await createSandbox(options)
  open.push(sandbox)
  return { sandbox, ...listen(sandbox, products, silenceMs) }
}

function listen(sandbox: Sandbox, products: readonly string[], silenceMs = 5_000) {
  const core = createStreamerCore()
  const events: MarketEvent[] = []
  const feed = (input: StreamerInput): void => {
    core.step(input, (output) => {
      if (output.type === 'event') events.push(output.event)
      else connection.perform(output.request)
    })
  }
  const connection: CoinbaseConnection = connectCoinbase({
    wsUrl: sandbox.wsUrl,
    restUrl: sandbox.restUrl,
    clock: wallClock,
    random: () => 0,
    units: (product) => core.unitOf(product),
    onInput: feed,
    onLog: () => undefined,
    onFailure: (error) => expect.fail(String(error)),
    backoffMs: 50,
    silenceMs,
  })
  open.push(connection)
  feed({ type: 'subscribe', products, receivedAt: wallClock.now() })
  const trades = (product: string): Tick[] => {
    const list: Tick[] = []
    for (const event of events) {
      if (event.type !== 'tick' || event.product !== product || event.tradeId === 0) continue
      if (event.tradeId !== list.at(-1)?.tradeId) list.push(event)
    }
    return list
  }
  const states = (): string[] => events.flatMap((event) => (event.type === 'feed' ? [event.state] : []))
  return { core, events, trades, states }
}

function expectSound(events: readonly MarketEvent[]): void {
  expect(events.every((event, index) => event.sequence === index + 1)).toBe(true)
  expect(events.every((event, index) => index === 0 || event.time >= events[index - 1]!.time)).toBe(true)
  const crossed = events.filter(
    (event) => event.type === 'tick' && event.bid > 0 && event.ask > 0 && event.bid >= event.ask,
  )
  expect(crossed).toEqual([])
}

function expectContiguous(ticks: readonly Tick[]): void {
  const ids = ticks.map((tick) => tick.tradeId)
  expect(ids).toEqual(ids.map((_, index) => ids[0]! + index))
}

describe('the Coinbase client against the sandbox', () => {
  it('tells every trade once through dropped trades, garbage, a slow-consumer cut, a disconnection and silence', async () => {
    const market = { kind: 'generated', seed: 11, activity: 20 } as const
    const { sandbox, core, events, trades, states } = await start({ market }, ['BTC-USD', 'MATIC-USD', 'ETH-USD'], 600)
    const seen = (): number => trades('BTC-USD').length
    await until(() => {
      expect(seen()).toBeGreaterThan(20)
    })
    sandbox.faults.dropTrades('BTC-USD', 3)
    await until(() => {
      expect(core.counts().refilled).toBe(3)
    })
    expect(sandbox.faults.garbage()).toBe(1)
    await until(() => {
      expect(core.counts().garbage).toBeGreaterThan(5)
    })
    const reconnects = async (strike: () => number): Promise<void> => {
      const before = { count: states().filter((state) => state === 'CONNECTED').length, trades: seen() }
      expect(strike()).toBe(1)
      await until(() => {
        expect(states().filter((state) => state === 'CONNECTED')).toHaveLength(before.count + 1)
        expect(seen()).toBeGreaterThan(before.trades + 20)
      })
    }
    await reconnects(() => sandbox.faults.cutSlowConsumer())
    await reconnects(() => sandbox.faults.disconnect())
    await reconnects(() => sandbox.faults.silence())
    expectContiguous(trades('BTC-USD'))
    expectContiguous(trades('ETH-USD'))
    expectSound(events)
    expect(states().filter((state) => state === 'REFUSED')).toHaveLength(1)
    // Among the garbage is a change of a book, which has to be asked for anew.
    expect(core.counts()).toMatchObject({ lost: 0, reconnects: 3, doubtedBooks: 1 })
    expect(core.products).toEqual(['BTC-USD', 'ETH-USD'])
  })

  it('hears the same from two markets of one seed that begin with it, whenever it comes, and however often it looks', async () => {
    const market = { kind: 'generated', seed: 5, activity: 4, products: ['BTC-USD', 'ETH-USD', 'ADA-USD'] } as const
    const openAt = async (speed: number): Promise<Sandbox> => {
      const sandbox = await createSandbox({ market, startOn: 'first-subscription', speed })
      open.push(sandbox)
      return sandbox
    }
    const hear = async (sandbox: Sandbox) => {
      const { events } = listen(sandbox, market.products)
      await until(() => {
        expect(events.length).toBeGreaterThan(1_000)
      })
      return events.slice(0, 1_000).map((event) => ({ ...event, time: event.time - sandbox.marketStartedAt! }))
    }
    // The other waits while the first is heard.
    const [quick, quicker] = [await openAt(2), await openAt(5)]
    const [one, other] = [await hear(quick), await hear(quicker)]
    expect(one).toEqual(other)
    expect(new Set(one.map(({ product }) => product))).toEqual(new Set(['', ...market.products]))
  })

  it('says what is lost where REST fails too, and goes on', async () => {
    const market = { kind: 'generated', seed: 12, activity: 20 } as const
    const { sandbox, core, trades, states } = await start({ market }, ['BTC-USD'])
    await until(() => {
      expect(trades('BTC-USD').length).toBeGreaterThan(5)
    })
    sandbox.faults.failRest(100)
    sandbox.faults.dropTrades('BTC-USD', 2)
    await until(() => {
      expect(core.counts().lost).toBeGreaterThanOrEqual(2)
    })
    const before = trades('BTC-USD').length
    await until(() => {
      expect(trades('BTC-USD').length).toBeGreaterThan(before + 5)
    })
    expect(states()).toContain('GAP')
  })
})

describe.skipIf(!hasRecording('rawCapture'))(
  `a raw capture played by the sandbox (else: ${MISSING_RECORDINGS})`,
  () => {
    it('arrives with every trade once and with the books that the frames alone give', async () => {
      const market = { kind: 'capture', path: recordingPath('rawCapture') } as const
      const { sandbox, core, events, trades } = await start({ market, speed: 20 }, CAPTURED_PRODUCTS)
      const expected = new Map<string, number[]>()
      for (const { text } of capturedFrames()) {
        const frame = JSON.parse(text) as { type: string; product_id: string; trade_id: number }
        if (frame.type !== 'match' && frame.type !== 'last_match') continue
        expected.set(frame.product_id, [...(expected.get(frame.product_id) ?? []), frame.trade_id])
      }
      const lastBooks = (list: readonly MarketEvent[]): Record<string, Pick<BookSnapshot, 'bids' | 'asks'>> => {
        const books: Record<string, Pick<BookSnapshot, 'bids' | 'asks'>> = {}
        for (const event of list) {
          if (event.type !== 'book') continue
          // Whoever plays a capture knows all its digits before; whoever reads it learns them as they come.
          const { bids, asks } = inUnit(event, EIGHTHS)
          books[event.product] = { bids, asks }
        }
        return books
      }
      const directly = lastBooks(captureEvents())
      await until(() => {
        expect(sandbox.ended()).toBe(true)
        expect(lastBooks(events)).toEqual(directly)
        for (const product of CAPTURED_PRODUCTS) {
          expect(trades(product).map((tick) => tick.tradeId)).toEqual(expected.get(product))
        }
      })
      expectSound(events)
      expect(core.counts()).toMatchObject({ garbage: 0, lost: 0, doubtedBooks: 0 })
    })
  },
)
