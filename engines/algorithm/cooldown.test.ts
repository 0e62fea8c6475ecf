import { describe, expect, it } from 'vitest'
import { Cooldown, signalCooldown } from './cooldown.ts'

/** Which of these times, in microseconds, pass a cooldown. */
function passing(milliseconds: number, times: readonly number[]): readonly number[] {
  const cooldown = new Cooldown(milliseconds)
  return times.filter((time) => cooldown.passes(time))
}

describe('a cooldown', () => {
  it('lets the first signal pass, and the next one as soon as its length is over', () => {
    expect(passing(100, [0, 99_999, 100_000, 199_999, 200_000])).toEqual([0, 100_000, 200_000])
  })

  it('goes on from the last signal that passed, not from those that were held back', () => {
    expect(passing(100, [0, 60_000, 120_000, 180_000, 220_000])).toEqual([0, 120_000, 220_000])
  })

  it('holds nothing back where it has no length, not even signals of the same time', () => {
    expect(passing(0, [5, 5, 6])).toEqual([5, 5, 6])
  })

  it('keeps parts of a millisecond', () => {
    expect(passing(0.5, [0, 499, 500])).toEqual([0, 500])
  })

  it('is a tenth of a second unless somebody says otherwise, and a day at most', () => {
    expect(signalCooldown.parse(undefined)).toBe(100)
    expect(signalCooldown.safeParse(86_400_001).success).toBe(false)
  })
})
