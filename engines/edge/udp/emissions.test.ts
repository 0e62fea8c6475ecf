import { expect, it } from 'vitest'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import type { FeedStatus } from '../../domain/market/market.ts'
import { Emissions } from './emissions.ts'

const feed = (state: FeedStatus['state'], product = ''): FeedStatus => ({
  type: 'feed',
  sequence: 9,
  time: 1,
  state,
  product,
  count: 0,
  detail: '',
})

it('counts what each filter would have let through, what concerns all included', () => {
  const emissions = new Emissions(7)
  for (const product of ['A-USD', 'B-USD', 'A-USD', 'C-USD']) emissions.note(tickNumber(1, product))
  emissions.note(feed('CONNECTED'))
  expect(emissions.to([])).toBe(5)
  expect(emissions.to(['A-USD'])).toBe(3)
  expect(emissions.to(['A-USD', 'C-USD', 'A-USD'])).toBe(4)
  expect(emissions.to(['D-USD'])).toBe(1)
  expect(emissions.figures()).toMatchObject({ publisher: 7, total: 5 })
})

it('counts signals as what they are of: what an algorithm has told of a product', () => {
  const emissions = new Emissions(7)
  const { sequence: cause, time, unit, price } = tickNumber(1, 'A-USD')
  const signal = { type: 'signal', product: 'A-USD', unit, side: 'BUY', confidence: 1, price, time, cause } as const
  emissions.note(tickNumber(1, 'A-USD'))
  emissions.note({ ...signal, indicator: 30, reason: 'low', originSentAt: 0 })
  expect([emissions.to([]), emissions.to(['A-USD']), emissions.to(['B-USD'])]).toEqual([2, 2, 0])
})

it('says that it does not know rather than count more products than it has room for', () => {
  const emissions = new Emissions(7, 2)
  for (const product of ['A-USD', 'B-USD', 'C-USD']) emissions.note(tickNumber(1, product))
  emissions.note(feed('CONNECTED'))
  expect(emissions.to([])).toBe(4)
  expect(emissions.to(['A-USD'])).toBeNull()
  expect(emissions.to(['C-USD'])).toBeNull()
  expect(new Emissions(7, 2).to(['C-USD'])).toBe(0)
})

it('knows the newest tick of each product until the feed says that it does not hold any more', () => {
  const emissions = new Emissions(7)
  emissions.note(tickNumber(1, 'A-USD'))
  emissions.note(tickNumber(2, 'A-USD'))
  emissions.note(tickNumber(3, 'B-USD'))
  expect(emissions.newest(['A-USD'])).toEqual([tickNumber(2, 'A-USD')])
  expect(emissions.newest([])).toHaveLength(2)
  emissions.note(feed('GAP', 'A-USD'))
  expect(emissions.newest([])).toHaveLength(2)
  emissions.note(feed('REFUSED', 'A-USD'))
  expect(emissions.newest([])).toEqual([tickNumber(3, 'B-USD')])
  emissions.note(feed('RECONNECTING'))
  expect(emissions.newest([])).toEqual([])
})
