import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRequest, type ProductCheck } from './request.ts'

const check: ProductCheck = (product) => {
  if (product === 'MATIC-USD') return 'MATIC-USD is delisted'
  return ['BTC-USD', 'ETH-USD'].includes(product) ? null : `${product} is not a valid product`
}
const read = (message: unknown) => parseRequest(typeof message === 'string' ? message : JSON.stringify(message), check)

describe('a client request', () => {
  it('joins the products of the message and of the channel, under the venue own channel names', () => {
    const outcome = read({
      type: 'subscribe',
      product_ids: ['ETH-USD'],
      channels: ['level2_batch', 'ticker_batch', { name: 'ticker', product_ids: ['BTC-USD', 'ETH-USD'] }],
    })
    expect(outcome).toEqual({
      ok: true,
      request: {
        type: 'subscribe',
        channels: new Map([
          ['level2_50', new Set(['ETH-USD'])],
          ['ticker_1000', new Set(['ETH-USD'])],
          ['ticker', new Set(['ETH-USD', 'BTC-USD'])],
        ]),
      },
    })
  })

  it('ignores what it does not know, such as a signature', () => {
    expect(read({ type: 'subscribe', channels: ['status'], key: '', timestamp: 1, signature: 'x' }).ok).toBe(true)
  })

  const refused = (reason: string, message = 'Failed to subscribe') => ({ ok: false, message, reason })
  it.each([
    [{ type: 'subscribe', channels: [], product_ids: ['BTC-USD'] }, refused('No channels provided')],
    [{ type: 'unsubscribe' }, refused('No channels provided', 'Failed to unsubscribe')],
    [{ type: 'subscribe', channels: ['ticker'] }, refused('No product_ids provided')],
    [{ type: 'subscribe', channels: ['ticker'], product_ids: ['ETH-XXX'] }, refused('ETH-XXX is not a valid product')],
    [{ type: 'subscribe', channels: ['ticker'], product_ids: ['MATIC-USD'] }, refused('MATIC-USD is delisted')],
    [{ type: 'subscribe', channels: ['gossip'], product_ids: ['BTC-USD'] }, refused('gossip is not a valid channel')],
    [
      { type: 'subscribe', channels: ['toString'], product_ids: ['BTC-USD'] },
      refused('toString is not a valid channel'),
    ],
    [{ type: 'hello', channels: ['ticker'] }, refused('hello is not a valid type', 'Unknown message type')],
    [
      { type: 'subscribe', channels: [{ name: 'level2', product_ids: ['BTC-USD'] }] },
      refused(
        'level2, level3, and full channels now require authentication. ' +
          'https://docs.cloud.coinbase.com/exchange/docs/websocket-auth',
      ),
    ],
  ])('refuses %j as the venue does', (message, expected) => {
    expect(read(message)).toEqual(expected)
  })

  it.each(['{', '', '[]', 'null', '7', '{"type":"subscribe","channels":"ticker"}', '{"channels":[]}'])(
    'answers %j with a fault and throws nothing',
    (text) => {
      const outcome = read(text)
      expect(outcome.ok).toBe(false)
      if (!outcome.ok) expect(outcome.message).toMatch(/^Malformed/)
    },
  )

  it('throws nothing, whatever it is sent', () => {
    const channels = fc.array(
      fc.oneof(fc.constantFrom('ticker', 'level2_batch', '__proto__', 'constructor'), fc.jsonValue()),
    )
    const message = fc.record({
      type: fc.constantFrom('subscribe', 'unsubscribe'),
      channels,
      product_ids: fc.jsonValue(),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          message.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const outcome = read(text)
          if (!outcome.ok) expect(outcome.message.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 500 },
    )
  })
})
