import { expect, it } from 'vitest'
import { watchSilence } from './silence.ts'

/** A watch on a clock of the test's own; `look` takes what each server last said. */
function watched() {
  const clock = { now: 0 }
  const watch = watchSilence(5_000, () => clock.now)
  const look = (beats: Readonly<Record<string, string>>, askedAt = clock.now) =>
    watch
      .look(
        Object.entries(beats).map(([id, beat]) => ({ id, beat })),
        askedAt,
      )
      .map(({ id }) => id)
  return { clock, watch, look }
}

it('calls silent who has said nothing for five seconds of its own clock, whatever times they write', () => {
  const { clock, look } = watched()
  expect(look({ one: '100', other: '100' })).toEqual([])
  clock.now = 4_900
  // The database's clock was set, by half a minute, forward and back: one still speaks.
  expect(look({ one: '130.5', other: '100' })).toEqual([])
  clock.now = 5_000
  expect(look({ one: '71', other: '100' })).toEqual(['other'])
  clock.now = 9_999
  expect(look({ one: '71', other: '100' })).toEqual(['other'])
  clock.now = 10_000
  expect(look({ one: '71', other: '100' })).toEqual(['one', 'other'])
})

it('does not count how long an answer took', () => {
  const { clock, look } = watched()
  look({ one: '100' })
  clock.now = 9_000
  expect(look({ one: '100' }, 1_000)).toEqual([])
})

it('begins anew where it could not look itself', () => {
  const { clock, watch, look } = watched()
  look({ one: '100' })
  clock.now = 60_000
  watch.forget()
  expect(look({ one: '100' })).toEqual([])
  clock.now = 65_000
  expect(look({ one: '100' })).toEqual(['one'])
})

it('knows who has said something since it looks', () => {
  const { watch, look } = watched()
  look({ one: '100', other: '100' })
  look({ one: '99', other: '100' })
  expect([watch.hasMoved('one'), watch.hasMoved('other'), watch.hasMoved('nobody')]).toEqual([true, false, false])
})
