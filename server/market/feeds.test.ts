import { afterEach, expect, it, vi } from 'vitest'
import { wallClock } from '../../engines/edge/clock.ts'
import { createPublisher } from '../../engines/edge/udp-publisher.ts'
import { tickNumber } from '../../tests/support/wire-ticks.ts'
import { createMarketFeeds } from './feeds.ts'

const open: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.dispose()
})

it('begins each product with its first trade: a book alone has no price that could be told', async () => {
  const publisher = await createPublisher({ host: '127.0.0.1', port: 0, now: wallClock.now, random: Math.random })
  open.push(publisher)
  const products = ['BTC-USD', 'ETH-USD']
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
  const feed = await feeds.ticks({ simulationId: 'a', source: null }, null)
  if (!feed.ok) throw new Error('there is no feed')
  await vi.waitFor(() => expect(publisher.subscribers()).toHaveLength(2))

  publisher.publish({ ...tickNumber(1), price: 0, size: 0, tradeId: 0 })
  publisher.publish(tickNumber(2, 'ETH-USD'))
  expect(await feed.value.next()).toMatchObject({ value: { sequence: 2, product: 'ETH-USD' } })
  publisher.publish({ ...tickNumber(3), price: 0, size: 0, tradeId: 0 })
  publisher.publish(tickNumber(4))
  expect(await feed.value.next()).toMatchObject({ value: { sequence: 4, product: 'BTC-USD' } })
  await feed.value.return?.()
})
