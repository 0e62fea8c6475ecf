import { isProduct, MAX_PRODUCTS } from '../../engines/domain/product.ts'
import { MAX_BOOK_LEVELS, type BookSnapshot, type Level, type Tick } from '../../engines/domain/market.ts'
import { builder } from '../builder.ts'
import type { MarketView } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { SideEnum } from '../enums.ts'
import { badInput, faultError } from '../errors.ts'
import { requireNodeId } from '../node-id.ts'

/** The longest pause between two books that can be asked for. */
const MAX_EVERY_MS = 10_000

const TickType = builder.objectRef<Tick>('Tick').implement({
  description: 'Best bid and ask with their sizes, and the last trade. A size of 0 beside a bid or ask: not known.',
  fields: (t) => ({
    product: t.exposeString('product'),
    price: t.expose('price', { type: 'Decimal', description: 'Price of the last trade.' }),
    size: t.expose('size', { type: 'Decimal' }),
    bid: t.expose('bid', { type: 'Decimal' }),
    bidSize: t.expose('bidSize', { type: 'Decimal' }),
    ask: t.expose('ask', { type: 'Decimal' }),
    askSize: t.expose('askSize', { type: 'Decimal' }),
    sequence: t.expose('sequence', { type: 'BigInt' }),
    time: t.expose('time', { type: 'DateTime', description: "The venue's." }),
    tradeId: t.expose('tradeId', {
      type: 'BigInt',
      description: "The venue's id of the last trade.",
    }),
    takerSide: t.expose('takerSide', { type: SideEnum, description: "The taker's side of the last trade." }),
  }),
})

const PriceLevel = builder.objectRef<Level>('PriceLevel').implement({
  fields: (t) => ({
    price: t.field({ type: 'Decimal', resolve: ([price]) => price }),
    size: t.field({ type: 'Decimal', resolve: ([, size]) => size }),
  }),
})

const OrderBook = builder.objectRef<BookSnapshot>('OrderBook').implement({
  description: 'The best levels of a book, best first.',
  fields: (t) => ({
    product: t.exposeString('product'),
    bids: t.field({ type: [PriceLevel], resolve: (book) => [...book.bids] }),
    asks: t.field({ type: [PriceLevel], resolve: (book) => [...book.asks] }),
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

builder.subscriptionField('ticks', (t) =>
  t.field({
    type: TickType,
    description:
      'Newest wins, per product; of a source, or as a simulation sees them. Each product begins with its first trade.',
    args: { products: t.arg.stringList(), source: t.arg.string(), simulationId: t.arg.id() },
    subscribe: async (_root, args, context) => {
      const products = args.products ?? null
      if (products !== null) checkProducts(products)
      const feed = await context.market.ticks(viewOf(args), products)
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
        description: `At most one book in so many milliseconds, from 0 (as they come) to ${MAX_EVERY_MS}.`,
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
      const everyMs = args.everyMs ?? 0
      if (everyMs < 0 || everyMs > MAX_EVERY_MS)
        throw badInput(`"everyMs" is ${everyMs}, and must be from 0 to ${MAX_EVERY_MS}.`)
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
