import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTime, parseTime } from './time.ts'

describe('time', () => {
  it("reads the venue's text to the microsecond", () => {
    expect(parseTime('2026-09-02T07:44:10.104422Z')).toBe(Date.parse('2026-09-02T07:44:10Z') * 1000 + 104_422)
    expect(parseTime('2019-05-10T21:21:26.5Z')).toBe(Date.parse('2019-05-10T21:21:26.500Z') * 1000)
    expect(parseTime('2020-02-17T07:23:16Z')).toBe(Date.parse('2020-02-17T07:23:16Z') * 1000)
  })

  it.each(['', 'yesterday', '2026-13-01T00:00:00Z', '2026-09-02 07:44:10Z', '2026-09-02T07:44:10+02:00'])(
    'refuses "%s"',
    (text) => {
      expect(parseTime(text)).toBeNaN()
    },
  )

  it('comes back from its text unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (time) => {
        expect(parseTime(formatTime(time))).toBe(time)
      }),
    )
  })
})
