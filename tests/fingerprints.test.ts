import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalog } from '../engines/algorithm/catalog.ts'
import type { MarketEvent, Tick } from '../engines/domain/market/market.ts'
import { createFingerprint } from '../engines/edge/fingerprint.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import type { KernelVersion } from '../engines/domain/simulation.ts'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import { fills } from './support/engines/tape-run.ts'
import { firstDifference } from './support/engines/kernel-difference.ts'
import { runPipeline } from './support/engines/pipeline-run.ts'
import {
  candleTicks,
  captureEvents,
  hasRecording,
  MISSING_RECORDINGS,
  quoteAndTradeTicks,
} from './support/market/recordings.ts'

type Changes = Readonly<Record<string, unknown>>

/** What is changed of an algorithm's parameters and of the simulator's. */
const VARIANTS: readonly (readonly [algorithm: string, changes: Changes, simulator: Changes])[] = [
  ['rsi', {}, {}],
  ['rsi', { RSI_PERIOD: 5, RSI_OVERBOUGHT: 60, RSI_OVERSOLD: 40, SIGNAL_COOLDOWN_MS: 0 }, { MIN_CONFIDENCE: 0 }],
  ['rsi', { RSI_INTERVAL_SECONDS: 1 }, { ENABLE_SHORTING: false, MIN_CONFIDENCE: 0 }],
  ['rsi', {}, { ORDER_LATENCY_MS: 250, TRADE_COOLDOWN_MS: 1_000, MIN_CONFIDENCE: 0, STATISTICS_INTERVAL_MS: 500 }],
  ['order-book-imbalance', {}, {}],
  ['order-book-imbalance', { IMBALANCE_THRESHOLD: 0.3, MIN_VOLUME_THRESHOLD: 0.1 }, { MIN_CONFIDENCE: 0 }],
  [
    'order-book-imbalance',
    { IMBALANCE_THRESHOLD: 0.2, MIN_VOLUME_THRESHOLD: 0, LOOKBACK_PERIODS: 2, BOOK_LEVELS: 1 },
    { POSITION_SIZE_PCT: 1, MAX_POSITION_SIZE: 1e6, TRADING_FEE_PCT: 0.0025, MIN_CONFIDENCE: 0 },
  ],
]

type Variant = (typeof VARIANTS)[number]

function play(
  [algorithm, changes, simulator]: Variant,
  market: readonly MarketEvent[],
  version: KernelVersion,
): readonly SimulatorEvent[] {
  const found = catalog.find(algorithm)
  if (found === null) throw new Error(`no algorithm ${algorithm}`)
  return runPipeline({ ...found, defaults: { ...found.defaults, ...changes } }, market, simulator, version)
}

/** A line a run: what it did, and its fills' fingerprint as every run has it. */
function corpus(
  name: string,
  market: readonly MarketEvent[],
  version: KernelVersion,
  variants = VARIANTS,
): readonly string[] {
  return variants.map((variant, index) => {
    const [algorithm] = variant
    const events = play(variant, market, version)
    const fingerprint = createFingerprint()
    let count = 0
    for (const event of events) {
      if (event.type !== 'fill') continue
      fingerprint.add(event.fill)
      count += 1
    }
    return `${name} ${algorithm} ${index}: ${count} fills ${fingerprint.value()}, ${events.length} events`
  })
}

const START = 1_767_571_200_000_000
const GENERATED = [
  { seed: 1, products: ['BTC-USD'], seconds: 120, activity: 1 },
  { seed: 2, products: ['BTC-USD', 'ETH-USD', 'SOL-USD'], seconds: 90, activity: 1 },
  { seed: 3, products: ['DOGE-USD', 'POL-USD'], seconds: 120, activity: 1 },
  { seed: 4, products: ['ETH-USD'], seconds: 60, activity: 4 },
]

/** A close as the bare trade that it is: quoted at one price on both sides, it would be locked. */
const unquoted = (tick: Tick): Tick => ({ ...tick, bid: 0, bidSize: 0, ask: 0, askSize: 0 })

const markets = GENERATED.map((market) => ({
  name: `seed ${market.seed}`,
  events: [...generateEvents({ ...market, startTime: START })].flat(),
}))

/** A file that is not there would be written anew, and agree with whatever is. */
const kept = (name: string): boolean => existsSync(new URL(`./fingerprints/${name}.txt`, import.meta.url))

/**
 * Version 1's lines are those that its code printed when it was the only one; they never change. A change of version 2 that is
 * meant to change figures prints its files anew by `npm test -- --update tests/fingerprints.test.ts`.
 */
describe.each([1, 2] as const)(
  'a corpus of runs by kernel %i comes to the figures that it always came to',
  (version) => {
    it('over generated markets', async () => {
      const lines = markets.flatMap(({ name, events }) => corpus(name, events, version))
      expect(kept(`generated-${version}`)).toBe(true)
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`fingerprints/generated-${version}.txt`)
    })

    const recorded = (['rawCapture', 'quotesAndTrades', 'candles'] as const).every(hasRecording)
    it.skipIf(!recorded)(`over recorded ones (else: ${MISSING_RECORDINGS})`, async () => {
      const lines = [
        ...corpus('capture', captureEvents(), version),
        ...corpus('quotes', quoteAndTradeTicks(), version),
        // Candles have no book to be out of balance.
        ...corpus(
          'closes',
          version === 1 ? candleTicks() : candleTicks().map(unquoted),
          version,
          VARIANTS.filter(([algorithm]) => algorithm === 'rsi'),
        ),
      ]
      expect(kept(`recorded-${version}`)).toBe(true)
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`fingerprints/recorded-${version}.txt`)
    })
  },
)

/** A line a run: how many fills it has by both versions, and what the second does otherwise first. */
function differences(name: string, market: readonly MarketEvent[]): readonly string[] {
  return VARIANTS.map((variant, index) => {
    const [first, second] = ([1, 2] as const).map((version) => play(variant, market, version)) as [
      readonly SimulatorEvent[],
      readonly SimulatorEvent[],
    ]
    return `${name} ${variant[0]} ${index}: ${fills(first)} → ${fills(second)} fills. ${firstDifference(first, second)}`
  })
}

it('a corpus of runs differs by kernel 2 from kernel 1 in what is told of each', async () => {
  const lines = markets.flatMap(({ name, events }) => differences(name, events))
  expect(kept('differences')).toBe(true)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('fingerprints/differences.txt')
})
