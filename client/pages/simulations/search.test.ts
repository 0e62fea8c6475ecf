import { expect, it } from 'vitest'
import { changed, isFiltered, pageOf, sortingOf, variablesOf } from './search.ts'

const NOW = Date.parse('2026-11-25T18:02:33.500Z')
const ask = (address: string) => variablesOf(new URLSearchParams(address), NOW)

it('asks for the newest first where the address says nothing', () => {
  expect(ask('')).toEqual({
    filter: {},
    orderBy: { field: 'CREATED_AT', direction: 'DESC' },
    first: 25,
    after: null,
  })
})

it('asks for what the address says', () => {
  expect(
    ask('status=active&mode=LIVE&algorithm=rsi&source=tape:a&product=BTC-USD&since=hour&sort=algorithm.asc&after=abc'),
  ).toEqual({
    filter: {
      status: ['STARTING', 'RUNNING', 'STOPPING'],
      mode: ['LIVE'],
      algorithm: 'rsi',
      source: 'tape:a',
      product: 'BTC-USD',
      since: '2026-11-25T17:02:00.000Z',
    },
    orderBy: { field: 'ALGORITHM', direction: 'ASC' },
    first: 25,
    after: 'abc',
  })
  expect(ask('before=abc')).toMatchObject({ last: 25, before: 'abc' })
  expect(ask('sort=pnl.desc')).toMatchObject({ orderBy: { field: 'NET_PROFIT', direction: 'DESC' } })
})

it('takes words that mean nothing as if they were not there', () => {
  expect(ask('status=odd&mode=odd&since=toString&sort=odd.asc')).toEqual(ask(''))
  expect(pageOf(new URLSearchParams('page=-1'))).toBe(1)
  expect(sortingOf(new URLSearchParams('sort=ended'))).toEqual({ id: 'ended', descending: true })
})

it('begins with the first page when something else is asked for', () => {
  const next = changed(new URLSearchParams('status=failed&after=abc&page=2'), { status: null, mode: 'LIVE' })

  expect(String(next)).toBe('mode=LIVE')
  expect(isFiltered(next)).toBe(true)
  expect(isFiltered(new URLSearchParams('sort=ended.asc'))).toBe(false)
})
