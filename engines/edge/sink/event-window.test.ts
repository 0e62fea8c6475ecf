import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../../tests/support/time/manual-clock.ts'
import { sampleEvent } from '../../../tests/support/engines/events.ts'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { BATCH, FLUSH_MS, WindowSink } from './event-sink.ts'
import { EventWindow } from './event-window.ts'

const sequencesOf = (events: readonly SimulatorEvent[]): readonly number[] => events.map(({ sequence }) => sequence)
const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)

describe('the window of events that nobody answers for yet', () => {
  it('holds exactly what was pushed and not let go of, whatever the steps', () => {
    // Large steps, so that what is let go of is also cut off.
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 1_500 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: -5, max: 5_000 }),
        fc.integer({ min: 0, max: 50 }),
        (given, after, limit) => {
          const window = new EventWindow()
          let [written, acknowledged] = [0, 0]
          for (const [pushed, answered] of given) {
            for (let count = 0; count < pushed; count++) window.push(sampleEvent(++written))
            const upTo = Math.min(written, acknowledged + answered)
            window.acknowledge(upTo)
            acknowledged = Math.max(acknowledged, upTo)
            expect(window.size).toBe(written - acknowledged)
            expect(window.capacity).toBeLessThanOrEqual(2 * window.size + 1_025)
          }
          const first = Math.max(after, acknowledged) + 1
          expect(sequencesOf(window.after(after, limit))).toEqual(range(first, Math.min(written, first + limit - 1)))
        },
      ),
      { numRuns: 50 },
    )
  })
})

type Step =
  | { readonly do: 'write'; readonly count: number }
  | { readonly do: 'flush' }
  | { readonly do: 'flushSoon' }
  | { readonly do: 'pass' }
  /** The receiver answers for a share of what it has, or has lost all after that share. */
  | { readonly do: 'ack'; readonly share: number }
  | { readonly do: 'resume'; readonly share: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: BATCH + 20 }) }),
    fc.record({ do: fc.constantFrom('flush' as const, 'flushSoon' as const, 'pass' as const) }),
    fc.record({
      do: fc.constantFrom('ack' as const, 'resume' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ),
  { maxLength: 60 },
)

describe('a sink over a window', () => {
  it('gives a receiver every event in order, never held beyond its bound, however it is driven', async () => {
    const bound = 900
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const clock = manualClock()
        let has = 0
        let answered = 0
        const sink = new WindowSink(
          (events) => {
            expect(events.length).toBeLessThanOrEqual(BATCH)
            const [first] = sequencesOf(events)
            expect(sequencesOf(events)).toEqual(range(first!, first! + events.length - 1))
            // Never a hole; what comes again is known.
            expect(first).toBeLessThanOrEqual(has + 1)
            has = Math.max(has, first! + events.length - 1)
          },
          clock,
          bound,
        )
        let written = 0
        for (const step of given) {
          if (step.do === 'write') {
            for (let count = 0; count < step.count && sink.hasRoom(); count++) sink.write(sampleEvent(++written))
          } else if (step.do === 'flush') sink.flush()
          else if (step.do === 'flushSoon') sink.flushSoon()
          else if (step.do === 'pass') clock.advance(FLUSH_MS)
          else if (step.do === 'ack' || step.do === 'resume') {
            answered += Math.floor((has - answered) * step.share)
            if (step.do === 'ack') sink.acknowledge(answered)
            else {
              has = answered
              sink.resume(answered)
            }
          }
          expect(sink.written - sink.acknowledged).toBeLessThanOrEqual(bound)
          expect(sink.acknowledged).toBeLessThanOrEqual(has)
        }
        const closing = sink.close()
        expect(has).toBe(written)
        sink.acknowledge(written)
        await closing
        expect(clock.pending).toBe(0)
      }),
    )
  })
})
