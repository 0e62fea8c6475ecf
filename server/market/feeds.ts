import type { BookSnapshot } from '../../engines/domain/market/market.ts'
import { DEFAULT_PRODUCTS, type Product } from '../../engines/domain/market/product.ts'
import type { MarketFeeds, MarketView, Outcome, SeenTick } from '../../schema/context.ts'
import { quoted } from '../../schema/text.ts'
import { newestBuffer, type Buffer, type NewestOptions } from '../bus/buffer.ts'
import { paced } from '../bus/paced.ts'
import type { EngineAddress } from '../launcher/port.ts'
import type { LiveSource, SourceLease } from '../sources/live-sources.ts'
import type { SourceCatalog } from '../sources/catalog.ts'
import { BY_SECOND, NEWEST } from './seen-tick.ts'
import { Endings } from './endings.ts'
import { Tap, udpTap, type OpenTap, type TapListener } from './tap.ts'

/** A run as the market feeds look at it. */
export interface ViewedRun {
  readonly products: readonly Product[]
  /** null: it has no market data to look at. */
  readonly streamer: Promise<EngineAddress | null>
  /** Resolves when it has ended. */
  readonly finished: Promise<void>
}

/** A run of another server as the market feeds look at it. */
export interface RunElsewhere {
  readonly products: readonly Product[]
  readonly open: (product: Product) => OpenTap
  /** Resolves when it has ended. */
  readonly finished: Promise<void>
}

export interface FeedsOptions {
  /** A run that has not ended; null where there is none of the id. */
  readonly run: (simulationId: string) => ViewedRun | null
  /** A run of another server that has not ended; null where there is none of the id, or it cannot be looked at. */
  readonly elsewhere: (simulationId: string) => Promise<RunElsewhere | null>
  readonly acquire: (source: LiveSource) => Promise<SourceLease>
  readonly sources: SourceCatalog
  /** Seed of the generated market that is shown where no simulation is named. */
  readonly seed: number
}

/** {@link MarketFeeds}, with what the server needs beside it. */
export interface DisposableFeeds extends MarketFeeds {
  /** How many UDP subscriptions are open, and what they have brought since the start. */
  taps(): { readonly open: number; readonly ticks: number; readonly books: number }
  /** Open feeds by the field of the API that they serve. */
  subscriptions(): Readonly<Record<'ticks' | 'orderBook', number>>
  dispose(): Promise<void>
}

/** What waits for a reader: one item of each key, and what becomes of two. */
type Thinning<Item> = Pick<NewestOptions<Item>, 'merge'> & { readonly keyOf: (item: Item) => string }

/** Where a feed comes from, and what ends it. */
interface Origin {
  /** Names where the data comes from, so that all who look at it share one subscription a product. */
  readonly key: string
  readonly open: (product: Product) => OpenTap
  readonly products: readonly Product[]
  readonly gone: Promise<unknown>
  release(): void
}

const fault = (code: string, argument: string, message: string): Outcome<never> => ({
  ok: false,
  faults: [{ code, path: [argument], message }],
})

/** Live market data for the API: one UDP subscription a product and streamer, whatever the number of viewers. */
export function createMarketFeeds(options: FeedsOptions): DisposableFeeds {
  const taps = new Map<string, Tap>()
  const closing = new Set<Promise<void>>()
  const endings = new Endings()
  const viewers = { ticks: 0, orderBook: 0 }
  const heard = { tick: 0, book: 0 }
  let disposed = false

  const tapOf = (origin: Origin, product: Product): { key: string; tap: Tap } => {
    const key = `${origin.key} ${product}`
    const tap = taps.get(key) ?? new Tap(origin.open(product), (type) => heard[type]++)
    taps.set(key, tap)
    return { key, tap }
  }
  const retire = (key: string, tap: Tap): void => {
    if (taps.get(key) === tap) taps.delete(key)
    const closed = tap.dispose().finally(() => closing.delete(closed))
    closing.add(closed)
  }
  const connect = <Item>(
    field: keyof typeof viewers,
    origin: Origin,
    { keyOf, ...keeping }: Thinning<Item>,
    listenerOf: (buffer: Buffer<Item>) => Omit<TapListener, 'ended'>,
  ): Buffer<Item> => {
    viewers[field]++
    const leave: (() => void)[] = [() => viewers[field]--]
    const onEnd = (): void => {
      for (const stop of leave.splice(0)) stop()
    }
    const buffer = newestBuffer<Item>(keyOf, { ...keeping, onEnd })
    for (const product of origin.products) {
      const { key, tap } = tapOf(origin, product)
      const stop = tap.listen({ ...listenerOf(buffer), ended: (error) => buffer.end(error ?? undefined) })
      leave.push(() => {
        stop()
        if (tap.listeners === 0) retire(key, tap)
      })
      tap.opened().catch((error: Error) => buffer.end(error))
    }
    leave.push(() => origin.release())
    leave.push(endings.listen(origin.gone, () => buffer.end()))
    return buffer
  }
  const open = (view: MarketView, products: readonly Product[] | null): Promise<Outcome<Origin>> => {
    if (disposed) return Promise.resolve(fault('SHUTTING_DOWN', 'source', 'This server is shutting down.'))
    if (view.simulationId !== null && view.source !== null) {
      return Promise.resolve(fault('CONFLICTING_ARGUMENTS', 'source', 'Name a source or a simulation, not both.'))
    }
    return view.simulationId === null
      ? openSource(view.source ?? 'sandbox', products, options)
      : openRun(view.simulationId, products, options)
  }

  return {
    async ticks(view, products, everyMs) {
      const origin = await open(view, products)
      if (!origin.ok) return origin
      const value = connect<SeenTick>('ticks', origin.value, everyMs === null ? NEWEST : BY_SECOND, (buffer) => ({
        // Before its first trade a product has a book and no price: a tick that said 0 would be taken for one.
        tick: (tick) => {
          if (tick.tradeId > 0) buffer.push(tick)
        },
      }))
      return { ok: true, value: everyMs === null || everyMs === 0 ? value : paced(value, everyMs) }
    },
    async books(view, product, everyMs) {
      const origin = await open(view, [product])
      if (!origin.ok) return origin
      const value = connect<BookSnapshot>('orderBook', origin.value, { keyOf: (book) => book.product }, (buffer) => ({
        book: (book) => buffer.push(book),
      }))
      return { ok: true, value: everyMs > 0 ? paced(value, everyMs) : value }
    },
    taps: () => ({ open: taps.size, ticks: heard.tick, books: heard.book }),
    subscriptions: () => ({ ...viewers }),
    async dispose() {
      disposed = true
      for (const [key, tap] of [...taps]) retire(key, tap)
      await Promise.all(closing)
    },
  }
}

/** The first product that is not offered, as a fault; null where all are. */
function refuseStrangers(
  products: readonly Product[] | null,
  offered: readonly Product[],
  whose: string,
): Outcome<never> | null {
  const stranger = products?.find((product) => !offered.includes(product))
  if (products?.length === 0) return fault('NO_PRODUCTS', 'products', 'Name at least one product, or leave them out.')
  if (stranger === undefined) return null
  const names = offered.slice(0, 12).join(', ')
  return fault('UNKNOWN_PRODUCT', 'products', `${whose} has no product "${stranger.slice(0, 40)}"; it has ${names}.`)
}

/** A streamer that this server reaches. */
const reached = (address: EngineAddress): Pick<Origin, 'key' | 'open'> => ({
  key: `${address.host}:${address.port}`,
  open: (product) => udpTap(address, product),
})

async function openRun(
  simulationId: string,
  products: readonly Product[] | null,
  options: FeedsOptions,
): Promise<Outcome<Origin>> {
  const run = options.run(simulationId)
  const elsewhere = run === null ? await options.elsewhere(simulationId) : null
  if (elsewhere !== null) {
    const refusal = refuseStrangers(products, elsewhere.products, 'This simulation')
    if (refusal !== null) return refusal
    const { open, finished } = elsewhere
    const origin = { open, products: products ?? elsewhere.products, gone: finished, release: () => undefined }
    return { ok: true, value: { key: `run ${simulationId}`, ...origin } }
  }
  if (run === null) {
    return fault('NOT_RUNNING', 'simulationId', 'This simulation is not running, so it has no live market data.')
  }
  const refusal = refuseStrangers(products, run.products, 'This simulation')
  if (refusal !== null) return refusal
  const address = await run.streamer
  if (address === null) {
    const message = 'This simulation has no live market data here: it is a back-test, or it has ended.'
    return fault('NO_MARKET_DATA', 'simulationId', message)
  }
  const origin = { products: products ?? run.products, gone: run.finished, release: () => undefined }
  return { ok: true, value: { ...reached(address), ...origin } }
}

async function openSource(
  name: string,
  products: readonly Product[] | null,
  options: FeedsOptions,
): Promise<Outcome<Origin>> {
  const source = await options.sources.find(name)
  if (source === null || (name !== 'coinbase' && name !== 'sandbox')) {
    return fault('UNKNOWN_SOURCE', 'source', `${quoted(name)} is no live source; there are coinbase and sandbox.`)
  }
  if (!source.available) return fault('SOURCE_UNAVAILABLE', 'source', source.description)
  const refusal = refuseStrangers(products, source.products, `The source "${name}"`)
  if (refusal !== null) return refusal
  const standard = source.products.filter((product) => DEFAULT_PRODUCTS.includes(product))
  const lease = await options.acquire({ name, seed: options.seed })
  const { address, lost, release } = lease
  if (address === null) {
    release()
    return fault('NO_MARKET_DATA', 'source', 'This server cannot reach the streamer of this source.')
  }
  return { ok: true, value: { ...reached(address), products: products ?? standard, gone: lost, release } }
}
