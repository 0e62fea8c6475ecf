import { expect, it } from 'vitest'
import { createRegister } from './register.ts'

interface Thing {
  readonly key: number
  readonly version: number
}
const thing = (key: number, version = key): Thing => ({ key, version })
const register = (bound = 100) =>
  createRegister<Thing>(bound, { keyOf: ({ key }) => key, versionOf: ({ version }) => version })
const told = ({ newestFirst }: ReturnType<typeof register>) => {
  const rows = newestFirst()
  return Array.from({ length: rows.length }, (_none, index) => Object.values(rows.at(index)!).join(':'))
}

it('holds each thing once, as it is newest, in order of its key', () => {
  const things = register()
  for (const each of [thing(5, 5), thing(7, 7), thing(5, 9), thing(5, 8)]) things.append(each)
  expect(told(things)).toEqual(['7:7', '5:9'])
  things.prepend([thing(3, 3), thing(4, 10)])
  things.append(thing(3, 11))
  expect(told(things)).toEqual(['7:7', '5:9', '4:10', '3:11'])
})

it('leaves out what is older than all that is there: it comes when it is asked for', () => {
  const things = register()
  things.append(thing(5))
  things.append(thing(2, 9))
  expect(told(things)).toEqual(['5:5'])
  things.prepend([thing(2, 9)])
  expect(told(things)).toEqual(['5:5', '2:9'])
})

it('shows what was there when it was looked at, whatever changes later', () => {
  const things = register()
  things.append(thing(1, 1))
  const before = things.newestFirst()
  things.append(thing(1, 2))
  things.append(thing(2, 3))
  expect([before.length, before.at(0)]).toEqual([1, thing(1, 1)])
})

it('keeps to its bound, and finds its things again after the oldest have gone', () => {
  const things = register(10)
  for (let key = 1; key <= 11; key++) things.append(thing(key))
  expect([things.size(), things.dropped(), things.hasRoom()]).toEqual([10, 1, false])
  things.append(thing(2, 99))
  expect(told(things).at(-1)).toBe('2:99')
})
