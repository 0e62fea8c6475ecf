import { describe, expect, it } from 'vitest'
import { NO_DATA_YET } from '../../../engines/domain/quality.ts'
import type { EngineExit } from '../../launcher/port.ts'
import { ENDINGS, failedBy } from '../ending/ending.ts'
import { shortfallOf, withShortfall, type LastOfRun } from './shortfall.ts'

const ORDERLY: EngineExit = { code: 0, signal: null, lastLines: [] }
const KILLED: EngineExit = { code: null, signal: 'SIGKILL', lastLines: [] }
const word = { type: 'ended', reason: 'STOPPED', fingerprint: null } as const
const emitted = { publisher: 7, total: 900, products: { '': 10, 'BTC-USD': 500, 'ETH-USD': 390 }, others: 0 }

/** A live run whose algorithm hung, so that the simulator was stopped without being told an end. */
function hung(more: Partial<LastOfRun> = {}): LastOfRun {
  return {
    ending: ENDINGS.COMPLETED,
    connected: true,
    lastWord: { ...word, whole: false },
    exits: [
      { role: 'ALGORITHM', exit: KILLED },
      { role: 'SIMULATOR', exit: ORDERLY },
    ],
    hops: [
      { taker: 'ALGORITHM', filter: ['BTC-USD'], emitted, reached: { publisher: 7, count: 110 } },
      { taker: 'SIMULATOR', filter: [], emitted: null, reached: null },
    ],
    ...more,
  }
}

describe('what a run did not process', () => {
  it('is counted by what the publisher emitted to the filter and the engine did not reach', () => {
    const shortfall = shortfallOf(hung())
    expect(shortfall).toEqual({
      lost: 400,
      sentence:
        'The market was not processed to the end, since the ALGORITHM did not finish: some 400 messages of it are missing.',
    })
    expect(withShortfall({ ...NO_DATA_YET, lost: 2 }, shortfall!)).toMatchObject({ lost: 402, lossUnknown: true })
  })

  it('is not known where another publisher emitted, or nobody said', () => {
    const unknown = { lost: 0, sentence: expect.stringContaining('is not known') as string }
    const [hop, last] = hung().hops as [LastOfRun['hops'][number], LastOfRun['hops'][number]]
    expect(shortfallOf(hung({ hops: [{ ...hop, reached: { publisher: 8, count: 1 } }, last] }))).toEqual(unknown)
    expect(shortfallOf(hung({ hops: [{ ...hop, emitted: null }, last] }))).toEqual(unknown)
  })

  it('is laid to the simulator alone where that hung: the algorithm before it could not finish', () => {
    const exits = [
      { role: 'ALGORITHM', exit: KILLED },
      { role: 'SIMULATOR', exit: KILLED },
    ] as const
    const [hop] = hung().hops as [LastOfRun['hops'][number]]
    const last = { taker: 'SIMULATOR', filter: [], emitted, reached: { publisher: 7, count: 895 } } as const
    const shortfall = shortfallOf(hung({ lastWord: null, exits, hops: [hop, last] }))
    expect(shortfall).toMatchObject({ lost: 5, sentence: expect.stringContaining('since the SIMULATOR did') as string })
  })

  it('is not known of a back-test that hung and was killed', () => {
    const exits = [{ role: 'SIMULATOR', exit: KILLED }] as const
    expect(shortfallOf(hung({ ending: ENDINGS.STOPPED, lastWord: null, exits, hops: [] }))).toMatchObject({ lost: 0 })
  })

  it.each<[string, Partial<LastOfRun>]>([
    ['the simulator was told the end', { lastWord: { ...word, whole: true } }],
    ['the simulator has no source that could say so', { lastWord: word }],
    ['nothing had begun', { connected: false, lastWord: null }],
    ['it failed, and all its engines left in order', { ending: failedBy('no such product'), exits: [] }],
    ['the last word is only on its way', { lastWord: null, exits: [{ role: 'SIMULATOR', exit: ORDERLY }] }],
  ])('is nothing where %s', (_, more) => {
    expect(shortfallOf(hung(more))).toBeNull()
  })
})
