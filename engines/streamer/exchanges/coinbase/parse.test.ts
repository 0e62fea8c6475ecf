import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTime } from '../../../domain/time.ts'
import { EIGHTHS, unitOf } from '../../../domain/market/unit.ts'
import { parseInstrument } from './instrument.ts'
import { parseFrame, parseRestTrade } from './parse.ts'

interface Sample {
  readonly about: string
  readonly frame: unknown
}

const samples = JSON.parse(readFileSync(new URL('./samples/frames.json', import.meta.url), 'utf8')) as Sample[]
const frame = (about: string): string => JSON.stringify(samples.find((sample) => sample.about === about)?.frame)

const parse = (text: string) => parseFrame(text, () => EIGHTHS)

describe('parseFrame', () => {
  it('takes the maker out of a match and the taker out of a ticker, so that both name the taker', () => {
    const trade = {
      tradeId: 1087540758,
      price: 7_757_287_000_000,
      size: 9,
      unit: EIGHTHS,
      takerSide: 'SELL',
      time: parseTime('2026-09-02T07:44:10.104422Z'),
    }
    expect(parse(frame('match'))).toEqual({ type: 'match', product: 'BTC-USD', trade })
    expect(parse(frame('last_match'))).toEqual({ type: 'last_match', product: 'BTC-USD', trade })
    expect(parse(frame('ticker'))).toEqual({
      type: 'ticker',
      unit: EIGHTHS,
      product: 'BTC-USD',
      trade,
      bid: 7_757_287_000_000,
      bidSize: 9_686,
      ask: 7_757_585_000_000,
      askSize: 4_350_000,
      time: trade.time,
    })
  })

  it('reads a ticker of before 2022, which has no best sizes, as sizes not known', () => {
    expect(parse(frame('ticker of 2019'))).toMatchObject({ bid: 520_000_000_000, bidSize: 0, askSize: 0 })
  })

  it('reads a ticker of a product that never traded as a quote without a trade', () => {
    expect(parse(frame('ticker without a trade'))).toMatchObject({ trade: null, bid: 100_000_000, time: 0 })
  })

  it('reads snapshots and updates, a zero of any scale being 0', () => {
    expect(parse(frame('snapshot'))).toEqual({
      type: 'snapshot',
      unit: EIGHTHS,
      product: 'BTC-USD',
      bids: [[8_068_808_000_000, 59_153_273]],
      asks: [[8_069_153_000_000, 20_084_671]],
    })
    expect(parse(frame('l2update'))).toEqual({
      type: 'l2update',
      unit: EIGHTHS,
      product: 'BTC-USD',
      changes: [
        ['BUY', 8_068_808_000_000, 0],
        ['SELL', 8_074_516_000_000, 20_558_981],
        ['SELL', 8_074_517_000_000, 0],
      ],
      time: parseTime('2026-08-25T03:35:57.300000Z'),
    })
  })

  it('takes the year 1, which the venue was seen to send, as no time', () => {
    expect(parse(frame('l2update without a time'))).toMatchObject({ type: 'l2update', time: 0 })
  })

  it('reads heartbeats, acks by the names the venue uses, errors, and lets unknown types pass', () => {
    expect(parse(frame('heartbeat'))).toMatchObject({
      type: 'heartbeat',
      product: 'ETH-USD',
      lastTradeId: 278953096,
    })
    expect(parse(frame('ack'))).toEqual({
      type: 'subscriptions',
      channels: [{ name: 'level2_50', products: ['BTC-USD'] }],
    })
    expect(parse(frame('delisted'))).toEqual({
      type: 'error',
      message: 'Failed to subscribe',
      reason: 'MATIC-USD is delisted',
    })
    expect(parse('{"type":"status","products":[]}')).toEqual({ type: 'unknown', name: 'status' })
  })

  it('refuses a broken frame with every fault at once', () => {
    const text = '{"type":"match","product_id":"btc","trade_id":0,"side":"up","size":"0","price":1,"time":"noon"}'
    const refusal = parse(text)
    expect(refusal.type).toBe('refused')
    const { reason } = refusal as { reason: string }
    for (const word of ['product_id', 'trade_id', 'side', 'size', 'price', 'time']) expect(reason).toContain(word)
    expect(reason.length).toBeLessThanOrEqual(200)
  })

  it.each([
    ['no JSON', '{"type":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['a snapshot without bids', '{"type":"snapshot","product_id":"BTC-USD","asks":[]}'],
    ['a level that is no pair', '{"type":"snapshot","product_id":"BTC-USD","asks":[1],"bids":[]}'],
    ['a negative size', '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","-1"]]}'],
    ['a price that is no decimal', '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1e3","1"]]}'],
    ['nesting without end', '['.repeat(200_000)],
  ])('refuses %s', (_name, text) => {
    expect(parse(text).type).toBe('refused')
  })

  it('lets what is a number and cannot be carried pass as such, so that it is not passed over as garbage', () => {
    const level = '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","99999999999999999999.5"]]}'
    expect(parse(level)).toMatchObject({ changes: [['BUY', 100_000_000, Infinity]] })
    const beat = (id: string, time: string) =>
      parse(`{"type":"heartbeat","product_id":"BTC-USD","last_trade_id":${id},"time":"${time}"}`)
    expect(beat('9007199254740994', '2026-01-01T00:00:00Z')).toMatchObject({ lastTradeId: 9_007_199_254_740_994 })
    expect(beat('1', '9999-01-01T00:00:00Z')).toMatchObject({ type: 'heartbeat', time: 0 })
  })

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parse(text)).not.toThrow()
      }),
    )
  })

  it('never throws and never lets a bad number through, whichever field of a sample is spoilt', () => {
    const texts = samples.map((sample) => JSON.stringify(sample.frame))
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.jsonValue(), (text, position, junk) => {
        const value = JSON.parse(text) as Record<string, unknown>
        const keys = Object.keys(value)
        value[keys[position % keys.length]!] = junk
        const parsed = parse(JSON.stringify(value))
        if (parsed.type !== 'refused') expect(JSON.stringify(parsed)).not.toMatch(/:null,"size"|NaN/)
      }),
    )
  })
})

describe('parseRestTrade', () => {
  it('reads a trade whose side is the maker and whose time has milliseconds', () => {
    const row = {
      time: '2020-02-17T07:23:16.353Z',
      trade_id: 24169717,
      price: '9042.88',
      size: '0.00846511',
      side: 'sell',
    }
    expect(parseRestTrade(row, EIGHTHS)).toMatchObject({ tradeId: 24169717, takerSide: 'BUY', size: 846_511 })
    expect(parseRestTrade({ ...row, trade_id: '1' }, EIGHTHS)).toBeNull()
    expect(parseRestTrade(null, EIGHTHS)).toBeNull()
  })
})

describe('a unit', () => {
  const match = (price: string, size: string): string =>
    JSON.stringify({ ...(JSON.parse(frame('match')) as object), price, size })

  it('that is not known is as fine as the numbers of the frame', () => {
    const read = (price: string, size: string) => parseFrame(match(price, size), () => null)
    expect(read('0.00000812', '400000000')).toMatchObject({
      trade: { unit: unitOf(8, 0), price: 812, size: 400_000_000 },
    })
    expect(read('0.0000042731', '1.50')).toMatchObject({ trade: { unit: unitOf(10, 1), price: 42_731, size: 15 } })
  })

  it('that is too coarse for a number becomes finer for the whole frame, and none is rounded', () => {
    const level = '{"type":"l2update","product_id":"A-USD","changes":[["buy","1.5","2"],["sell","1.755","0.25"]]}'
    expect(parseFrame(level, () => unitOf(1, 0))).toMatchObject({
      unit: unitOf(3, 2),
      changes: [
        ['BUY', 1_500, 200],
        ['SELL', 1_755, 25],
      ],
    })
  })

  it('that would have to be finer than any is left, and the number is said to be there', () => {
    expect(parseFrame(match('0.0000000000001', '0.00000001'), () => EIGHTHS)).toMatchObject({
      trade: { unit: EIGHTHS, price: Infinity, size: 1 },
    })
  })
})

describe('a product of the venue', () => {
  it('is read with its increments and its smallest order', () => {
    const row = {
      quote_increment: '0.05',
      base_increment: '0.00000001',
      min_market_funds: '1',
      base_min_size: '0.0001',
    }
    expect(parseInstrument('A-USD', row)).toEqual({
      product: 'A-USD',
      unit: unitOf(2, 8),
      priceIncrement: 5,
      sizeIncrement: 1,
      minSize: 10_000,
      maxSize: 0,
      minValue: 10n ** 18n,
      origin: 'VENUE',
    })
  })

  it.each([
    ['no increments', {}],
    ['an increment of 0', { quote_increment: '0', base_increment: '1' }],
    ['an increment that is no text', { quote_increment: 0.01, base_increment: '1' }],
    ['more digits than can be counted', { quote_increment: `0.${'0'.repeat(18)}1`, base_increment: '1' }],
    ['an increment beyond what a double holds', { quote_increment: '9'.repeat(30), base_increment: '1' }],
  ])('with %s is not defined', (_, row) => {
    expect(parseInstrument('A-USD', row)).toBeNull()
  })
})

it.each([
  ['a price of 0', '{"type":"l2update","product_id":"A-USD","changes":[["buy","0","1"]]}', 'A-USD'],
  ['no changes', '{"type":"l2update","product_id":"A-USD"}', 'A-USD'],
  ['no bids', '{"type":"snapshot","product_id":"A-USD","asks":[]}', 'A-USD'],
  ['no product', '{"type":"l2update","changes":[["buy","1","1"]]}', ''],
])('says whose book a change would have been that cannot be read: %s', (_what, text, book) => {
  expect(parse(text)).toMatchObject({ type: 'refused', book })
})

it('says nothing of books where what cannot be read is of none', () => {
  for (const text of ['x', '{"type":"match","product_id":"A-USD"}']) expect(parse(text)).not.toHaveProperty('book')
})
