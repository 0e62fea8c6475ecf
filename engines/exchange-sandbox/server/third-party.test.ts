import {
  CandleGranularity,
  CoinbasePro,
  WebSocketChannelName,
  WebSocketEvent,
  type WebSocketL2SnapshotMessage,
  type WebSocketL2UpdateMessage,
  type WebSocketLastMatchMessage,
  type WebSocketMatchMessage,
  type WebSocketResponse,
  type WebSocketTickerMessage,
} from 'coinbase-pro-node'
import { afterEach, describe, expect, it } from 'vitest'
import { createSandbox } from './server.ts'

const cleanUps: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function startClient(): Promise<CoinbasePro> {
  const sandbox = await createSandbox({ market: { kind: 'generated', seed: 11, activity: 3 } })
  cleanUps.push(() => sandbox.dispose())
  return new CoinbasePro({
    apiKey: '',
    apiSecret: '',
    passphrase: '',
    httpUrl: sandbox.restUrl,
    wsUrl: sandbox.wsUrl,
  })
}

/** Resolves when the client's own event for a kind of message has been emitted with one that fits. */
function event<Message>(
  client: CoinbasePro,
  name: WebSocketEvent,
  fits: (message: Message) => boolean,
): Promise<Message> {
  return new Promise((resolve) => {
    const listen = (message: Message): void => {
      if (!fits(message)) return
      client.ws.removeListener(name, listen)
      resolve(message)
    }
    ;(client.ws as NodeJS.EventEmitter).on(name, listen)
  })
}

describe('a third-party client (coinbase-pro-node), unchanged', () => {
  it('takes tickers, matches, heartbeats and the book over the feed', async () => {
    const client = await startClient()
    const opened = event(client, WebSocketEvent.ON_OPEN, () => true)
    client.ws.connect()
    cleanUps.push(() => client.ws.disconnect('done'))
    await opened
    const product_ids = ['BTC-USD', 'ETH-USD']
    const ticker = event<WebSocketTickerMessage>(client, WebSocketEvent.ON_MESSAGE_TICKER, () => true)
    const matches = event<WebSocketLastMatchMessage | WebSocketMatchMessage>(
      client,
      WebSocketEvent.ON_MESSAGE_MATCHES,
      ({ type }) => String(type) === 'match',
    )
    const snapshot = event<WebSocketL2SnapshotMessage>(client, WebSocketEvent.ON_MESSAGE_L2SNAPSHOT, () => true)
    const update = event<WebSocketL2UpdateMessage>(client, WebSocketEvent.ON_MESSAGE_L2UPDATE, () => true)
    const beat = event<WebSocketResponse>(client, WebSocketEvent.ON_MESSAGE, ({ type }) => String(type) === 'heartbeat')
    const status = event(client, WebSocketEvent.ON_MESSAGE_STATUS, () => true)
    await client.ws.subscribe([
      { name: WebSocketChannelName.TICKER, product_ids },
      { name: WebSocketChannelName.MATCHES, product_ids },
      { name: WebSocketChannelName.HEARTBEAT, product_ids },
      { name: WebSocketChannelName.STATUS },
      // The client is older than this channel and has no name for it, but sends what it is given.
      { name: 'level2_batch' as WebSocketChannelName, product_ids },
    ])
    expect(Number((await ticker).price)).toBeGreaterThan(0)
    expect(product_ids).toContain((await matches).product_id)
    expect((await snapshot).bids.length).toBeGreaterThan(100)
    expect((await update).changes.length).toBeGreaterThan(0)
    await beat
    await status

    const acknowledged = event<{ channels: { name: string }[] }>(
      client,
      WebSocketEvent.ON_SUBSCRIPTION_UPDATE,
      () => true,
    )
    await client.ws.unsubscribe(WebSocketChannelName.MATCHES)
    const names = (await acknowledged).channels.map(({ name }) => name)
    expect(names).toEqual(['ticker', 'heartbeat', 'status', 'level2_50'])
  })

  it('is told why its subscription is refused', async () => {
    const client = await startClient()
    const opened = event(client, WebSocketEvent.ON_OPEN, () => true)
    client.ws.connect()
    cleanUps.push(() => client.ws.disconnect('done'))
    await opened
    const refusal = event<{ reason: string }>(client, WebSocketEvent.ON_MESSAGE_ERROR, () => true)
    await client.ws.subscribe({ name: WebSocketChannelName.TICKER, product_ids: ['MATIC-USD'] })
    expect(await refusal).toEqual({ type: 'error', message: 'Failed to subscribe', reason: 'MATIC-USD is delisted' })
  })

  it('reads products, trades page by page, candles, books, ticker and statistics over REST', async () => {
    const { rest } = await startClient()
    const products = await rest.product.getProducts()
    expect(products.map(({ id }) => id)).toEqual(['BTC-USD', 'ETH-USD', 'SOL-USD', 'DOGE-USD', 'POL-USD'])
    expect((await rest.product.getProduct('POL-USD'))?.quote_increment).toBe('0.0001')
    const page = await rest.product.getTrades('BTC-USD', { limit: 20 })
    const older = await rest.product.getTrades('BTC-USD', { limit: 20, after: page.pagination.after! })
    const ids = [...page.data, ...older.data].map((trade) => trade.trade_id)
    expect(ids).toEqual(Array.from({ length: 40 }, (_, index) => ids[0]! - index))
    const end = new Date()
    const candles = await rest.product.getCandles('ETH-USD', {
      granularity: CandleGranularity.ONE_MINUTE,
      start: new Date(end.getTime() - 7_200_000).toISOString(),
      end: end.toISOString(),
    })
    expect(candles.length).toBeGreaterThan(110)
    for (const { low, high, open, close } of candles) {
      expect(low).toBeLessThanOrEqual(Math.min(open, close))
      expect(high).toBeGreaterThanOrEqual(Math.max(open, close))
    }
    const book = await rest.product.getProductOrderBook('SOL-USD', { level: 2 })
    expect(Number(book.bids[0]![0])).toBeLessThan(Number(book.asks[0]![0]))
    expect(Number((await rest.product.getProductTicker('SOL-USD')).price)).toBeGreaterThan(0)
    expect(Number((await rest.product.getProductStats('SOL-USD')).volume)).toBeGreaterThan(0)
  })
})
