import { describe, expect, it } from 'vitest'
import { createCurve, gainAt } from './curve.ts'
import type { Run } from './documents.ts'
import { bestOf } from './metrics.ts'
import { alignmentOf, idsOf, onlyDifferences, withRuns, withWord } from './search.ts'
import { caveatsOf, comparableOf, settingsOf } from './settings.ts'

describe('the address', () => {
  it('names up to six runs, each once', () => {
    expect(idsOf(new URLSearchParams('runs=a,b,,a,c,d,e,f,g'))).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(idsOf(new URLSearchParams(''))).toEqual([])
  })

  it('keeps all else when the runs change', () => {
    const search = new URLSearchParams('runs=a,b&by=clock&settings=different')
    const next = withRuns(search, ['b', 'c'])

    expect([idsOf(next), alignmentOf(next), onlyDifferences(next)]).toEqual([['b', 'c'], 'clock', true])
    expect(String(withWord(withRuns(next, []), 'by', null))).toBe('settings=different')
  })
})

describe('the best of some figures', () => {
  it.each([
    ['higher', [1, 3, 2], [1]],
    ['lower', ['0.20', '0.10', null], [1]],
    ['higher', [2, 2, 1], [0, 1]],
    ['higher', [2, 2], []],
    ['higher', [2, null], []],
    ['higher', [null, null], []],
    [null, [1, 2], []],
  ] as const)('where %s is better, of %j, is at %j', (better, figures, places) => {
    expect([...bestOf(figures, better)]).toEqual(places)
  })
})

describe('a curve', () => {
  const curve = createCurve(100, [
    { time: 1_000, equity: 100 },
    { time: 2_000, equity: 110 },
    { time: 4_000, equity: 90 },
  ])

  it.each([
    [999, null],
    [1_000, 0],
    [1_999, 0],
    [2_000, 0.1],
    [3_999, 0.1],
    [4_000, -0.1],
    [4_001, null],
  ])('is worth at %i what its last point before said: %s', (time, gain) => {
    const found = gainAt(curve, time)
    if (gain === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(gain, 12)
  })

  it('counts from its first point where the capital is not known, and says nothing without one', () => {
    expect(gainAt(createCurve(null, [{ time: 1, equity: 50 }]), 1)).toBe(0)
    expect(createCurve(null, []).gain.get()).toBeNull()
  })
})

const run = (more: Readonly<Record<string, unknown>>): Run =>
  ({
    algorithm: { title: 'RSI', parametersSchema: { properties: { RSI_PERIOD: { title: 'Period', unit: 'prices' } } } },
    source: { name: 'sandbox' },
    products: ['BTC-USD'],
    mode: 'LIVE',
    speed: 1,
    seed: '1',
    durationSeconds: null,
    algorithmParameters: { RSI_PERIOD: 14 },
    simulatorParameters: { ENABLE_SHORTING: true },
    ...more,
  }) as unknown as Run

describe('settings side by side', () => {
  it('marks what differs, and tells what a run does not have from what is set otherwise', () => {
    const groups = settingsOf(
      [
        run({}),
        run({ algorithmParameters: { RSI_PERIOD: 21 } }),
        run({ algorithm: { title: 'Imbalance', parametersSchema: {} }, algorithmParameters: { LOOKBACK_PERIODS: 5 } }),
      ],
      { properties: { ENABLE_SHORTING: { title: 'Shorting' } } },
    )
    const differing = groups.flatMap(({ settings }) => settings.filter(({ differs }) => differs))

    expect(differing).toEqual([
      { key: 'algorithm', title: 'Algorithm', values: ['RSI', 'RSI', 'Imbalance'], differs: true },
      { key: 'RSI_PERIOD', title: 'Period, prices', values: ['14', '21', null], differs: true },
      { key: 'LOOKBACK_PERIODS', title: 'LOOKBACK_PERIODS', values: [null, null, '5'], differs: true },
    ])
    expect(groups[2]?.settings).toEqual([
      { key: 'ENABLE_SHORTING', title: 'Shorting', values: ['yes', 'yes', 'yes'], differs: false },
    ])
  })

  it('says when runs saw different markets', () => {
    expect(caveatsOf([run({}), run({})], [1_000, 1_000])).toEqual([])
    expect(caveatsOf([run({}), run({ seed: '2', products: ['ETH-USD'] })], [1_000, 1_000])).toEqual([
      "They ran on different sources and products: part of a difference is the market's.",
    ])
  })

  it('says when runs are of different lengths of market time or of different capital, which makes none the best', () => {
    const other = run({ simulatorParameters: { INITIAL_CAPITAL: 5_000 } })
    const runs = [run({ simulatorParameters: { INITIAL_CAPITAL: 1_000 } }), other]
    expect(caveatsOf(runs, [20_000, 110_000])).toEqual([
      'They went through different lengths of market time, from 20.0 s to 1 m 50 s: none is marked the best.',
      'They began with different capital: of amounts of money, none is marked the best.',
    ])
    expect(comparableOf(runs, [20_000, 110_000])).toEqual({ spans: false, capitals: false })
    expect(comparableOf([run({}), run({})], [600_000, 590_000])).toEqual({ spans: true, capitals: true })
    // What is not known yet is not called comparable, and not held against anybody.
    expect(comparableOf([run({}), run({})], [20_000, null]).spans).toBe(false)
    expect(caveatsOf([run({}), run({})], [20_000, null])).toEqual([])
  })
})
