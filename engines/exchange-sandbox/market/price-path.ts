import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import type { Listing } from '../listing.ts'
import { createRandom, type Random } from './random.ts'

/** The fair price behind a product's generated market. Must be asked in order of time. */
export interface PricePath {
  /** Moves on to a time, `since` microseconds after the start. */
  readonly advance: (since: Micros) => void
  /** Fair price in quote currency. */
  readonly fair: () => number
  /** How agitated the market is: 1 is ordinary, 0.4 calm, 3 and more wild. */
  readonly agitation: () => number
}

/** The path is drawn on a grid of this many microseconds, and straight between its points. */
const GRID: Micros = 100_000

const SECONDS_PER_YEAR = 365 * 86_400
const GRID_SHARE_OF_YEAR = GRID / MICROS_PER_SECOND / SECONDS_PER_YEAR

/** Regimes of volatility: factor on the ordinary one, and mean stay in seconds. */
const REGIMES = [
  { factor: 0.4, seconds: 60 },
  { factor: 1, seconds: 45 },
  { factor: 2.6, seconds: 15 },
] as const

/** Chance of a jump at a grid point (about every three minutes), and its size in deviations of that grid step. */
const JUMP_CHANCE = 0.0006
const JUMP_SIZE = 7

/** How fast the logarithm of volatility forgets (per grid step), and how strongly it is shaken. */
const VOLATILITY_MEMORY = 0.995
const VOLATILITY_SHAKE = 0.04

/** How fast a trend fades (per grid step), and its strength in deviations of a grid step. */
const TREND_MEMORY = 0.998
const TREND_STRENGTH = 0.35

/** The whole market's mood, common to all products: each product keeps its own copy, drawn from the same stream. */
interface Mood {
  step(): void
  /** Standardised return of the last grid step. */
  shock: number
  agitation: number
}

function createMood(random: Random): Mood {
  let regime = 1
  let logVolatility = 0
  let trend = 0
  const mood: Mood = {
    shock: 0,
    agitation: 1,
    step() {
      const stay = REGIMES[regime]!
      if (random.uniform() < GRID / MICROS_PER_SECOND / stay.seconds) {
        regime = (regime + 1 + random.below(REGIMES.length - 1)) % REGIMES.length
      }
      logVolatility = VOLATILITY_MEMORY * logVolatility + VOLATILITY_SHAKE * random.normal()
      trend = TREND_MEMORY * trend + Math.sqrt(1 - TREND_MEMORY * TREND_MEMORY) * TREND_STRENGTH * random.normal()
      mood.agitation = REGIMES[regime]!.factor * Math.exp(logVolatility)
      const jump = random.uniform() < JUMP_CHANCE ? JUMP_SIZE * random.normal() : 0
      mood.shock = random.normal() + trend + jump
    },
  }
  return mood
}

/**
 * A geometric walk with regimes of volatility, a volatility of its own in memory, trends and rare jumps: what gives
 * returns fat tails and clusters. Part of each step is common to all products of a seed.
 */
export function createPricePath(seed: number, listing: Listing): PricePath {
  const mood = createMood(createRandom(seed, 'mood'))
  const own = createRandom(seed, `${listing.product} path`)
  const deviation = listing.annualVolatility * Math.sqrt(GRID_SHARE_OF_YEAR)
  const common = Math.min(0.9, 0.7 * listing.beta)
  const specific = Math.sqrt(1 - common * common)
  let point = 0
  let from = Math.log(listing.startPrice)
  let to = from
  let now = from

  return {
    advance(since) {
      while (point * GRID <= since) {
        mood.step()
        from = to
        to = from + deviation * mood.agitation * (common * mood.shock + specific * own.normal())
        point += 1
      }
      now = from + (to - from) * (since / GRID - (point - 1))
    },
    fair: () => Math.exp(now),
    agitation: () => mood.agitation,
  }
}
