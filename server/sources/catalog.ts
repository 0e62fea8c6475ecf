import type { Product } from '../../engines/domain/market/product.ts'
import type { SourceEntry } from '../../schema/context.ts'

/** What is known of a tape without reading it whole. */
export interface TapeEntry {
  /** The file's name without its ending. */
  readonly name: string
  readonly path: string
  /** What was recorded, for a person. */
  readonly description: string
  readonly products: readonly Product[]
  /** What is the matter with it, and what can be saved; absent where it can be played. */
  readonly damage?: string
}

/** Finds the tapes there are. */
export interface TapeShelf {
  list(): Promise<readonly TapeEntry[]>
}

/** Asks a venue which products trade there; throws where it cannot be reached. */
export type VenueProducts = () => Promise<readonly Product[]>

/** The places market data comes from, with what they offer now. */
export interface SourceCatalog {
  list(): Promise<readonly SourceEntry[]>
  find(name: string): Promise<SourceEntry | null>
  /** The file of a `tape:<name>` source. @throws where there is none. */
  tapePath(source: string): Promise<string>
}

/** The prefix of a tape's source name. */
export const TAPE_PREFIX = 'tape:'

/** How long a venue's answer is believed; also how long a failure is not asked again. */
const VENUE_CACHE_MS = 60_000

export interface SourceCatalogOptions {
  readonly sandboxProducts: readonly Product[]
  readonly venueProducts: VenueProducts
  readonly tapes: TapeShelf
  readonly now: () => number
  /** Waits, within a bound, while the tape of a source is being made; never rejects. */
  readonly made?: (source: string) => Promise<void>
}

function refuseDamaged(name: string, damage: string): { code: string; message: string } {
  const message = `The tape "${name}" ${damage}. It is not played: a run of it would be silently short. Choose another source.`
  return { code: 'TAPE_DAMAGED', message }
}

/** Joins the live feeds and the tapes. */
export function createSourceCatalog(options: SourceCatalogOptions): SourceCatalog {
  let venue: { at: number; entry: Promise<SourceEntry> } | null = null

  const askVenue = async (): Promise<SourceEntry> => {
    const base = { name: 'coinbase', description: 'Coinbase Exchange, the public market data feed' }
    try {
      return { ...base, products: await options.venueProducts(), available: true }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return {
        ...base,
        description: `${base.description} (cannot be reached now: ${why})`,
        products: [],
        available: false,
      }
    }
  }
  const coinbase = (): Promise<SourceEntry> => {
    const at = options.now()
    if (venue === null || at - venue.at > VENUE_CACHE_MS) venue = { at, entry: askVenue() }
    return venue.entry
  }
  const sandbox: SourceEntry = {
    name: 'sandbox',
    description:
      'A generated market behind a local server that speaks the Coinbase feed; the same seed gives the same market',
    products: options.sandboxProducts,
    available: true,
  }
  const tapes = async (): Promise<readonly SourceEntry[]> =>
    (await options.tapes.list()).map((tape) => ({
      name: `${TAPE_PREFIX}${tape.name}`,
      description: tape.description,
      products: tape.products,
      available: tape.damage === undefined,
      ...(tape.damage === undefined ? {} : { refusal: refuseDamaged(tape.name, tape.damage) }),
    }))

  let underWay: Promise<readonly SourceEntry[]> | null = null
  const list = async (): Promise<readonly SourceEntry[]> => {
    try {
      return [await coinbase(), sandbox, ...(await tapes())]
    } finally {
      underWay = null
    }
  }

  return {
    // A page of runs asks once for each of its rows, all at the same time: the shelf is looked through once for all.
    list: () => (underWay ??= list()),
    async find(name) {
      if (name === 'coinbase') return coinbase()
      if (name === 'sandbox') return sandbox
      await options.made?.(name)
      return (await tapes()).find((tape) => tape.name === name) ?? null
    },
    async tapePath(source) {
      const found = (await options.tapes.list()).find((tape) => `${TAPE_PREFIX}${tape.name}` === source)
      if (found === undefined) throw new Error(`the tape of source "${source}" is not there any more`)
      return found.path
    },
  }
}
