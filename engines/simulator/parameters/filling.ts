import * as z from 'zod'
import { inGroup } from './group.ts'

const NUMBER = String.raw`\d+(\.\d+)?`

/** The longest that an order or a cancellation may be on its way, in milliseconds. */
const LONGEST_MS = 60_000
/** The highest fee, as a share, and the highest turnover that a tier begins at. */
const MOST_FEE = 0.1
const MOST_TURNOVER = 1e15

/** A measured distribution of latencies, as text. */
const distribution = () =>
  z
    .string()
    .regex(new RegExp(`^((0?\\.\\d+|1|1\\.0+):${NUMBER}( (0?\\.\\d+|1|1\\.0+):${NUMBER}){0,49})?$`))
    .refine(rises, 'shares must rise from point to point, and no latency may be under the one before it')
    .refine((text) => !pointsOf(text).some(([, ms]) => ms > LONGEST_MS), `a latency is at most ${LONGEST_MS} ms`)
    .default('')

/** The points of a distribution. @param text as its pattern has it */
export const pointsOf = (text: string): readonly (readonly [share: number, ms: number])[] =>
  text.split(' ').map((point) => {
    const [share = 0, ms = 0] = point.split(':').map(Number)
    return [share, ms]
  })

/** The tiers of a text of fees. @param text as its pattern has it */
export const tiersOf = (text: string): readonly (readonly [from: number, maker: number, taker: number])[] =>
  text === ''
    ? []
    : text.split(' ').map((tier) => {
        const [from = 0, maker = 0, taker = 0] = tier.split(':').map(Number)
        return [from, maker, taker]
      })

/** Whether the points of a distribution go up, and their latencies not down. */
function rises(text: string): boolean {
  const points = pointsOf(text)
  return points.every(([share, ms], index) => {
    const [before = 0, less = 0] = points[index - 1] ?? []
    return index === 0 || (share > before && ms >= less)
  })
}

/** How orders are filled, and what that costs. */
export const fillingParameters = inGroup('Fees and filling', {
  MAKER_FEE_PCT: z.number().min(0).max(MOST_FEE).optional().meta({
    title: 'Maker fee',
    description:
      'Share of the traded value that fills of resting orders cost; without it, the fee holds for these too.',
    unit: 'share',
  }),
  FEE_TIERS: z
    .string()
    .regex(new RegExp(`^(${NUMBER}:${NUMBER}:${NUMBER}( ${NUMBER}:${NUMBER}:${NUMBER}){0,19})?$`))
    .refine((text) => tiersOf(text).every(([from]) => from <= MOST_TURNOVER), `a turnover is at most ${MOST_TURNOVER}`)
    .refine(
      (text) => tiersOf(text).every(([, ...rates]) => rates.every((rate) => rate <= MOST_FEE)),
      `a rate is at most ${MOST_FEE}, which is ${MOST_FEE * 100} %`,
    )
    .default('')
    .meta({
      title: 'Fee tiers',
      description:
        'Rates by the turnover of the last 30 days, rising: "turnover:maker:taker" with a space between two, such as ' +
        '"10000:0.0025:0.004 50000:0.0015:0.0025". Below the first the fees above hold.',
    }),
  BORROW_RATE: z.number().min(0).max(10).default(0).meta({
    title: 'Cost of borrowing',
    description: 'What a short costs a year, as a share of its worth: 0.05 is 5 %. 0: shorts cost nothing.',
    unit: 'share per year',
  }),
  QUEUE_MODEL: z
    .enum(['conservative', 'proportional', 'optimistic'])
    .default('conservative')
    .meta({
      title: 'Queue model',
      description:
        'How a resting order moves up. conservative: by trades, and never behind more than is displayed; proportional: by ' +
        'its share of cancellations too; optimistic: what is touched fills.',
    }),
  MARK: z.enum(['last', 'mid', 'newest']).default('newest').meta({
    title: 'Mark',
    description: 'What positions are valued at: the last trade, the middle of the quotes, or whichever was told last.',
  }),
  MAX_PRICE_AGE_MS: z.number().min(0).max(86_400_000).default(60_000).meta({
    title: 'Oldest quotes',
    description: 'Quotes that are older, by market time, fill nothing. 0: they never get too old.',
    unit: 'ms',
  }),
  CANDLE_FILL: z.enum(['open', 'close']).default('open').meta({
    title: 'Fill in candles',
    description: 'An order that a bar raised fills at the next bar’s open, or at the close of the one that raised it.',
  }),
  MAX_PARTICIPATION: z.number().gt(0).max(1).default(0.1).meta({
    title: 'Largest part of the volume',
    description: 'The most of a bar’s volume, or of a trade where no quotes are known, that the run may have.',
    unit: 'share',
  }),
  SLIPPAGE_BPS: z
    .number()
    .min(0)
    .max(1_000)
    .default(1)
    .meta({
      title: 'Slippage',
      description: 'How much worse than the price market orders and stops fill where no book is known.',
      unit: 'basis points',
      sweep: { min: 0, max: 10, step: 1 },
    }),
  ORDER_LATENCY_MS: z.number().min(0).max(LONGEST_MS).default(0).meta({
    title: 'Order latency',
    description: 'Market time from a signal to the moment its order reaches the market.',
    unit: 'ms',
  }),
  CANCEL_LATENCY_MS: z.number().min(0).max(LONGEST_MS).default(0).meta({
    title: 'Cancel latency',
    description: 'Market time from a cancellation to the moment it reaches the market.',
    unit: 'ms',
  }),
  LATENCY_DISTRIBUTION: distribution().meta({
    title: 'Drawn latency',
    description:
      'Draws the order latency instead of taking a constant one: "share:ms" with a space between two, rising, such as ' +
      'the measured "0.5:1.2 0.99:4 1:20" of a finished run.',
  }),
  CANCEL_LATENCY_DISTRIBUTION: distribution().meta({
    title: 'Drawn cancel latency',
    description: 'Draws the latency of cancellations likewise, by the same seed.',
  }),
  LATENCY_SEED: z.number().int().min(0).max(4_294_967_295).default(1).meta({
    title: 'Seed of the drawn latency',
    description: 'The same seed draws the same latencies.',
  }),
})
