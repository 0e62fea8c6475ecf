import { isProduct, MAX_PRODUCTS } from '../../engines/domain/market/product.ts'
import { MAX_BOOK_LEVELS, type BookSnapshot, type Level } from '../../engines/domain/market/market.ts'
import { formatCount } from '../../engines/domain/money.ts'
import type { Unit } from '../../engines/domain/market/unit.ts'
import { builder } from '../builder.ts'
import type { MarketView, SeenTick } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { SideEnum } from '../enums.ts'
import { badInput, faultError } from '../errors.ts'
import { requireNodeId } from '../node-id.ts'

/** The longest pause between two ticks of a product, and between two books, that can be asked for. */
const MAX_TICK_PAUSE_MS = 1_000
const MAX_BOOK_PAUSE_MS = 10_000

const priceOf = (count: number, { unit }: { readonly unit: Unit }): string => formatCount(count, unit.price)
const sizeOf = (count: number, { unit }: { readonly unit: Unit }): string => formatCount(count, unit.size)

const TickType = builder.objectRef<SeenTick>('Tick').implement({
  description: 'Best bid and ask with their sizes, and the last trade. A size of 0 beside a bid or ask: not known.',
  fields: (t) => ({
    product: t.exposeString('product'),
    price: t.field({
      type: 'Decimal',
      description: 'Price of the last trade.',
      resolve: (tick) => priceOf(tick.price, tick),
    }),
    open: t.field({
      type: 'Decimal',
      description:
        'The first price of those that this tick stands for: its own and those of the ticks that this subscriber was not ' +
        'given since the one before it.',
      resolve: (tick) => priceOf(tick.open ?? tick.price, tick),
    }),
    high: t.field({
      type: 'Decimal',
      description: 'The highest of the prices that `open` is the first of.',
      resolve: (tick) => priceOf(tick.high ?? tick.price, tick),
    }),
    low: t.field({
      type: 'Decimal',
      description: 'The lowest of the prices that `open` is the first of.',
      resolve: (tick) => priceOf(tick.low ?? tick.price, tick),
    }),
    size: t.field({ type: 'Decimal', resolve: (tick) => sizeOf(tick.size, tick) }),
    bid: t.field({ type: 'Decimal', resolve: (tick) => priceOf(tick.bid, tick) }),
    bidSize: t.field({ type: 'Decimal', resolve: (tick) => sizeOf(tick.bidSize, tick) }),
    ask: t.field({ type: 'Decimal', resolve: (tick) => priceOf(tick.ask, tick) }),
    askSize: t.field({ type: 'Decimal', resolve: (tick) => sizeOf(tick.askSize, tick) }),
    sequence: t.expose('sequence', { type: 'BigInt' }),
    time: t.expose('time', { type: 'DateTime', description: "The venue's." }),
    tradeId: t.expose('tradeId', {
      type: 'BigInt',
      description: "The venue's id of the last trade.",
    }),
    takerSide: t.expose('takerSide', { type: SideEnum, description: "The taker's side of the last trade." }),
  }),
})

/** A level, and in what it is counted. */
interface CountedLevel {
  readonly level: Level
  readonly unit: Unit
}

const counted = (levels: readonly Level[], { unit }: BookSnapshot): CountedLevel[] =>
  levels.map((level) => ({ level, unit }))

const PriceLevel = builder.objectRef<CountedLevel>('PriceLevel').implement({
  fields: (t) => ({
    price: t.field({ type: 'Decimal', resolve: ({ level, unit }) => formatCount(level[0], unit.price) }),
    size: t.field({ type: 'Decimal', resolve: ({ level, unit }) => formatCount(level[1], unit.size) }),
  }),
})

const OrderBook = builder.objectRef<BookSnapshot>('OrderBook').implement({
  description: 'The best levels of a book, best first.',
  fields: (t) => ({
    product: t.exposeString('product'),
    bids: t.field({ type: [PriceLevel], resolve: (book) => counted(book.bids, book) }),
    asks: t.field({ type: [PriceLevel], resolve: (book) => counted(book.asks, book) }),
    sequence: t.expose('sequence', { type: 'BigInt' }),
    time: t.expose('time', { type: 'DateTime' }),
  }),
})

function viewOf(args: { source?: string | null | undefined; simulationId?: string | null | undefined }): MarketView {
  const { source = null, simulationId = null } = args
  if (source !== null && simulationId !== null) throw badInput('Give "source" or "simulationId", not both.')
  return { source, simulationId: simulationId === null ? null : requireNodeId(simulationId, 'Simulation') }
}

function checkProducts(products: readonly string[]): void {
  const wrong = products.filter((product) => !isProduct(product))
  if (wrong.length > 0) throw badInput(`Not a product id like BTC-USD: ${wrong.slice(0, 5).join(', ').slice(0, 200)}.`)
  if (products.length > MAX_PRODUCTS) throw badInput(`At most ${MAX_PRODUCTS} products may be asked for.`)
}

/** @param most the longest pause, in milliseconds @returns the pause that was asked for */
function checkPause(everyMs: number | null | undefined, most: number): number {
  const pause = everyMs ?? 0
  if (pause < 0 || pause > most) throw badInput(`"everyMs" is ${pause}, and must be from 0 to ${most}.`)
  return pause
}

builder.subscriptionField('ticks', (t) =>
  t.field({
    type: TickType,
    description:
      'Newest wins, per product; of a source, or as a simulation sees them. Each product begins with its first trade.',
    args: {
      everyMs: t.arg.int({
        defaultValue: 0,
        description:
          `At most one tick of a product in so many milliseconds, from 0 (as they come) to ${MAX_TICK_PAUSE_MS}. A second of ` +
          'the market is never mixed with the next, so that candles stay true: of a fast replay there is one for each, and of ' +
          'more than 256 seconds that wait the oldest go.',
      }),
      products: t.arg.stringList(),
      source: t.arg.string(),
      simulationId: t.arg.id(),
    },
    subscribe: async (_root, args, context) => {
      const products = args.products ?? null
      const everyMs = checkPause(args.everyMs, MAX_TICK_PAUSE_MS)
      if (products !== null) checkProducts(products)
      const feed = await context.market.ticks(viewOf(args), products, everyMs === 0 ? null : everyMs)
      if (!feed.ok) throw faultError(feed.faults)
      return deliver(feed.value)
    },
    resolve: (delivery) => received(delivery),
  }),
)

builder.subscriptionField('orderBook', (t) =>
  t.field({
    type: OrderBook,
    description: 'Newest wins.',
    args: {
      everyMs: t.arg.int({
        defaultValue: 0,
        description: `At most one book in so many milliseconds, from 0 (as they come) to ${MAX_BOOK_PAUSE_MS}.`,
      }),
      product: t.arg.string({ required: true }),
      source: t.arg.string(),
      simulationId: t.arg.id(),
      depth: t.arg.int({ defaultValue: 10, description: `Levels a side, from 1 to ${MAX_BOOK_LEVELS}.` }),
    },
    subscribe: async (_root, args, context) => {
      const depth = args.depth ?? 10
      if (depth < 1 || depth > MAX_BOOK_LEVELS)
        throw badInput(`"depth" is ${depth}, and must be from 1 to ${MAX_BOOK_LEVELS}.`)
      const everyMs = checkPause(args.everyMs, MAX_BOOK_PAUSE_MS)
      checkProducts([args.product])
      const feed = await context.market.books(viewOf(args), args.product, everyMs)
      if (!feed.ok) throw faultError(feed.faults)
      return deliver(feed.value)
    },
    resolve: (delivery, args) => {
      const book = received(delivery)
      const depth = args.depth ?? 10
      return { ...book, bids: book.bids.slice(0, depth), asks: book.asks.slice(0, depth) }
    },
  }),
)
