import { expect, it } from 'vitest'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { DoubtWatch } from './doubts.ts'

it('says once that a run was switched more often than another can repeat', () => {
  const watch = new DoubtWatch()
  const event = (cause: 'SWITCH' | 'DAILY_LOSS') =>
    ({ type: 'trading', sequence: 1, time: 0, after: 0, state: 'HALTED', cause }) as SimulatorEvent
  const told = Array.from({ length: 400 }, (_, index) => watch.hear(event(index % 2 === 0 ? 'SWITCH' : 'DAILY_LOSS')))
  expect(told.every((doubt) => doubt === null)).toBe(true)
  expect(watch.hear(event('SWITCH'))).toContain('more than 200 times')
  expect(watch.hear(event('SWITCH'))).toBeNull()
})
