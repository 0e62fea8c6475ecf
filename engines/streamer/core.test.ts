import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InstrumentNotice, MarketEvent } from '../domain/market/market.ts'
import { createStreamerCore, type StreamerInput, type StreamerSettings, type VenueRequest } from './core.ts'
import { EIGHTHS, unitOf, type Unit } from '../domain/market/unit.ts'
import { DEFAULT_TRADE_LINE } from './core-trades.ts'
import type { VenueMessage, VenueTrade } from './venue.ts'

const SECOND = 1_000_000
const T0 = 1_000 * SECOND

type Told = {
  [Type in StreamerInput['type']]: Omit<Extract<StreamerInput, { type: Type }>, 'receivedAt'>
}[StreamerInput['type']]

/** Feeds a core and remembers, as short texts, what it says. */
function story(settings: Partial<StreamerSettings> = {}, products: readonly string[] = ['A-USD']) {
  const core = createStreamerCore(settings)
  const events: MarketEvent[] = []
  const instruments: InstrumentNotice[] = []
  const requests: VenueRequest[] = []
  let now = T0
  const tell = (input: Told): void => {
    core.step({ ...input, receivedAt: now } as StreamerInput, (output) => {
      if (output.type === 'event') {
        // What a product is, which is looked at by itself.
        if (output.event.type === 'instrument') instruments.push(output.event)
        else events.push(output.event)
      } else requests.push(output.request)
    })
  }
  const say = (message: VenueMessage): void => {
    tell({ type: 'message', message })
  }
  tell({ type: 'subscribe', products })
  tell({ type: 'connected' })
  return {
    core,
    events,
    instruments,
    requests,
    tell,
    say,
    wait: (seconds: number) => {
      now += seconds * SECOND
      tell({ type: 'timer' })
    },
    match: (tradeId: number, seconds = tradeId) => {
      say({ type: 'match', product: 'A-USD', trade: trade(tradeId, seconds) })
    },
    ticker: (tradeId: number, seconds = tradeId) => {
      const { time } = trade(tradeId, seconds)
      say({
        type: 'ticker',
        unit: EIGHTHS,
        product: 'A-USD',
        trade: trade(tradeId, seconds),
        bid: 9,
        bidSize: 1,
        ask: 11,
        askSize: 2,
        time,
      })
    },
    heartbeat: (lastTradeId: number, seconds = lastTradeId) => {
      say({ type: 'heartbeat', product: 'A-USD', lastTradeId, time: T0 + seconds * SECOND })
    },
    /** Trade ids and statuses in the order in which they were said. */
    told: () => {
      const words: string[] = []
      let last = 0
      for (const event of events) {
        if (event.type === 'feed') words.push(event.count > 0 ? `${event.state} ${event.count}` : event.state)
        if (event.type === 'tick' && event.tradeId !== last) words.push(String((last = event.tradeId)))
      }
      return words.join(', ')
    },
  }
}

function trade(tradeId: number, seconds = tradeId): VenueTrade {
  return { tradeId, price: 10, size: 1, unit: EIGHTHS, takerSide: 'BUY', time: T0 + seconds * SECOND }
}

describe('a trade', () => {
  it('is told once, whichever of match and ticker comes first', () => {
    const { match, ticker, told } = story()
    match(1)
    ticker(1)
    ticker(2)
    match(2)
    expect(told()).toBe('CONNECTED, 1, 2')
  })

  it('that only the last_match knows becomes the base, and is not told again after a reconnection', () => {
    const { say, tell, match, told } = story()
    say({ type: 'last_match', product: 'A-USD', trade: trade(7) })
    match(8)
    tell({ type: 'lost', detail: 'closed' })
    tell({ type: 'connected' })
    say({ type: 'last_match', product: 'A-USD', trade: trade(8) })
    match(9)
    expect(told()).toBe('CONNECTED, 7, 8, RECONNECTING, CONNECTED, 9')
  })

  it('that a batched ticker tells ahead of its matches waits for them without any request', () => {
    const { match, ticker, requests, told } = story()
    match(1)
    ticker(4)
    match(2)
    match(3)
    match(4)
    expect(told()).toBe('CONNECTED, 1, 2, 3, 4')
    expect(requests).toEqual([{ type: 'subscribe', products: ['A-USD'] }])
  })

  it('of a venue that numbers anew is told, after a word about it', () => {
    const { match, told } = story()
    match(500, 1)
    match(499, 1)
    match(1, 60)
    match(2, 61)
    expect(told()).toBe('CONNECTED, 500, GAP, 1, 2')
  })
})

describe('a hole in the trades', () => {
  it('holds later trades, is refilled, and all are told in order', () => {
    const { match, tell, requests, told, core } = story()
    match(1)
    match(4)
    match(5)
    expect(requests.at(-1)).toEqual({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 3 })
    expect(told()).toBe('CONNECTED, 1')
    tell({
      type: 'refill',
      product: 'A-USD',
      fromTradeId: 2,
      toTradeId: 3,
      trades: [trade(3), trade(2)],
      failure: null,
    })
    match(6)
    expect(told()).toBe('CONNECTED, 1, REFILLED 2, 2, 3, 4, 5, 6')
    expect(core.counts()).toMatchObject({ gaps: 1, refilled: 2, lost: 0 })
  })

  it('that the venue cannot fill is told as lost, and trading goes on', () => {
    const { match, tell, told, core } = story()
    match(1)
    match(5)
    tell({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 4, trades: [trade(3)], failure: null })
    expect(told()).toBe('CONNECTED, 1, GAP 2, REFILLED 1, 3, 5')
    match(7)
    tell({ type: 'refill', product: 'A-USD', fromTradeId: 6, toTradeId: 6, trades: [], failure: 'HTTP 500' })
    expect(told()).toBe('CONNECTED, 1, GAP 2, REFILLED 1, 3, 5, GAP 1, 7')
    expect(core.counts()).toMatchObject({ gaps: 2, refilled: 1, lost: 3 })
  })

  it('that only a heartbeat shows is asked for after a grace, not at once', () => {
    const { match, heartbeat, wait, tell, requests, told } = story()
    match(1)
    heartbeat(2)
    expect(requests).toHaveLength(1)
    wait(2)
    expect(requests.at(-1)).toEqual({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 2 })
    tell({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 2, trades: [trade(2)], failure: null })
    expect(told()).toBe('CONNECTED, 1, REFILLED 1, 2')
  })

  it('of a heartbeat whose trade arrives within the grace is none', () => {
    const { match, heartbeat, wait, requests } = story()
    match(1)
    heartbeat(2)
    match(2)
    wait(5)
    expect(requests).toHaveLength(1)
  })

  it('of which a late trade comes by itself is refilled with the rest only', () => {
    const { match, tell, told, core } = story()
    match(1)
    match(4)
    match(2)
    tell({
      type: 'refill',
      product: 'A-USD',
      fromTradeId: 2,
      toTradeId: 3,
      trades: [trade(3), trade(2)],
      failure: null,
    })
    expect(told()).toBe('CONNECTED, 1, 2, REFILLED 1, 3, 4')
    expect(core.counts()).toMatchObject({ refilled: 1, lost: 0 })
  })

  it('ends when the answer takes too long', () => {
    const { match, wait, told } = story()
    match(1)
    match(3)
    wait(16)
    expect(told()).toBe('CONNECTED, 1, GAP 1, 3')
  })

  it('ends when more trades wait than the bound allows', () => {
    const { match, told } = story({ trades: { ...DEFAULT_TRADE_LINE, maxHeld: 3 } })
    match(1)
    for (const tradeId of [3, 4, 5, 6]) match(tradeId)
    expect(told()).toBe('CONNECTED, 1, GAP 1, 3, 4, 5, 6')
  })

  it('that is larger than the bound is asked for only in its newest part', () => {
    const { match, requests, told } = story({ trades: { ...DEFAULT_TRADE_LINE, maxRefill: 10 } })
    match(1)
    match(100)
    expect(requests.at(-1)).toEqual({ type: 'refill', product: 'A-USD', fromTradeId: 90, toTradeId: 99 })
    expect(told()).toBe('CONNECTED, 1, GAP 88')
  })

  it('in whatever order matches, tickers, losses and answers come, tells each trade at most once, ascending, and counts the rest', () => {
    const step = fc.record({
      id: fc.integer({ min: 1, max: 30 }),
      how: fc.constantFrom('match', 'ticker', 'heartbeat', 'answer', 'wait'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, mask) => {
        const run = story()
        run.match(1, 1)
        for (const { id, how } of steps) {
          // Times equal ids, so that no trade looks like a new numbering.
          if (how === 'match') run.match(id, 1)
          if (how === 'ticker') run.ticker(id, 1)
          if (how === 'heartbeat') run.heartbeat(id, 1)
          if (how === 'wait') run.wait(2)
          const asked = run.requests.at(-1)!
          if (how !== 'answer' || asked.type !== 'refill') continue
          const trades: VenueTrade[] = []
          for (let at = asked.fromTradeId; at <= asked.toTradeId; at += 1)
            if ((mask >> (at % 31)) & 1) trades.push(trade(at, 1))
          run.tell({ ...asked, type: 'refill', trades, failure: null })
        }
        for (let rest = 0; rest < 40; rest += 1) run.wait(20)
        const ids: number[] = []
        for (const event of run.events)
          if (event.type === 'tick' && event.tradeId !== ids.at(-1)) ids.push(event.tradeId)
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
        const highest = Math.max(
          1,
          ...steps.filter(({ how }) => how !== 'answer' && how !== 'wait').map(({ id }) => id),
        )
        expect(ids.length + run.core.counts().lost).toBe(highest)
      }),
    )
  })
})

describe('quotes', () => {
  const update = (...changes: ['BUY' | 'SELL', number, number][]): VenueMessage => ({
    type: 'l2update',
    unit: EIGHTHS,
    product: 'A-USD',
    changes,
    time: T0 + SECOND,
  })
  const snapshot: VenueMessage = { type: 'snapshot', unit: EIGHTHS, product: 'A-USD', bids: [[9, 5]], asks: [[12, 5]] }

  it('come from the book, and the book goes before the tick of the same change', () => {
    const { say, events } = story()
    say(snapshot)
    say(update(['BUY', 10, 3]))
    expect(events.map((event) => event.type)).toEqual(['feed', 'book', 'tick', 'book', 'tick'])
    expect(events[3]).toMatchObject({
      bids: [
        [10, 3],
        [9, 5],
      ],
      asks: [[12, 5]],
    })
    expect(events[4]).toMatchObject({ bid: 10, bidSize: 3, ask: 12, askSize: 5, tradeId: 0 })
  })

  it('come from the ticker while no book is known, and not once one is', () => {
    const { say, ticker, events } = story()
    ticker(1)
    say(update())
    expect(events.at(-1)).toMatchObject({ type: 'tick', bid: 9, ask: 11, askSize: 2, tradeId: 1 })
    say(snapshot)
    expect(events.at(-1)).toMatchObject({ type: 'tick', bid: 9, bidSize: 5, ask: 12 })
    ticker(2)
    expect(events.at(-1)).toMatchObject({ type: 'tick', bid: 9, bidSize: 5, ask: 12, tradeId: 2 })
  })

  it('of levels below the published depth are not told', () => {
    const { say, events } = story({ levels: 1 })
    say(snapshot)
    say(update())
    const before = events.length
    say(update(['BUY', 8, 3], ['SELL', 13, 1]))
    expect(events).toHaveLength(before)
  })

  it('of a crossed book are not told, and one that stays crossed is asked for anew', () => {
    const { say, events, requests, core } = story()
    say(snapshot)
    say(update())
    const before = events.length
    say(update(['BUY', 13, 1]))
    expect(events).toHaveLength(before)
    say(update(['BUY', 13, 0], ['BUY', 10, 1]))
    expect(events.at(-1)).toMatchObject({ bid: 10, ask: 12 })
    for (let count = 0; count < 21; count += 1) say(update(['BUY', 13, 1 + count]))
    expect(requests.at(-1)).toEqual({ type: 'resubscribe', product: 'A-USD' })
    say(update(['BUY', 13, 9]))
    expect(core.counts()).toMatchObject({ doubtedBooks: 1, strayUpdates: 1 })
    say(snapshot)
    expect(events.at(-1)).toMatchObject({ bid: 9, ask: 12 })
  })

  it('are not known, and are asked for anew once, after a change that could not be read', () => {
    const { say, tell, events, requests, core } = story()
    say(snapshot)
    say(update())
    const before = events.length
    for (let count = 0; count < 3; count += 1)
      tell({ type: 'garbage', reason: 'changes holds ["buy","0","1"]', book: 'A-USD' })
    expect(requests.filter(({ type }) => type === 'resubscribe')).toEqual([{ type: 'resubscribe', product: 'A-USD' }])
    say(update(['BUY', 11, 1]))
    expect(events).toHaveLength(before)
    say(snapshot)
    expect(events.at(-1)).toMatchObject({ type: 'book', product: 'A-USD' })
    // Garbage that says of no product, and is of no book, changes none.
    tell({ type: 'garbage', reason: 'not JSON' })
    expect(core.counts()).toMatchObject({ doubtedBooks: 1, garbage: 4 })
    tell({ type: 'garbage', reason: 'product_id is missing', book: '' })
    expect(core.counts()).toMatchObject({ doubtedBooks: 2 })
  })

  it('are not known after a lost connection until the next snapshot', () => {
    const { say, tell, match, events } = story()
    say(snapshot)
    match(1)
    tell({ type: 'lost', detail: 'closed' })
    tell({ type: 'connected' })
    say(update(['BUY', 10, 3]))
    match(2)
    expect(events.at(-1)).toMatchObject({ type: 'tick', bid: 0, bidSize: 0, ask: 0, tradeId: 2 })
    say(snapshot)
    expect(events.slice(-2)).toMatchObject([{ type: 'book' }, { type: 'tick', bid: 9, ask: 12 }])
  })
})

describe('a session', () => {
  it('counts from 1 without holes and never goes back in time', () => {
    const { match, events, instruments } = story()
    match(1, 10)
    match(2, 5)
    match(3, 11)
    expect([...events, ...instruments].map((event) => event.sequence).sort()).toEqual([1, 2, 3, 4, 5])
    expect(events.map((event) => (event.time - T0) / SECOND)).toEqual([10, 10, 10, 11])
  })

  it('is dated by the venue alone, however far its clock is from ours, and not by an old last trade', () => {
    const { say, match, events } = story()
    say({ type: 'last_match', product: 'A-USD', trade: trade(1, -900) })
    expect(events).toEqual([])
    match(2, -500)
    expect(events.map((event) => (event.time - T0) / SECOND)).toEqual([-500, -500, -500])
  })

  it('is not dated by messages that carry no time', () => {
    const { say, heartbeat, events } = story()
    say({
      type: 'ticker',
      unit: EIGHTHS,
      product: 'A-USD',
      trade: null,
      bid: 9,
      bidSize: 1,
      ask: 11,
      askSize: 1,
      time: 0,
    })
    say({ type: 'l2update', unit: EIGHTHS, product: 'A-USD', changes: [], time: 0 })
    expect(events).toEqual([])
    heartbeat(0, 7)
    expect(events.map((event) => (event.time - T0) / SECOND)).toEqual([7, 7])
  })

  it('does not wait for a date for ever', () => {
    const { wait, events } = story()
    wait(1)
    expect(events).toEqual([])
    wait(3)
    expect(events).toMatchObject([{ state: 'CONNECTED', time: T0 + 4 * SECOND }])
  })

  it('goes on without a product that the venue refuses', () => {
    const { tell, match, told, core } = story({}, ['MATIC-USD', 'A-USD'])
    tell({ type: 'refused', product: 'MATIC-USD', detail: 'MATIC-USD is delisted' })
    match(1)
    expect(told()).toBe('CONNECTED, REFUSED, 1')
    expect(core.products).toEqual(['A-USD'])
  })

  const HUGE = 120_000_000 * 100_000_000
  type Level = readonly [number, number]
  const snapshot = (bids: Level[], product = 'S-USD') =>
    ({ type: 'snapshot', unit: EIGHTHS, product, bids, asks: [] }) as const
  const tickerOf = (more: object) =>
    ({
      type: 'ticker',
      unit: EIGHTHS,
      product: 'S-USD',
      trade: null,
      bid: 9,
      bidSize: 1,
      ask: 11,
      askSize: 1,
      time: T0,
      ...more,
    }) as const

  it('refuses a product that begins with a size which cannot be carried, and goes on with the others', () => {
    const { say, match, told, core, events, requests } = story({}, ['S-USD', 'A-USD'])
    say(snapshot([[9, HUGE]]))
    match(1)
    expect(told()).toBe('CONNECTED, REFUSED, 1')
    expect(events).toContainEqual(
      expect.objectContaining({
        state: 'REFUSED',
        product: 'S-USD',
        detail: expect.stringContaining('120000000') as string,
      }),
    )
    expect(core.products).toEqual(['A-USD'])
    expect(requests).toContainEqual({ type: 'unsubscribe', product: 'S-USD' })
  })

  it.each<[string, VenueMessage]>([
    ["a level's size", { type: 'l2update', unit: EIGHTHS, product: 'S-USD', changes: [['BUY', 10, HUGE]], time: T0 }],
    [
      "a level's price",
      { type: 'l2update', unit: EIGHTHS, product: 'S-USD', changes: [['BUY', Infinity, 1]], time: T0 },
    ],
    ["a trade's price", { type: 'match', product: 'S-USD', trade: { ...trade(1), price: HUGE } }],
    ["a trade's size", { type: 'match', product: 'S-USD', trade: { ...trade(1), size: Infinity } }],
    ["a trade's id", { type: 'match', product: 'S-USD', trade: { ...trade(1), tradeId: 2 ** 53 + 2 } }],
    ["a ticker's trade id", tickerOf({ trade: { ...trade(1), tradeId: 2 ** 60 } })],
    ["a last match's id", { type: 'last_match', product: 'S-USD', trade: { ...trade(1), tradeId: 1e300 } }],
    ["a heartbeat's trade id", { type: 'heartbeat', product: 'S-USD', lastTradeId: 2 ** 60, time: T0 }],
  ])('closes a product that was there, and nothing else, where %s cannot be carried', (_, message) => {
    const { say, match, told, events } = story({}, ['S-USD', 'A-USD'])
    match(1)
    say(snapshot([[9, 1]]))
    say(message)
    const closed = events.length
    say(snapshot([[9, 2]]))
    match(2)
    expect(told()).toMatch(/^CONNECTED, 1(, 0)?, CLOSED, 2$/)
    expect(events.slice(closed).map(({ product }) => product)).toEqual(['A-USD'])
  })

  it('closes one whose ticker names a quote that cannot be carried, where no book is known', () => {
    const { say, told } = story({}, ['S-USD'])
    say(tickerOf({}))
    say(tickerOf({ askSize: HUGE, ask: 12 }))
    expect(told()).toBe('CONNECTED, CLOSED')
  })

  it('does not care for a level that is too large where it is not published', () => {
    const { say, told } = story({ levels: 1 }, ['S-USD'])
    say(tickerOf({}))
    say(
      snapshot([
        [9, 1],
        [8, HUGE],
      ]),
    )
    expect(told()).toBe('CONNECTED')
  })

  it('comes through a jump of the trade ids as far as they can go in no time', () => {
    const { match, wait, told, requests } = story({ trades: { ...DEFAULT_TRADE_LINE, maxRefill: 2 } })
    const far = Number.MAX_SAFE_INTEGER
    match(1)
    match(far, 2)
    expect(requests.at(-1)).toMatchObject({ fromTradeId: far - 2, toTradeId: far - 1 })
    wait(20)
    expect(told()).toBe(`CONNECTED, 1, GAP ${far - 4}, GAP 2, ${far}`)
  })

  it('takes further products while it runs, and refuses what is no product or too many', () => {
    const { tell, requests, heartbeat, told } = story()
    heartbeat(0)
    tell({ type: 'subscribe', products: ['A-USD', 'B-USD', 'nonsense'] })
    expect(requests.at(-1)).toEqual({ type: 'subscribe', products: ['B-USD'] })
    expect(told()).toBe('CONNECTED, REFUSED')
    tell({ type: 'subscribe', products: Array.from({ length: 63 }, (_, index) => `C${index}-USD`) })
    expect(told()).toBe('CONNECTED, REFUSED, REFUSED')
  })

  it('counts garbage and what nobody asked for, and says nothing of it', () => {
    const { tell, say, events, core } = story()
    tell({ type: 'garbage', reason: 'not JSON' })
    say({ type: 'unknown', name: 'status' })
    say({ type: 'heartbeat', product: 'Z-USD', lastTradeId: 1, time: T0 })
    expect(events).toEqual([])
    expect(core.counts()).toMatchObject({ garbage: 1, ignored: 2, messages: 2 })
  })

  it('refuses a number of levels that no datagram holds', () => {
    expect(() => createStreamerCore({ levels: 41 })).toThrow('levels is 41; it must be a whole number from 1 to 40')
  })
})

describe('what a product is counted in', () => {
  const definition = {
    product: 'A-USD',
    unit: unitOf(2, 4),
    priceIncrement: 5,
    sizeIncrement: 10,
    minSize: 100,
    maxSize: 0,
    minValue: 10n ** 18n,
    origin: 'VENUE',
  } as const
  const tradeIn = (tradeId: number, unit: Unit, price: number, size: number): VenueMessage => ({
    type: 'match',
    product: 'A-USD',
    trade: { ...trade(tradeId), unit, price, size },
  })

  it('is told before anything else of it, as its venue defines it, and again to whoever comes', () => {
    const { tell, say, instruments, events, core } = story()
    tell({ type: 'instruments', instruments: [definition] })
    expect([instruments, core.unitOf('A-USD'), core.unitOf('B-USD')]).toEqual([[], unitOf(2, 4), null])
    say(tradeIn(1, unitOf(2, 4), 1_000, 20_000))
    expect(instruments).toEqual([{ type: 'instrument', ...definition, sequence: 2, time: T0 + SECOND }])
    expect(events.at(-1)).toMatchObject({ type: 'tick', sequence: 3, unit: unitOf(2, 4), price: 1_000 })
    tell({ type: 'announce' })
    expect(instruments).toMatchObject([definition, { ...definition, sequence: 4 }])
  })

  it('is what was seen where its venue does not define it', () => {
    const { say, instruments } = story()
    say(tradeIn(1, unitOf(1, 0), 15, 2))
    expect(instruments).toMatchObject([
      { unit: unitOf(1, 0), priceIncrement: 1, sizeIncrement: 1, minSize: 0, minValue: 0n, origin: 'INFERRED' },
    ])
  })

  it('becomes finer by a new definition where something finer comes, exactly for all that is kept', () => {
    const { tell, say, instruments, events } = story()
    tell({ type: 'instruments', instruments: [definition] })
    say({ type: 'snapshot', product: 'A-USD', unit: unitOf(2, 4), bids: [[995, 30]], asks: [[1_005, 40]] })
    say(tradeIn(1, unitOf(2, 4), 1_000, 20_000))
    say({
      type: 'l2update',
      product: 'A-USD',
      unit: unitOf(3, 4),
      changes: [['SELL', 10_045, 7]],
      time: T0 + 2 * SECOND,
    })
    expect(instruments.at(-1)).toMatchObject({
      unit: unitOf(3, 4),
      priceIncrement: 50,
      sizeIncrement: 10,
      minSize: 100,
    })
    const [book, tick] = events.slice(-2)
    const asks = [
      [10_045, 7],
      [10_050, 40],
    ]
    expect(book).toMatchObject({ type: 'book', unit: unitOf(3, 4), bids: [[9_950, 30]], asks })
    expect(tick).toMatchObject({ unit: unitOf(3, 4), price: 10_000, size: 20_000, bid: 9_950, ask: 10_045, tradeId: 1 })
    // What comes in the unit of before is the same as ever.
    say(tradeIn(2, unitOf(2, 4), 1_001, 1))
    expect(events.at(-1)).toMatchObject({ unit: unitOf(3, 4), price: 10_010, size: 1, tradeId: 2 })
  })

  it('becomes finer while trades wait behind a hole', () => {
    const { tell, say, events } = story()
    say(tradeIn(1, unitOf(1, 0), 10, 1))
    say(tradeIn(3, unitOf(1, 0), 30, 1))
    const late = { ...trade(2), unit: unitOf(2, 0), price: 205, size: 1 }
    tell({ type: 'refill', product: 'A-USD', fromTradeId: 2, toTradeId: 2, trades: [late], failure: null })
    const ticks = events.filter((event) => event.type === 'tick')
    expect(ticks.map((tick) => [tick.price, tick.unit.price])).toEqual([
      [10, 1],
      [205, 2],
      [300, 2],
    ])
  })

  it('closes a product, and nothing else, where no unit holds all that comes', () => {
    const { say, match, told } = story({}, ['S-USD', 'A-USD'])
    match(1)
    const of = (unit: Unit, tradeId: number): VenueMessage => ({
      type: 'match',
      product: 'S-USD',
      trade: { ...trade(tradeId), unit },
    })
    say(of(unitOf(12, 0), 1))
    say(of(unitOf(0, 8), 2))
    match(2)
    expect(told()).toBe('CONNECTED, 1, CLOSED, 2')
  })
})
