import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MISSING_RECORDINGS, recordingPath } from '../support/market/recordings.ts'
import { recordingOf } from './recorded.ts'
import { answerOf, together } from './run.ts'
import { expectedAnswers, PROGRAMS, readDifferences, readVectors, type Vector } from './vectors.ts'

const differences = readDifferences()
const isHere = ({ market }: Vector): boolean =>
  market.type === 'written' || existsSync(recordingPath(recordingOf(market)))

describe.each(PROGRAMS)('our broker answers as %s does, or as is written of it', (program) => {
  for (const vector of readVectors(program)) {
    const there = isHere(vector)
    it.skipIf(!there)(`${vector.name}${there ? '' : ` (${MISSING_RECORDINGS})`}`, () => {
      for (const expected of expectedAnswers(vector, differences)) {
        const ours = answerOf(vector, expected.latencyMicros)
        expect([expected.latencyMicros, ...together(ours.fills)]).toEqual([
          expected.latencyMicros,
          ...together(expected.fills),
        ])
        const byName = (orders: readonly { readonly id: string }[]) =>
          [...orders].sort((one, other) => (one.id < other.id ? -1 : 1))
        expect(byName(ours.orders)).toEqual(byName(expected.orders))
      }
    })
  }
})
