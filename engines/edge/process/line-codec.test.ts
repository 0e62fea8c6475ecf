import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleEvents, SAMPLE_METRICS, samplePortfolio } from '../../../tests/support/engines/events.ts'
import type { EngineMessage } from './control.ts'
import { decodeControl, decodeEngineMessage, encodeLine } from './line-codec.ts'

/** Whatever an event may hold: text with every character, any number, money of any size, nested. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `~${text}`),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const message: fc.Arbitrary<EngineMessage> = fc.oneof(
  fc.record({ type: fc.constant('ready' as const), port: fc.option(fc.integer({ min: 0, max: 65_535 })) }),
  fc.record({ type: fc.constant('connected' as const) }),
  fc
    .array(fc.record({ type: fc.string(), sequence: count, time: count, detail: anything }), { maxLength: 5 })
    .map((events) => ({ type: 'events', events }) as unknown as EngineMessage),
  fc
    .record({ cpuMicros: fc.double(), memoryBytes: fc.double(), latency: anything, metrics: anything })
    .map((report) => ({ type: 'report', ...report }) as unknown as EngineMessage),
  fc.record({
    type: fc.constant('ended' as const),
    reason: fc.constantFrom('COMPLETED' as const, 'STOPPED' as const),
    fingerprint: fc.option(fc.string()),
  }),
)

describe('a message as a line', () => {
  it('comes back as it was, whatever it holds, and stays one line', () => {
    fc.assert(
      fc.property(message, (told) => {
        const line = encodeLine(told)
        expect(line).not.toContain('\n')
        expect(decodeEngineMessage(line)).toEqual(told)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps every figure of the events, the portfolio and the metrics of a run', () => {
    const figures = { portfolio: samplePortfolio(), metrics: SAMPLE_METRICS, fills: 1, ruin: null }
    const finished = { type: 'finished', ...figures } as const
    const events = [...sampleEvents(1, 6), { ...finished, sequence: 7, time: 7 }]
    for (const told of [
      { type: 'events', events } as const,
      { type: 'report', cpuMicros: 1, memoryBytes: 2, metrics: SAMPLE_METRICS } as const,
    ]) {
      expect(decodeEngineMessage(encodeLine(told))).toEqual(told)
    }
  })

  it('is taken by the engine where it is for the engine', () => {
    expect(decodeControl(encodeLine({ type: 'ack', sequence: 12 }))).toEqual({ type: 'ack', sequence: 12 })
    expect(decodeControl(encodeLine({ type: 'stop' }))).toEqual({ type: 'stop' })
    const halt = { type: 'trading', state: 'HALTED' } as const
    expect(decodeControl(encodeLine(halt))).toEqual(halt)
  })

  it.each([
    ['', null],
    ['half a li', null],
    ['null', null],
    ['[]', null],
    ['{"type":7}', null],
    ['{"type":"toString"}', null],
    ['{"type":"ready","port":65536}', null],
    ['{"type":"ready"}', null],
    ['{"type":"events","events":7}', null],
    ['{"type":"events","events":[null]}', null],
    ['{"type":"events","events":[{"type":"fill","sequence":-1}]}', null],
    ['{"type":"report","cpuMicros":"1","memoryBytes":2}', null],
    ['{"type":"ended","reason":"BORED","fingerprint":null}', null],
    ['{"type":"ended","reason":"STOPPED","fingerprint":~}', null],
    ['{"type":"connected","x":"~nNaN"}', null],
  ])('is refused where it is none: %s', (line, nothing) => {
    expect(decodeEngineMessage(line)).toBe(nothing)
  })

  it.each([
    '',
    '{',
    '7',
    '{"type":null}',
    '{"type":"ack","sequence":-1}',
    '{"type":"ack","sequence":"1"}',
    '{"type":"trading","state":"OFF"}',
  ])('is refused by the engine where it is none: %s', (line) => expect(decodeControl(line)).toBeNull())
})
