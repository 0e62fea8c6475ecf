import { expect, it } from 'vitest'
import { core, feedAll, signal, tick } from '../../../tests/support/engines/simulator-run.ts'
import { OrderTimes } from './order-times.ts'

const NONE = { signal: 0, tick: 0 }

it('knows at a fill when its signal and its tick were sent, however many steps later it comes', () => {
  const simulator = core({ ORDER_LATENCY_MS: 50 })
  const times = new OrderTimes()
  const hear = (input: Parameters<typeof feedAll>[1][number], atHand = NONE) =>
    feedAll(simulator, [input]).flatMap((event) => times.hear(event, atHand) ?? [])
  hear(tick(0, 100, { spread: 2 }))
  expect(hear(signal(0, 'BUY'), { signal: 7_000, tick: 6_000 })).toEqual([])
  expect(hear(tick(49, 100, { spread: 2 }))).toEqual([])
  expect(times.waiting).toBe(1)
  expect(hear(tick(50, 100, { spread: 2 }))).toEqual([{ signal: 7_000, tick: 6_000 }])
  expect(times.waiting).toBe(0)
})

it('knows it at once where orders do not wait, and keeps nothing of signals that became none', () => {
  const times = new OrderTimes()
  const events = feedAll(core(), [tick(0, 100, { spread: 2 }), signal(0, 'BUY'), signal(0, 'BUY', 0)])
  expect(events.flatMap((event) => times.hear(event, { signal: 2, tick: 1 }) ?? [])).toEqual([{ signal: 2, tick: 1 }])
  const ended = feedAll(core({ ORDER_LATENCY_MS: 50 }), [
    tick(0, 100, { spread: 2 }),
    signal(0, 'BUY'),
    { type: 'end' },
  ])
  for (const event of ended) times.hear(event, NONE)
  expect(times.waiting).toBe(0)
})

it('keeps no more than it has room for', () => {
  const times = new OrderTimes()
  const [accepted] = feedAll(core(), [tick(0, 100, { spread: 2 }), signal(0, 'BUY')]).filter(
    (event) => event.type === 'signal',
  )
  for (let sequence = 1; sequence <= 5_000; sequence += 1) times.hear({ ...accepted!, sequence }, NONE)
  expect(times.waiting).toBe(1_024)
})
