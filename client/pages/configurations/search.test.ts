import { expect, it } from 'vitest'
import { countOf, differencesOf } from './differences.ts'
import type { Catalogue, WholeVersion } from './documents.ts'
import { changed, comparedOf, listSearch, pageAfter, pageBefore, pageOf, variablesOf } from './search.ts'

const at = (address: string): URLSearchParams => new URLSearchParams(address)

it('asks for what the address says', () => {
  expect(variablesOf(at(''))).toEqual({ first: 25, after: null, algorithm: null, tag: null })
  expect(variablesOf(at('algorithm=rsi&tag=night&after=x'))).toEqual({
    first: 25,
    after: 'x',
    algorithm: 'rsi',
    tag: 'night',
  })
})

it('keeps the way that was gone through the pages', () => {
  const third = pageAfter(pageAfter(at('tag=a'), 'x'), 'y')
  expect(String(third)).toBe('tag=a&after=x&after=y')
  expect([variablesOf(third).after, pageOf(third)]).toEqual(['y', 3])
  const second = pageBefore(third)
  expect([variablesOf(second).after, pageOf(second)]).toEqual(['x', 2])
  expect(String(pageBefore(second))).toBe('tag=a')
  expect(String(changed(third, { tag: 'b' }))).toBe('tag=b')
})

it('begins with the first page when something else is looked for, and keeps the filter of the list it came from', () => {
  expect(String(changed(at('after=x&tag=a'), { tag: 'b' }))).toBe('tag=b')
  expect(String(listSearch(at('tag=a&after=x&configuration=c&version=2&against=1&only=1')))).toBe('tag=a&after=x')
})

it('holds the newest version against the one before where the address does not say', () => {
  expect(comparedOf(at(''), 3)).toEqual({ version: 3, against: 2 })
  expect(comparedOf(at(''), 1)).toEqual({ version: 1, against: 0 })
  expect(comparedOf(at('version=2'), 3)).toEqual({ version: 2, against: 1 })
  expect(comparedOf(at('version=1&against=3'), 3)).toEqual({ version: 1, against: 3 })
  expect(comparedOf(at('version=odd&against=-1'), 3)).toEqual({ version: 3, against: 2 })
})

const catalogue: Catalogue = {
  algorithms: [
    {
      id: 'rsi',
      name: 'rsi',
      title: 'Relative strength index',
      parametersSchema: { properties: { B: { type: 'integer', title: 'Bee', unit: 'ms' }, A: { title: 'Ay' } } },
    },
  ],
  simulatorParametersSchema: { properties: { CAPITAL: { type: 'number', title: 'Capital' } } },
}
const version = (number: number, more: Partial<WholeVersion> = {}): WholeVersion => ({
  version: number,
  algorithm: 'rsi',
  algorithmParameters: { A: 1, B: 2 },
  simulatorParameters: { CAPITAL: 1000 },
  tags: ['night'],
  notes: null,
  ...more,
})

it('marks what differs, in the order of the schema, with what it no longer knows at the end', () => {
  const before = version(1, { algorithmParameters: { A: 1, B: 3, OLD: true }, notes: 'first' })
  const groups = differencesOf(version(2), before, catalogue)

  expect(groups[0]!.rows).toEqual([
    {
      key: 'algorithm',
      title: 'Algorithm',
      unit: null,
      shown: 'Relative strength index',
      against: 'Relative strength index',
      changed: false,
    },
    { key: 'B', title: 'Bee', unit: 'ms', shown: '2', against: '3', changed: true },
    { key: 'A', title: 'Ay', unit: null, shown: '1', against: '1', changed: false },
    { key: 'OLD', title: 'OLD', unit: null, shown: '–', against: 'yes', changed: true },
  ])
  expect(countOf(groups)).toBe(3)
})

it('shows a version alone where there is nothing to hold it against', () => {
  const groups = differencesOf(version(1), null, null)

  expect(countOf(groups)).toBe(0)
  expect(groups.flatMap(({ rows }) => rows).every(({ against }) => against === null)).toBe(true)
})
