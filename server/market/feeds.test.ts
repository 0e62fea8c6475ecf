import { EIGHTHS } from '../../engines/domain/market/unit.ts'
import { afterEach, expect, it, vi } from 'vitest'
import type { Tick } from '../../engines/domain/market/market.ts'
import { wallClock } from '../../engines/edge/clock.ts'
import { createPublisher } from '../../engines/edge/udp/publisher.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { createMarketFeeds } from './feeds.ts'
import { MOST_SECONDS } from './seen-tick.ts'

const open: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.dispose()
})

/** Feeds of a run whose streamer is a publisher of the test's. */
async function feedsOf(products: readonly string[], maxSubscribers = 8) {
  const socket = { host: '127.0.0.1', port: 0 }
  const publisher = await createPublisher({ ...socket, now: wallClock.now, random: Math.random, maxSubscribers })
  open.push(publisher)
  const feeds = createMarketFeeds({
    run: () => ({
      products,
      streamer: Promise.resolve({ host: '127.0.0.1', port: publisher.port }),
      finished: new Promise(() => undefined),
    }),
    elsewhere: () => Promise.resolve(null),
    acquire: () => Promise.reject(new Error('not asked')),
    sources: { list: () => Promise.resolve([]), find: () => Promise.resolve(null), tapePath: () => Promise.reject() },
    seed: 1,
  })
  open.push(feeds)
  const ticks = async (everyMs: number | null) => {
    const feed = await feeds.ticks({ simulationId: 'a', source: null }, null, everyMs)
    if (!feed.ok) throw new Error('there is no feed')
    await vi.waitFor(() => expect(publisher.subscribers()).toHaveLength(products.length))
    return feed.value
  }
  return { feeds, publisher, ticks }
}

it('begins each product with its first trade: a book alone has no price that could be told', async () => {
  const { publisher, ticks } = await feedsOf(['BTC-USD', 'ETH-USD'])
  const feed = await ticks(null)

  publisher.publish({ ...tickNumber(1), price: 0, size: 0, tradeId: 0 })
  publisher.publish(tickNumber(2, 'ETH-USD'))
  expect(await feed.next()).toMatchObject({ value: { sequence: 2, product: 'ETH-USD' } })
  publisher.publish({ ...tickNumber(3), price: 0, size: 0, tradeId: 0 })
  publisher.publish(tickNumber(4))
  expect(await feed.next()).toMatchObject({ value: { sequence: 4, product: 'BTC-USD' } })
  await feed.return?.()
})

it('ends a feed that the streamer refuses, and says why, instead of staying without a word', async () => {
  const { feeds } = await feedsOf(['BTC-USD', 'ETH-USD'], 1)
  const feed = await feeds.ticks({ simulationId: 'a', source: null }, null, null)
  if (!feed.ok) throw new Error('there is no feed')
  const ended = expect(feed.value.next()).rejects
  await ended.toMatchObject({ message: expect.stringMatching(/^The market data of .* serves as many/) as string })
  expect(feeds.subscriptions()).toEqual({ ticks: 0, orderBook: 0 })
  await vi.waitFor(() => expect(feeds.taps().open).toBe(0))
})

it('gives a reader who asks for fewer ticks all seconds of the market and what became of the price in each', async () => {
  const { feeds, publisher, ticks } = await feedsOf(['BTC-USD'])
  const feed = await ticks(50)
  publisher.publish({ ...tickNumber(1), time: 0, price: 50 })
  expect(await feed.next()).toMatchObject({ value: { sequence: 1 } })
  const prices = [40, 60, 55, 70, 65]
  for (const [index, price] of prices.entries()) {
    publisher.publish({ ...tickNumber(index + 2), time: index < 3 ? 999_999 : 1_000_000, price })
  }
  await vi.waitFor(() => expect(feeds.taps().ticks).toBe(6))
  expect(await feed.next()).toMatchObject({ value: { sequence: 4, open: 40, low: 40, high: 60, price: 55 } })
  expect(await feed.next()).toMatchObject({ value: { sequence: 6, open: 70, low: 65, high: 70, price: 65 } })
  await feed.return?.()
})

it('keeps the newest tick of a quiet product, however many seconds of another wait', async () => {
  const { feeds, publisher, ticks } = await feedsOf(['BTC-USD', 'ETH-USD'])
  const feed = await ticks(50)
  publisher.publish({ ...tickNumber(1), time: 0 })
  await feed.next()
  publisher.publish({ ...tickNumber(2, 'ETH-USD'), time: 0 })
  const gone = 236
  const seconds = gone + MOST_SECONDS
  for (let second = 1; second <= seconds; second++) {
    publisher.publish({ ...tickNumber(second + 2), time: second * 1_000_000 })
  }
  await vi.waitFor(() => expect(feeds.taps().ticks).toBe(seconds + 2))
  const given: unknown[] = []
  for (let count = 0; count < MOST_SECONDS + 1; count++) given.push((await feed.next()).value)
  const of = (product: string) => (given as Tick[]).filter((tick) => tick.product === product)
  expect(of('ETH-USD')).toMatchObject([{ sequence: 2 }])
  // The oldest seconds have gone, and the rest come in their order.
  expect(of('BTC-USD').map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: MOST_SECONDS }, (_none, index) => gone + 3 + index),
  )
  await feed.return?.()
})

it('shows a book to who comes late at once, and what is newer after it, each once', async () => {
  const { feeds, publisher } = await feedsOf(['BTC-USD'])
  const book = (sequence: number, product = 'BTC-USD') =>
    ({ type: 'book', unit: EIGHTHS, sequence, time: 1, product, bids: [[sequence, 1]], asks: [] }) as const
  for (const told of [book(1), book(2), book(3, 'ETH-USD')]) publisher.publish(told)
  const late = async () => {
    const feed = await feeds.books({ simulationId: 'a', source: null }, 'BTC-USD', 0)
    if (!feed.ok) throw new Error('there is no feed')
    return feed.value
  }
  const first = await late()
  expect(await first.next()).toMatchObject({ value: { sequence: 2, product: 'BTC-USD' } })
  const second = await late()
  expect(await second.next()).toMatchObject({ value: { sequence: 2 } })
  publisher.publish(book(4))
  expect(await first.next()).toMatchObject({ value: { sequence: 4 } })
  expect(await second.next()).toMatchObject({ value: { sequence: 4 } })
  await Promise.all([first.return?.(), second.return?.()])
})
