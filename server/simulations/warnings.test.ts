import { expect, it } from 'vitest'
import { EngineVoice } from '../launcher/voice.ts'
import { Doubts, engineWarnings, type SpeakingEngine } from './warnings.ts'

function engine(state = 'running'): SpeakingEngine & { readonly voice: EngineVoice } {
  const voice = new EngineVoice()
  return { voice, role: 'ALGORITHM', entry: () => ({ state }), saying: () => voice.saying() }
}

const report = (warnings: readonly string[]) => ({ type: 'report', cpuMicros: 0, memoryBytes: 0, warnings }) as const

it('warns of an engine that has not been heard for five seconds, until it is heard again', () => {
  const one = engine()
  one.voice.hear(report([]))
  const heardAt = one.saying().heardAt ?? Number.NaN
  expect(engineWarnings([one], heardAt + 4_999)).toEqual([])
  // Between whole seconds: what is added to a time and taken off again is not always what it was.
  expect(engineWarnings([one], heardAt + 7_500)).toEqual([
    expect.stringContaining('The ALGORITHM has not been heard for 7 s'),
  ])
  one.voice.hear(report([]))
  expect(engineWarnings([one], (one.saying().heardAt ?? Number.NaN) + 1)).toEqual([])
})

it('warns of an engine that has not said a word fifteen seconds after its launch', () => {
  const one = engine('starting')
  const { since } = one.saying()
  expect(engineWarnings([one], since + 14_999)).toEqual([])
  expect(engineWarnings([one], since + 20_500)).toEqual([
    expect.stringMatching(/^The ALGORITHM has not said a word since it was launched, or taken over, 20 s ago: /),
  ])
  one.voice.hear(report([]))
  expect(engineWarnings([one], (one.saying().heardAt ?? Number.NaN) + 1)).toEqual([])
})

it('passes on what an engine warns of itself, as long as it does and lives', () => {
  const one = engine()
  one.voice.hear(report(['It hears nothing.']))
  const now = one.saying().heardAt ?? Number.NaN
  expect(engineWarnings([one], now)).toEqual(['It hears nothing.'])
  expect(engineWarnings([{ ...one, entry: () => ({ state: 'exited' }) }], now)).toEqual([])
  one.voice.hear(report([]))
  expect(engineWarnings([one], now)).toEqual([])
})

it('keeps doubts once each, in order, the first forty of them, at a length that a page can show', () => {
  const doubts = new Doubts(['stored'])
  expect(doubts.note(['stored'])).toBe(false)
  expect(doubts.note(['new', 'new', 'x'.repeat(10_000)])).toBe(true)
  expect(doubts.all().map((sentence) => sentence.length)).toEqual([6, 3, 500])
  doubts.note([`${'x'.repeat(499)}\u{1f600}`])
  expect(doubts.all().at(-1)).toBe(`${'x'.repeat(499)}\ufffd`)
  doubts.note(Array.from({ length: 100 }, (_, index) => `doubt ${index}`))
  expect(doubts.all()).toHaveLength(40)
  expect(doubts.note(['one more'])).toBe(false)
})
