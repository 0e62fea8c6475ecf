import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { connectClient, isFrame, RebuiltBook, type TestClient } from './client-for-tests.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from './server.ts'

const open: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.dispose()
})

async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await createSandbox({ market: { kind: 'generated', seed: 7, activity: 3 }, ...options })
  open.push(sandbox)
  return sandbox
}

async function startWithClient(options: Partial<SandboxOptions> = {}): Promise<[Sandbox, TestClient]> {
  const sandbox = await start(options)
  return [sandbox, await connectClient(sandbox.wsUrl)]
}

describe('the feed', () => {
  it('acknowledges all subscriptions so far, under its own channel names', async () => {
    const [, client] = await startWithClient()
    client.subscribe(['level2_batch', 'heartbeat', { name: 'ticker', product_ids: ['BTC-USD'] }], ['ETH-USD'])
    client.subscribe(['ticker_batch'], ['SOL-USD'])
    client.send({ type: 'unsubscribe', channels: ['heartbeat'] })
    client.send({ type: 'unsubscribe', product_ids: ['ETH-USD'], channels: ['ticker', 'level2_50'] })
    const acks = await client.count(4, isFrame('subscriptions'))
    const channel = (name: string, ...product_ids: string[]) => ({ name, product_ids, account_ids: null })
    const first = [
      channel('level2_50', 'ETH-USD'),
      channel('heartbeat', 'ETH-USD'),
      channel('ticker', 'ETH-USD', 'BTC-USD'),
    ]
    expect(acks.map(({ channels }) => channels)).toEqual([
      first,
      [...first, channel('ticker_1000', 'SOL-USD')],
      [first[0], first[2], channel('ticker_1000', 'SOL-USD')],
      [channel('ticker', 'BTC-USD'), channel('ticker_1000', 'SOL-USD')],
    ])
  })

  it('sends nothing more of what was unsubscribed', async () => {
    const [, client] = await startWithClient({ market: { kind: 'generated', seed: 7, activity: 20 } })
    client.subscribe(['matches'], ['BTC-USD', 'ETH-USD'])
    await client.until(isFrame('match', 'ETH-USD'))
    client.send({ type: 'unsubscribe', channels: ['matches'], product_ids: ['ETH-USD'] })
    await client.count(2, isFrame('subscriptions'))
    const before = client.frames.filter(isFrame('match', 'ETH-USD')).length
    const seen = client.frames.filter(isFrame('match', 'BTC-USD')).length
    await client.count(seen + 40, isFrame('match', 'BTC-USD'))
    expect(client.frames.filter(isFrame('match', 'ETH-USD'))).toHaveLength(before)
  })

  it.each([
    [['ticker'], ['ETH-XXX'], 'ETH-XXX is not a valid product'],
    [['ticker'], ['BTC-USD', 'MATIC-USD'], 'MATIC-USD is delisted'],
    [['level2'], ['BTC-USD'], expect.stringContaining('level2, level3, and full channels now require authentication.')],
    [[], ['BTC-USD'], 'No channels provided'],
  ])('refuses %j of %j with an error, subscribes nothing, and stays connected', async (channels, products, reason) => {
    const [, client] = await startWithClient()
    client.subscribe(channels, products)
    expect(await client.until(isFrame('error'))).toEqual({ type: 'error', message: 'Failed to subscribe', reason })
    client.subscribe(['heartbeat'], ['BTC-USD'])
    const ack = await client.until(isFrame('subscriptions'))
    expect(ack.channels).toEqual([{ name: 'heartbeat', product_ids: ['BTC-USD'], account_ids: null }])
  })

  it('opens matches with the last match, ticker with the newest ticker, and the book with its snapshot', async () => {
    const [, client] = await startWithClient()
    client.subscribe(['matches', 'ticker', 'level2_batch'], ['BTC-USD'])
    await client.until(isFrame('match'))
    const of = (...types: string[]) => client.frames.filter(({ type }) => types.includes(type))
    expect(of('last_match', 'match')[0]!.type).toBe('last_match')
    expect(of('last_match')).toHaveLength(1)
    expect(of('snapshot', 'l2update')[0]!.type).toBe('snapshot')
    expect(of('subscriptions', 'ticker', 'snapshot', 'last_match')[0]!.type).toBe('subscriptions')
  })

  it('spells trades, books and times as the venue does', async () => {
    const [, client] = await startWithClient()
    client.subscribe(['matches', 'ticker', 'level2_batch', 'heartbeat'], ['DOGE-USD'])
    const match = await client.until(isFrame('match'))
    expect(match).toEqual({
      type: 'match',
      trade_id: expect.any(Number),
      maker_order_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
      taker_order_id: expect.any(String),
      side: expect.stringMatching(/^(buy|sell)$/),
      size: expect.stringMatching(/^\d+\.\d$/),
      price: expect.stringMatching(/^0\.\d{5}$/),
      product_id: 'DOGE-USD',
      sequence: expect.any(Number),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    })
    const ticker = await client.until((frame) => isFrame('ticker')(frame) && frame.sequence! >= match.sequence!)
    expect(Object.keys(ticker)).toEqual(
      'type sequence product_id price open_24h volume_24h low_24h high_24h volume_30d best_bid best_bid_size best_ask best_ask_size side time trade_id last_size'.split(
        ' ',
      ),
    )
    const twin = await client.until((frame) => frame.type === 'match' && frame.trade_id === ticker.trade_id)
    expect([twin.price, twin.sequence, twin.time]).toEqual([ticker.price, ticker.sequence, ticker.time])
    expect(new Set([twin.side, ticker.side])).toEqual(new Set(['buy', 'sell']))
    const beat = await client.until(isFrame('heartbeat'))
    expect(Object.keys(beat)).toEqual(['type', 'last_trade_id', 'product_id', 'sequence', 'time'])
    const removal = await client.until((frame) => frame.changes?.some(([, , size]) => Number(size) === 0) === true)
    expect(removal.changes!.filter(([, , size]) => Number(size) === 0)[0]![2]).toBe('0.0')
    const { asks, bids, ...rest } = await client.until(isFrame('snapshot'))
    expect(rest).toEqual({ type: 'snapshot', product_id: 'DOGE-USD' })
    const prices = (levels: readonly [string, string][]) => levels.map(([price]) => Number(price))
    expect(prices(asks!)).toEqual(prices(asks!).sort((one, other) => one - other))
    expect(prices(bids!)).toEqual(prices(bids!).sort((one, other) => other - one))
    expect(asks!.length).toBeGreaterThan(100)
  })

  it('tells of the book before the trade that took from it, and never of a crossed one', async () => {
    const [, client] = await startWithClient({ market: { kind: 'generated', seed: 3, activity: 20 } })
    client.subscribe(['matches', 'ticker', 'level2_batch'], ['SOL-USD'])
    await client.count(150, isFrame('ticker'))
    const book = new RebuiltBook()
    let tradeId = 0
    for (const frame of client.frames) {
      book.take(frame)
      if (frame.type === 'l2update') expect(book.bestBid()).toBeLessThan(book.bestAsk())
      if (frame.type === 'match' || frame.type === 'last_match') {
        if (tradeId > 0) expect(frame.trade_id).toBe(tradeId + 1)
        tradeId = frame.trade_id!
      }
      if (frame.type !== 'ticker' || frame.trade_id !== tradeId || book.snapshots === 0) continue
      expect([Number(frame.best_bid), Number(frame.best_ask)]).toEqual([book.bestBid(), book.bestAsk()])
    }
    expect(book.snapshots).toBe(1)
  })

  it('batches levels: between trades at most one update in 50 milliseconds of market time', async () => {
    const [, client] = await startWithClient({ market: { kind: 'generated', seed: 3, activity: 10 } })
    client.subscribe(['level2_50', 'matches'], ['BTC-USD'])
    await client.count(40, isFrame('l2update'))
    const seen = new Set<string>()
    for (const frame of client.frames) {
      if (frame.type === 'match') seen.clear()
      if (frame.type !== 'l2update' || !/\.\d(0|5)0000Z$/.test(frame.time!)) continue
      expect(seen.has(frame.time!)).toBe(false)
      seen.add(frame.time!)
    }
  })

  it('beats once a second for each product, with the newest trade id', async () => {
    const [, client] = await startWithClient()
    const started = performance.now()
    client.subscribe(['heartbeat'], ['BTC-USD', 'POL-USD'])
    const beats = await client.count(3, isFrame('heartbeat', 'POL-USD'))
    expect(performance.now() - started).toBeGreaterThan(1900)
    expect(client.frames.filter(isFrame('heartbeat', 'BTC-USD'))).toHaveLength(3)
    expect(beats[2]!.last_trade_id!).toBeGreaterThan(beats[0]!.last_trade_id!)
    expect(Date.parse(beats[2]!.time!) - Date.parse(beats[0]!.time!)).toBeGreaterThan(1800)
  })

  it('dates a generated market by the clock', async () => {
    const [, client] = await startWithClient({ market: { kind: 'generated', seed: 7, activity: 20 } })
    client.subscribe(['matches'], ['BTC-USD'])
    const ages: number[] = []
    client.socket.on('message', () => {
      const newest = client.frames.at(-1)!
      if (newest.type === 'match') ages.push(Date.now() - Date.parse(newest.time!))
    })
    await client.count(100, isFrame('match'))
    // Beats of 10 ms, and what a busy machine adds; the opening alone takes longer than the least of them.
    expect(Math.min(...ages)).toBeGreaterThan(-5)
    expect(Math.min(...ages)).toBeLessThan(25)
  })

  it('describes products and currencies on the status channel, which needs no product', async () => {
    const [, client] = await startWithClient()
    client.subscribe(['status'])
    expect(await client.until(isFrame('status'))).toMatchObject({
      products: expect.arrayContaining([
        expect.objectContaining({ id: 'DOGE-USD', quote_increment: '0.00001', base_increment: '0.1', type: 'spot' }),
      ]),
      currencies: expect.arrayContaining([expect.objectContaining({ id: 'POL' })]),
    })
  })

  it('compresses for those who ask', async () => {
    const [, client] = await startWithClient()
    expect(client.socket.extensions).toContain('permessage-deflate')
    client.subscribe(['level2_batch'], ['BTC-USD'])
    expect((await client.until(isFrame('snapshot'))).bids!.length).toBeGreaterThan(100)
  })
})

/** A client that subscribes to channels of every product, and reads nothing from then on. */
async function deaf(sandbox: Sandbox, channels: readonly string[]): Promise<Socket> {
  const slow = connect(sandbox.port, '127.0.0.1')
  slow.write(
    'GET / HTTP/1.1\r\nHost: sandbox\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await once(slow, 'data')
  // One masked text frame, with a mask of zeros.
  const text = JSON.stringify({ type: 'subscribe', channels, product_ids: sandbox.products })
  slow.write(
    Buffer.concat([Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]), Buffer.from(text)]),
  )
  slow.pause()
  return slow
}

describe('the doors', () => {
  it('close on who does not subscribe in time, but not on who does', async () => {
    const [sandbox, idle] = await startWithClient({ limits: { subscribeWithin: 150 } })
    const active = await connectClient(sandbox.wsUrl)
    active.subscribe(['heartbeat'], ['BTC-USD'])
    idle.send({ type: 'subscribe', channels: ['ticker'], product_ids: ['NO-SUCH'] })
    expect((await idle.closed).code).toBe(1008)
    await active.until(isFrame('heartbeat'))
    expect(active.socket.readyState).toBe(active.socket.OPEN)
  })

  it('close on who sends too many messages, or one that is too long', async () => {
    const [sandbox, chatty] = await startWithClient({ limits: { messages: { perSecond: 5, burst: 5 } } })
    for (let count = 0; count < 6; count += 1) chatty.subscribe(['heartbeat'], ['BTC-USD'])
    expect((await chatty.closed).code).toBe(1008)
    expect(chatty.frames.filter(isFrame('error'))[0]!.message).toBe('Rate limit exceeded')
    const long = await connectClient(sandbox.wsUrl)
    long.send('x'.repeat(40_000))
    expect((await long.closed).code).toBe(1009)
  })

  it('cut off a reader that does not keep up, and serve the others on', async () => {
    const [sandbox, reader] = await startWithClient({
      market: { kind: 'generated', seed: 1, activity: 100 },
      limits: { sendBytes: 60_000 },
    })
    const slow = await deaf(sandbox, ['ticker', 'matches', 'level2_batch'])
    reader.subscribe(['heartbeat'], ['BTC-USD'])
    await expect.poll(() => sandbox.faults.clients(), { timeout: 15_000 }).toEqual([1])
    const beats = reader.frames.length
    await reader.count(beats + 1, () => true)
    slow.destroy()
  })

  it('cut off who asks for pongs and does not read them', async () => {
    const sandbox = await start({ limits: { sendBytes: 60_000 } })
    const slow = await deaf(sandbox, ['heartbeat'])
    slow.on('error', () => undefined)
    await expect.poll(() => sandbox.faults.clients()).toEqual([1])
    // Says nothing by itself: it is the pongs alone that wait.
    sandbox.faults.silence()
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)])
    const pings = Buffer.concat(Array.from({ length: 5_000 }, () => ping))
    const clients = () => {
      slow.write(pings)
      return sandbox.faults.clients()
    }
    await expect.poll(clients, { interval: 5, timeout: 10_000 }).toEqual([])
    slow.destroy()
  })

  it('limit how often one address connects', async () => {
    const sandbox = await start({ limits: { connects: { perSecond: 0.01, burst: 2 } } })
    await connectClient(sandbox.wsUrl)
    await connectClient(sandbox.wsUrl)
    await expect(connectClient(sandbox.wsUrl)).rejects.toThrow('429')
  })

  it('say it where the port is taken', async () => {
    const { port } = await start()
    await expect(start({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use by another program`)
  })

  it('free the port at the end, and bear being closed twice', async () => {
    const [sandbox, client] = await startWithClient()
    await sandbox.dispose()
    await sandbox.dispose()
    expect((await client.closed).code).toBe(1006)
    const next = await start({ port: sandbox.port })
    expect(next.port).toBe(sandbox.port)
  })
})
