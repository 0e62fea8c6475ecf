import * as z from 'zod'
import { defineAlgorithm } from '../define-algorithm.ts'
import type { ProductAccount } from '../author/contract.ts'

const parameters = z.object({
  MAKER_SHARE: z
    .number()
    .min(0.0001)
    .max(1)
    .default(0.02)
    .meta({
      title: 'Size',
      description: 'Each of its two orders, as a share of the equity.',
      sweep: { min: 0.01, max: 0.1, step: 0.01 },
    }),
  MAKER_SPREAD_BPS: z
    .number()
    .min(0)
    .max(1_000)
    .default(10)
    .meta({
      title: 'Spread',
      description: 'How far apart its two prices are, in hundredths of a per cent of the middle.',
      unit: 'bp',
      sweep: { min: 2, max: 50, step: 2 },
    }),
  MAKER_MOST_SHARE: z.number().min(0.001).max(1).default(0.1).meta({
    title: 'Most held',
    description: 'How much it holds at most, as a share of the equity; both prices move against what it holds.',
  }),
})

/** Keeps one order of a side at a price: places it, moves it, or takes it back (price 0). */
function keep(me: ProductAccount, side: 'BUY' | 'SELL', price: number, share: number): void {
  const known = me.orders.find((order) => order.side === side)
  if (price === 0) {
    if (known !== undefined) me.cancel(known.id)
  } else if (known === undefined) {
    const order = { share, limit: price, postOnly: true }
    if (side === 'BUY') me.buy(order)
    else me.sell(order)
  } else if (Math.abs(known.limit - price) > me.instrument.priceIncrement / 2) me.replace(known.id, { limit: price })
}

/** A bid and an offer around the middle of the book, both moved against what is held. */
export default defineAlgorithm({
  name: 'market-maker',
  title: 'Market maker',
  description: 'Bids and offers around the middle of the book, and moves both prices against what it holds.',
  documentation: `It reads the displayed book of each product by itself, and keeps one bid and one offer there, each a share of the equity, both post-only.

The middle of the best prices is moved down by half the spread where all is held that may be, and up by as much where it is short of that; around it stand the two prices, half the spread away on each side. So what it holds is sold sooner than more is bought.

It sells short only where the simulator lets it (ENABLE_SHORTING). Whether an order is ever filled is up to the queue in front of it: see QUEUE_MODEL.`,
  parameters,
  inputs: { book: true },
  product: (given) => ({
    onBook({ bids, asks }, me) {
      const [bid, ask] = [bids[0]?.[0] ?? 0, asks[0]?.[0] ?? 0]
      if (bid === 0 || ask <= bid) return
      const middle = (bid + ask) / 2
      const held = (me.position * middle) / Math.max(1, me.equity) / given.MAKER_MOST_SHARE
      const half = (middle * given.MAKER_SPREAD_BPS) / 20_000
      const fair = middle - half * Math.max(-1, Math.min(1, held))
      const tick = me.instrument.priceIncrement
      // No price of its own crosses the book: it would be refused.
      keep(me, 'BUY', held >= 1 ? 0 : Math.min(me.instrument.ticks(fair - half, 0), ask - tick), given.MAKER_SHARE)
      keep(me, 'SELL', held <= -1 ? 0 : Math.max(me.instrument.ticks(fair + half, 0), bid + tick), given.MAKER_SHARE)
    },
    onGap: (me) => me.cancelAll(),
  }),
})
