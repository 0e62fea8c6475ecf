import { expect, it } from 'vitest'
import { createTrail } from './trail.ts'

it('keeps a line of a run of any length in few points, even in time, with the newest at its end', () => {
  const trail = createTrail([{ time: 0, equity: 100 }])
  for (let second = 1; second <= 20_000; second++) trail.add({ time: second * 1_000, equity: second })

  const values = trail.values()
  expect(values.length).toBeLessThanOrEqual(65)
  expect(values.length).toBeGreaterThan(20)
  expect(values[0]).toBe(100)
  expect(values.at(-1)).toBe(20_000)
})

it('moves the end of a line with each value in between, and not for one that comes late', () => {
  const trail = createTrail([
    { time: 0, equity: 100 },
    { time: 60_000, equity: 110 },
  ])
  trail.add({ time: 60_400, equity: 120 })
  trail.add({ time: 60_800, equity: 130 })
  trail.add({ time: 50_000, equity: 1 })

  expect(trail.values()).toEqual([100, 110, 130])
})
