import { expect, it } from 'vitest'
import { createLatencyMeter } from './latency.ts'

it('tells nothing before it has measured anything', () => {
  expect(createLatencyMeter().figures()).toBeNull()
})

it('tells a whole distribution as the parameters take it, in milliseconds', () => {
  const meter = createLatencyMeter()
  for (let micros = 10; micros <= 1_000; micros += 10) meter.record(micros)
  const { count, max, distribution } = meter.figures()!
  expect([count, max]).toEqual([100, 1_000])
  expect(distribution).toBe(
    '0.01:0.01 0.05:0.05 0.1:0.1 0.25:0.25 0.5:0.5 0.75:0.75 0.9:0.9 0.95:0.95 0.99:0.99 0.999:1 1:1',
  )
})

it('counts what clocks that disagree make negative as the least', () => {
  const meter = createLatencyMeter()
  meter.record(-5)
  expect(meter.figures()).toMatchObject({ p50: 1, max: 1, count: 1 })
})
