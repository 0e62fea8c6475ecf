import { expect, it } from 'vitest'
import { readJson, shapeFault } from './json-shape.ts'

const MEGABYTE = 1024 * 1024

it.each([
  ['lists within lists', '['.repeat(MEGABYTE), /deeper than 32/],
  ['objects within objects', '{"a":'.repeat(MEGABYTE / 5), /deeper than 32/],
  [
    'an object of very many keys',
    `{${Array.from({ length: 100_000 }, (_, key) => `"${key}":0`).join()}}`,
    /more than 2000 values/,
  ],
  ['a list of very many values', `[${'0,'.repeat(60_000)}0]`, /more than 2000 values/],
  ['very many values in all', `[${`[${'0,'.repeat(1_000)}0],`.repeat(60)}0]`, /more than 50000 values/],
])('refuses %s before anything is made of them', (_what, text, fault) => {
  expect(shapeFault(text)).toMatch(fault)
})

it('counts what is in the values, not what is in their texts', () => {
  const text = JSON.stringify({
    a: '[[['.repeat(1_000),
    b: '\\"'.repeat(1_000) + ','.repeat(5_000),
    c: [[1, 2], { d: [] }],
  })
  expect(shapeFault(text)).toBeNull()
  expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown })
})

it('takes what is as deep and as much as may be', () => {
  const deep = `${'['.repeat(32)}${']'.repeat(32)}`
  expect(shapeFault(deep)).toBeNull()
  expect(shapeFault(`[${deep}]`)).toMatch(/deeper/)
  expect(shapeFault(`[${'0,'.repeat(1_999)}0]`)).toBeNull()
  expect(shapeFault(`[${'0,'.repeat(2_000)}0]`)).toMatch(/2000/)
})

it('says of what is no JSON that it is none, and no word of it', () => {
  expect(readJson('\u001f\u008b a secret')).toEqual({ fault: 'is not JSON' })
  expect(readJson(']]]')).toEqual({ fault: 'is not JSON' })
  expect(readJson('"open')).toEqual({ fault: 'is not JSON' })
})
