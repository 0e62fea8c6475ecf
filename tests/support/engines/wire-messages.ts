import fc from 'fast-check'
import type { BookSnapshot, FeedStatus, Tick } from '../../../engines/domain/market.ts'
import { FEED_STATES } from '../../../engines/wire/encode.ts'
import type { WireMessage, WireSignal } from '../../../engines/wire/message.ts'

const whole = fc.oneof(fc.maxSafeNat(), fc.nat(1000), fc.constant(Number.MAX_SAFE_INTEGER))
const product = fc.oneof(
  fc.constantFrom('BTC-USD', 'ETH-USD', 'SOL-USD'),
  fc.stringMatching(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,11}$/),
)
const side = fc.constantFrom('BUY' as const, 'SELL' as const)
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => value.length <= 200)
const levels = fc.array(fc.tuple(whole, whole), { maxLength: 40 })

const plainTick = {
  type: fc.constant('tick' as const),
  sequence: whole,
  time: whole,
  product,
  price: whole,
  size: whole,
  bid: whole,
  bidSize: whole,
  ask: whole,
  askSize: whole,
  tradeId: whole,
  takerSide: side,
}
const tick: fc.Arbitrary<Tick> = fc.oneof(fc.record(plainTick), fc.record({ ...plainTick, tradedAt: whole }))

const book: fc.Arbitrary<BookSnapshot> = fc.record({
  type: fc.constant('book' as const),
  sequence: whole,
  time: whole,
  product,
  bids: levels,
  asks: levels,
})

const feed: fc.Arbitrary<FeedStatus> = fc.record({
  type: fc.constant('feed' as const),
  sequence: whole,
  time: whole,
  state: fc.constantFrom(...FEED_STATES),
  product: fc.oneof(product, fc.constant('')),
  count: whole,
  detail: text,
})

const signal: fc.Arbitrary<WireSignal> = fc.record({
  type: fc.constant('signal' as const),
  product,
  side,
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  price: whole,
  indicator: fc.double({ noDefaultInfinity: true, noNaN: true }),
  reason: text,
  time: whole,
  cause: whole,
  originSentAt: whole,
})

/** Any message that can be sent. */
export const anyMessage: fc.Arbitrary<WireMessage> = fc.oneof(tick, book, feed, signal)
