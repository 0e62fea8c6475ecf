import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleEvent, sampleEvents } from '../../tests/support/engines/events.ts'
import { core, feedAll, signal, tick } from '../../tests/support/engines/simulator-run.ts'
import { decodeEvents, decodeJson, encodeJson } from './json.ts'

const scalar = fc.oneof(
  fc.bigInt(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 0),
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => `~${text}`),
  fc.constantFrom('~', '~~', '~n', '~n12', '~fNaN', '~x'),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    // JSON.parse makes an own property of it, an object literal does not: no event has such a one.
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

describe('JSON without loss', () => {
  it('comes back as it was: bigints, every number, and strings that look like them', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(decodeJson(encodeJson(given))).toStrictEqual(given)
      }),
    )
  })
})

describe('a batch of events from a bus', () => {
  it('comes back as it was', () => {
    const events = sampleEvents(1, 9)
    expect(decodeEvents(encodeJson(events))).toEqual(events)
  })

  it('knows all that a simulator tells of orders, round trips, liquidation and the switch', () => {
    const market = [
      ...[tick(0, 100, { spread: 2 }), signal(0, 'SELL'), { type: 'trading', state: 'REDUCING' } as const],
      ...[tick(1, 260, { spread: 2 }), { type: 'end' } as const],
    ]
    const events = feedAll(core({ POSITION_SIZE_PCT: 1, MAX_POSITION_SIZE: 1e6 }), market)
    const types = new Set(events.map(({ type }) => type))
    for (const type of ['order', 'roundTrip', 'liquidation', 'trading', 'finished'] as const)
      expect(types).toContain(type)
    expect(decodeEvents(encodeJson(events))).toEqual(events)
  })

  const { type, sequence, time } = sampleEvent(2)
  const garbage: readonly (readonly [what: string, text: string])[] = [
    ['nothing', ''],
    ['half a batch', encodeJson(sampleEvents(1, 3)).slice(0, -5)],
    ['something else', '{"events":[]}'],
    ['an event that is not in a list', encodeJson(sampleEvent(1))],
    ['a list of other things', '[null, 3, "x"]'],
    ['a type that there is not', encodeJson([{ ...sampleEvent(1), type: 'gift' }])],
    ['no sequence', encodeJson([{ ...sampleEvent(1), sequence: undefined }])],
    ['a sequence of 0', encodeJson([sampleEvent(0)])],
    ['a sequence that is not whole', encodeJson([{ ...sampleEvent(1), sequence: 1.5 }])],
    ['a time that is no number', encodeJson([{ ...sampleEvent(1), time: '~fNaN' }])],
    ['an envelope with nothing in it', encodeJson([{ type, sequence, time }])],
    ['a number that is none', '[{"type":"fill","sequence":"~nabc","time":1,"fill":{}}]'],
    ['sequences with a hole', encodeJson([sampleEvent(1), sampleEvent(3)])],
    ['sequences that fall', encodeJson([sampleEvent(2), sampleEvent(1)])],
    ['a sequence twice', encodeJson([sampleEvent(1), sampleEvent(1)])],
  ]
  it.each(garbage)('is refused where it is %s', (_, text) => {
    expect(() => decodeEvents(text)).toThrow(SyntaxError)
  })
})
