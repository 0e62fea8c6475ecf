import { EIGHTHS } from '../../domain/market/unit.ts'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { MarketEvent, Tick } from '../../domain/market/market.ts'
import { parseFixed } from '../../../tests/support/market/eighths.ts'
import { openCapture } from './capture-file.ts'
import { connectClient, isFrame, RebuiltBook, type ReceivedFrame } from '../server/client-for-tests.ts'
import { createSandbox, type SandboxMarket, type SandboxOptions } from '../server/server.ts'

const CAPTURE = resolve('../shared/marketdata/coinbase_ws_raw_2021-04-17/COINBASE.ws.28.0')

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** A sandbox over a recording, and the moment when it has been played to its end. */
async function play(market: SandboxMarket, options: Partial<SandboxOptions> = {}) {
  let tellEnd: (failure: Error | null) => void = () => undefined
  const ended = new Promise<Error | null>((resolveEnd) => {
    tellEnd = resolveEnd
  })
  const sandbox = await createSandbox({ market, speed: 60, ...options, onEnded: tellEnd })
  cleanUps.push(() => sandbox.dispose())
  return { sandbox, ended }
}

async function captureOf(...lines: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'capture')
  await writeFile(path, lines.join('\n'))
  return path
}

describe.skipIf(!existsSync(CAPTURE))('a real capture, played back (needs ../shared/marketdata)', () => {
  const recorded = readFileSync(existsSync(CAPTURE) ? CAPTURE : '/dev/null', 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => JSON.parse(line.slice(line.indexOf(': ') + 2)) as ReceivedFrame)
  const key = ({ product_id, trade_id, sequence, time, side, price, size, last_size }: ReceivedFrame) =>
    [product_id, trade_id, sequence, time, side, Number(price), Number(size ?? last_size)].join(' ')

  it('gives each trade and ticker once, as recorded, and ends with the recorded books', async () => {
    const { sandbox, ended } = await play({ kind: 'capture', path: CAPTURE })
    expect(sandbox.products).toHaveLength(10)
    const client = await connectClient(sandbox.wsUrl)
    client.subscribe(['level2_batch', 'matches', 'ticker', 'heartbeat'], sandbox.products)
    expect(await ended).toBeNull()
    // The answer comes after all that was sent before it.
    client.send({ type: 'unsubscribe', channels: ['heartbeat'] })
    await client.count(2, isFrame('subscriptions'))
    for (const type of ['match', 'last_match', 'ticker']) {
      const keys = (frames: readonly ReceivedFrame[]) => frames.filter(isFrame(type)).map(key).sort()
      expect(keys(client.frames)).toEqual(keys(recorded))
    }
    for (const product of sandbox.products) {
      const [theirs, ours] = [new RebuiltBook(), new RebuiltBook()]
      for (const frame of recorded) if (frame.product_id === product) theirs.take(frame)
      for (const frame of client.frames) if (frame.product_id === product) ours.take(frame)
      expect(ours.snapshots).toBe(1)
      expect(ours.bids).toEqual(theirs.bids)
      expect(ours.asks).toEqual(theirs.asks)
    }
  })

  it('waits for the first subscription, and gives who comes late the book of that moment', async () => {
    const { sandbox, ended } = await play({ kind: 'capture', path: CAPTURE })
    const early = await connectClient(sandbox.wsUrl)
    early.subscribe(['level2_batch'], ['SKL-USD'])
    await early.count(100, isFrame('l2update'))
    const late = await connectClient(sandbox.wsUrl)
    late.subscribe(['level2_batch', 'matches'], ['SKL-USD'])
    await ended
    late.send({ type: 'unsubscribe', channels: ['level2_50'] })
    early.send({ type: 'unsubscribe', channels: ['level2_50'] })
    await late.count(2, isFrame('subscriptions'))
    await early.count(2, isFrame('subscriptions'))
    const books = [early, late].map(({ frames }) => {
      const book = new RebuiltBook()
      for (const frame of frames) book.take(frame)
      return book
    })
    expect(books[1]).toEqual(books[0])
    expect(late.frames.filter(isFrame('l2update')).length).toBeLessThan(early.frames.filter(isFrame('l2update')).length)
    expect(late.frames.filter(isFrame('last_match'))).toHaveLength(1)
    // REST knows the recorded trades too.
    const answer = await fetch(`${sandbox.restUrl}/products/SKL-USD/trades?limit=1000`)
    const trades = (await answer.json()) as { trade_id: number }[]
    const ids = recorded.flatMap((frame) =>
      /match$/.test(frame.type) && frame.product_id === 'SKL-USD' ? [frame.trade_id] : [],
    )
    expect(trades.map(({ trade_id }) => trade_id)).toEqual(ids.reverse())
  })
})

describe('a capture that cannot be used', () => {
  it('is refused with all its faults and their lines', async () => {
    const path = await captureOf(
      'wss://x <-> 1',
      '',
      'nonsense',
      '12.5: {"type":"match","product_id":"BTC-USD"',
      '13: {"type":"l2update","product_id":"BTC-USD","changes":[["up","1","1"]],"time":"now"}',
      '14: {"type":"subscriptions","channels":[]}',
    )
    const failure = openCapture(path)
    await expect(failure).rejects.toThrow(
      'has 3 faulty lines: line 3: does not begin with a time and a colon, line 4: ',
    )
    await expect(failure).rejects.toThrow(/line 5: changes\.0\.0: .*; time: not a UTC time/)
  })

  it('is refused where it is empty or not there', async () => {
    await expect(openCapture(await captureOf(''))).rejects.toThrow('holds no market data')
    await expect(openCapture('/nowhere/capture')).rejects.toThrow('ENOENT')
  })
})

describe('a tape, played back', () => {
  const tick = (sequence: number, values: Partial<Tick>): Tick => ({
    type: 'tick',
    unit: EIGHTHS,
    product: 'BTC-USD',
    sequence,
    time: 1_000_000_000_000_000 + sequence * 10_000,
    price: parseFixed('100.01'),
    size: parseFixed('1'),
    bid: parseFixed('100'),
    bidSize: parseFixed('2'),
    ask: parseFixed('100.01'),
    askSize: parseFixed('3'),
    tradeId: 500,
    takerSide: 'BUY',
    ...values,
  })
  const at = (sequence: number) => ({ sequence, time: 1_000_000_000_000_000 + sequence * 10_000 })
  const levels = (...rows: [string, string][]) => rows.map((row) => [parseFixed(row[0]), parseFixed(row[1])] as const)

  it('becomes snapshots, differences and trades again', async () => {
    const events: MarketEvent[] = [
      { type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '', ...at(1) },
      {
        type: 'book',
        unit: EIGHTHS,
        product: 'BTC-USD',
        bids: levels(['100', '2'], ['99', '1']),
        asks: levels(['100.01', '3']),
        ...at(2),
      },
      tick(3, {}),
      {
        type: 'book',
        unit: EIGHTHS,
        product: 'BTC-USD',
        bids: levels(['100', '1.5']),
        asks: levels(['100.01', '3']),
        ...at(4),
      },
      tick(5, { bidSize: parseFixed('1.5'), tradeId: 501, price: parseFixed('100'), takerSide: 'SELL' }),
      tick(6, { tradeId: 501, price: parseFixed('100'), takerSide: 'SELL' }),
    ]
    const { sandbox, ended } = await play({ kind: 'events', events: [events], products: ['BTC-USD'] })
    const client = await connectClient(sandbox.wsUrl)
    client.subscribe(['level2_batch', 'matches', 'ticker'], ['BTC-USD'])
    await ended
    await client.count(2, isFrame('ticker'))
    expect(client.frames.filter(({ type }) => type !== 'subscriptions' && type !== 'ticker')).toMatchObject([
      {
        type: 'snapshot',
        bids: [
          ['100.00', '2.00000000'],
          ['99.00', '1.00000000'],
        ],
      },
      { type: 'last_match', trade_id: 500, side: 'sell', price: '100.01' },
      {
        type: 'l2update',
        changes: [
          ['buy', '99.00', '0.00000000'],
          ['buy', '100.00', '1.50000000'],
        ],
      },
      { type: 'match', trade_id: 501, side: 'buy', price: '100.00' },
    ])
    expect(client.frames.filter(isFrame('ticker'))).toMatchObject([
      { trade_id: 500, side: 'buy' },
      { trade_id: 501, side: 'sell', best_bid_size: '1.50000000' },
    ])
  })

  it('gives a book of one level where it holds ticks only', async () => {
    const events: MarketEvent[] = [tick(1, {}), tick(2, { bid: parseFixed('99.99') })]
    const { sandbox, ended } = await play({ kind: 'events', events: [events], products: ['BTC-USD'] })
    const client = await connectClient(sandbox.wsUrl)
    client.subscribe(['level2_batch'], ['BTC-USD'])
    await ended
    const update = await client.until(isFrame('l2update'))
    expect(update.changes).toEqual([
      ['buy', '100.00', '0.00000000'],
      ['buy', '99.99', '2.00000000'],
    ])
  })

  it('is played as far as it is sound, and where it breaks off is told', async () => {
    async function* broken(): AsyncGenerator<MarketEvent[]> {
      yield [tick(1, {}), tick(2, { tradeId: 501 })]
      await Promise.resolve()
      throw new Error('the tape is damaged')
    }
    const { sandbox, ended } = await play({ kind: 'events', events: broken(), products: ['BTC-USD'] })
    const client = await connectClient(sandbox.wsUrl)
    client.subscribe(['matches', 'heartbeat'], ['BTC-USD'])
    expect((await ended)?.message).toBe('the tape is damaged')
    await client.until((frame) => frame.type === 'match' && frame.trade_id === 501)
    await client.until(isFrame('heartbeat'))
  })
})
