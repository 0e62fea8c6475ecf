import type { MarketEvent } from '../../domain/market/market.ts'
import { DEFAULT_PRODUCTS, type Product } from '../../domain/market/product.ts'
import { MICROS_PER_SECOND, type Micros } from '../../domain/time.ts'
import { inventPast } from '../protocol/candles.ts'
import { openCapture } from '../playback/capture-file.ts'
import { createProductState, DEFAULT_TRADE_HISTORY } from '../protocol/exchange-state.ts'
import { createFaults, type Faults, type FaultState } from './faults.ts'
import { BATCH_MICROS, createHub } from '../protocol/hub.ts'
import { recordedListing, LISTINGS, type Listing } from '../listing.ts'
import type { StartOn } from './config.ts'
import { createMarket } from '../market/market.ts'
import { createPlayer } from '../playback/player.ts'
import { createExchangeServer, VENUE_LIMITS, type Limits } from './http.ts'
import { generatedSource, recordedSource, tapeBatches, type ActionSource } from '../playback/playback.ts'
import { systemTimers, type Timers } from './timers.ts'

/** What the sandbox plays. */
export type SandboxMarket =
  | {
      readonly kind: 'generated'
      readonly seed: number
      readonly products?: readonly Product[]
      /** Factor on the number of events; default 1. */
      readonly activity?: number
    }
  /** A raw capture of a Coinbase feed: lines of `<unix seconds>: <frame>`. */
  | { readonly kind: 'capture'; readonly path: string }
  /** Market events, e.g. of a tape, and the products in it. */
  | {
      readonly kind: 'events'
      readonly events: AsyncIterable<readonly MarketEvent[]> | Iterable<readonly MarketEvent[]>
      readonly products: readonly Product[]
    }

export interface SandboxOptions {
  readonly market: SandboxMarket
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Market seconds per second; default 1. */
  readonly speed?: number
  /** When market time begins to run. Default: at once where generated, else with the first subscription. */
  readonly startOn?: StartOn
  readonly limits?: Partial<Limits>
  /** Trades of each product that REST can still give; default 10,000. */
  readonly tradeHistory?: number
  /** Default: the machine's. */
  readonly timers?: Timers
  /** Told once, when a recording has been played to its end, and why it broke off where it did. */
  readonly onEnded?: (failure: Error | null) => void
}

export interface Sandbox {
  readonly wsUrl: string
  readonly restUrl: string
  readonly port: number
  readonly products: readonly Product[]
  /** Market time at which its generated market began; null where it plays a recording. */
  readonly marketStartedAt: Micros | null
  readonly faults: Faults
  /** Whether a recording has been played to its end. */
  ended(): boolean
  /** Breaks all connections and frees the port. Harmless the second time. */
  dispose(): Promise<void>
}

/**
 * A generated market has run this long when the doors open, so that there are trades to look back on; shorter where it
 * is more active, so that the doors open as soon.
 */
const WARM_UP = 10 * MICROS_PER_SECOND

interface Stage {
  readonly listings: readonly Listing[]
  readonly marketStartedAt: Micros | null
  readonly source: ActionSource
  readonly past: (listing: Listing) => ReturnType<typeof inventPast>
}

/** A market that waits for its first subscriber begins on a whole minute, so that intervals too are the same in each of its seed. */
const WAITING_GRID = 60 * MICROS_PER_SECOND

const onGrid = (time: Micros, grid: Micros): Micros => Math.floor(time / grid) * grid

/** @param grid of market time, on which a generated market opens */
async function setStage(market: SandboxMarket, timers: Timers, grid: Micros): Promise<Stage> {
  switch (market.kind) {
    case 'generated': {
      const { seed, products = DEFAULT_PRODUCTS, activity = 1 } = market
      const openTime = onGrid(timers.now(), grid)
      // What is told in batches of market time must fall into the same ones in each market of the seed.
      const startTime = onGrid(openTime - WARM_UP / Math.max(1, activity), BATCH_MICROS)
      const generated = createMarket({ seed, products, activity, startTime })
      const source = generatedSource(generated, openTime)
      const before = [...generated.opening, ...generated.advance(openTime)]
      const opened: ActionSource = { ...source, advance: (time) => [...before.splice(0), ...source.advance(time)] }
      return {
        listings: generated.listings,
        marketStartedAt: startTime,
        source: opened,
        past: (listing) => inventPast(seed, listing, startTime),
      }
    }
    case 'capture': {
      const capture = await openCapture(market.path)
      return {
        listings: capture.listings,
        marketStartedAt: null,
        source: await recordedSource(capture.batches()),
        past: () => [],
      }
    }
    case 'events': {
      const listings = market.products.map((product) => LISTINGS.get(product) ?? recordedListing(product, 8, 8))
      return {
        listings,
        marketStartedAt: null,
        source: await recordedSource(tapeBatches(market.events, listings)),
        past: () => [],
      }
    }
  }
}

/**
 * Starts a local exchange that speaks the Coinbase Exchange feed's protocol, and its public REST on the same port.
 * @throws RangeError on faulty options; Error where the recording cannot be read or the port not be had
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, speed = 1, timers = systemTimers() } = options
  if (!(speed > 0 && speed <= 100_000)) throw new RangeError(`speed must be above 0 and at most 100000, not ${speed}`)
  const generated = options.market.kind === 'generated'
  const startOn = options.startOn ?? (generated ? 'at-once' : 'first-subscription')
  const { listings, marketStartedAt, source, past } = await setStage(
    options.market,
    timers,
    startOn === 'first-subscription' ? WAITING_GRID : BATCH_MICROS,
  )
  const history = options.tradeHistory ?? DEFAULT_TRADE_HISTORY
  const state = new Map(
    listings.map((listing) => [listing.product, createProductState(listing, history, past(listing))] as const),
  )
  const hub = createHub(state)
  const faultState: FaultState = { refused: new Map(), restFailures: 0 }
  const faults = createFaults(hub, faultState)
  const player = createPlayer({
    source,
    speed,
    timers,
    apply: hub.apply,
    settle: hub.settle,
    ended: (failure) => options.onEnded?.(failure),
  })
  if (generated) {
    for (const action of source.advance(source.startTime)) hub.apply(action)
    hub.settle(source.startTime)
  }
  const server = createExchangeServer({
    state,
    hub,
    faults,
    faultState,
    timers,
    limits: { ...VENUE_LIMITS, ...options.limits },
    marketTime: player.time,
    subscribed: () => player.start(),
  })
  const dispose = async (): Promise<void> => {
    player.dispose()
    await server.dispose()
    await source.dispose()
  }
  try {
    const address = await server.listen(host, port)
    if (startOn === 'at-once') {
      // A generated market's time is the clock's own, however long the opening took.
      player.start(generated ? source.startTime : timers.now())
    }
    const authority = `${host.includes(':') ? `[${host}]` : host}:${address.port}`
    const products = listings.map(({ product }) => product)
    return {
      wsUrl: `ws://${authority}`,
      restUrl: `http://${authority}`,
      port: address.port,
      products,
      marketStartedAt,
      faults,
      ended: player.ended,
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
