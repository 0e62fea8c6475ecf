import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTime } from '../../../domain/time.ts'
import { parseFrame, parseRestTrade } from './parse.ts'

interface Sample {
  readonly about: string
  readonly frame: unknown
}

const samples = JSON.parse(readFileSync(new URL('./samples/frames.json', import.meta.url), 'utf8')) as Sample[]
const frame = (about: string): string => JSON.stringify(samples.find((sample) => sample.about === about)?.frame)

describe('parseFrame', () => {
  it('takes the maker out of a match and the taker out of a ticker, so that both name the taker', () => {
    const trade = {
      tradeId: 1087540758,
      price: 7_757_287_000_000,
      size: 9,
      takerSide: 'SELL',
      time: parseTime('2026-09-02T07:44:10.104422Z'),
    }
    expect(parseFrame(frame('match'))).toEqual({ type: 'match', product: 'BTC-USD', trade })
    expect(parseFrame(frame('last_match'))).toEqual({ type: 'last_match', product: 'BTC-USD', trade })
    expect(parseFrame(frame('ticker'))).toEqual({
      type: 'ticker',
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
    expect(parseFrame(frame('ticker of 2019'))).toMatchObject({ bid: 520_000_000_000, bidSize: 0, askSize: 0 })
  })

  it('reads a ticker of a product that never traded as a quote without a trade', () => {
    expect(parseFrame(frame('ticker without a trade'))).toMatchObject({ trade: null, bid: 100_000_000, time: 0 })
  })

  it('reads snapshots and updates, a zero of any scale being 0', () => {
    expect(parseFrame(frame('snapshot'))).toEqual({
      type: 'snapshot',
      product: 'BTC-USD',
      bids: [[8_068_808_000_000, 59_153_273]],
      asks: [[8_069_153_000_000, 20_084_671]],
    })
    expect(parseFrame(frame('l2update'))).toEqual({
      type: 'l2update',
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
    expect(parseFrame(frame('l2update without a time'))).toMatchObject({ type: 'l2update', time: 0 })
  })

  it('reads heartbeats, acks by the names the venue uses, errors, and lets unknown types pass', () => {
    expect(parseFrame(frame('heartbeat'))).toMatchObject({
      type: 'heartbeat',
      product: 'ETH-USD',
      lastTradeId: 278953096,
    })
    expect(parseFrame(frame('ack'))).toEqual({
      type: 'subscriptions',
      channels: [{ name: 'level2_50', products: ['BTC-USD'] }],
    })
    expect(parseFrame(frame('delisted'))).toEqual({
      type: 'error',
      message: 'Failed to subscribe',
      reason: 'MATIC-USD is delisted',
    })
    expect(parseFrame('{"type":"status","products":[]}')).toEqual({ type: 'unknown', name: 'status' })
  })

  it('refuses a broken frame with every fault at once', () => {
    const text = '{"type":"match","product_id":"btc","trade_id":0,"side":"up","size":"0","price":1,"time":"noon"}'
    const refusal = parseFrame(text)
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
    expect(parseFrame(text).type).toBe('refused')
  })

  it('lets what is a number and cannot be carried pass as such, so that it is not passed over as garbage', () => {
    const level = '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","99999999999999999999.5"]]}'
    expect(parseFrame(level)).toMatchObject({ changes: [['BUY', 100_000_000, Infinity]] })
    const beat = (id: string, time: string) =>
      parseFrame(`{"type":"heartbeat","product_id":"BTC-USD","last_trade_id":${id},"time":"${time}"}`)
    expect(beat('9007199254740994', '2026-01-01T00:00:00Z')).toMatchObject({ lastTradeId: 9_007_199_254_740_994 })
    expect(beat('1', '9999-01-01T00:00:00Z')).toMatchObject({ type: 'heartbeat', time: 0 })
  })

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseFrame(text)).not.toThrow()
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
        const parsed = parseFrame(JSON.stringify(value))
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
    expect(parseRestTrade(row)).toMatchObject({ tradeId: 24169717, takerSide: 'BUY', size: 846_511 })
    expect(parseRestTrade({ ...row, trade_id: '1' })).toBeNull()
    expect(parseRestTrade(null)).toBeNull()
  })
})

it.each([
  ['a price of 0', '{"type":"l2update","product_id":"A-USD","changes":[["buy","0","1"]]}', 'A-USD'],
  ['no changes', '{"type":"l2update","product_id":"A-USD"}', 'A-USD'],
  ['no bids', '{"type":"snapshot","product_id":"A-USD","asks":[]}', 'A-USD'],
  ['no product', '{"type":"l2update","changes":[["buy","1","1"]]}', ''],
])('says whose book a change would have been that cannot be read: %s', (_what, text, book) => {
  expect(parseFrame(text)).toMatchObject({ type: 'refused', book })
})

it('says nothing of books where what cannot be read is of none', () => {
  for (const text of ['x', '{"type":"match","product_id":"A-USD"}']) expect(parseFrame(text)).not.toHaveProperty('book')
})
