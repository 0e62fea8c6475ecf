import fc from 'fast-check'
import { INSTRUMENT_ORIGINS } from '../../../engines/domain/market/instrument.ts'
import type { Bar, BookSnapshot, FeedStatus, InstrumentNotice, Tick } from '../../../engines/domain/market/market.ts'
import { unitOf } from '../../../engines/domain/market/unit.ts'
import { FEED_STATES } from '../../../engines/wire/encode.ts'
import type { WireMessage, WireSignal } from '../../../engines/wire/message.ts'

const whole = fc.oneof(fc.maxSafeNat(), fc.nat(1000), fc.constant(Number.MAX_SAFE_INTEGER))
const product = fc.oneof(
  fc.constantFrom('BTC-USD', 'ETH-USD', 'SOL-USD'),
  fc.stringMatching(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,11}$/),
)
const unit = fc
  .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 8 }))
  .map(([price, size]) => unitOf(price, size))
const side = fc.constantFrom('BUY' as const, 'SELL' as const)
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => value.length <= 200)
const levels = fc.array(fc.tuple(whole, whole), { maxLength: 40 })

const plainTick = {
  type: fc.constant('tick' as const),
  unit,
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
  unit,
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
  unit,
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

const bar: fc.Arbitrary<Bar> = fc.record({
  type: fc.constant('bar' as const),
  sequence: whole,
  time: whole,
  product,
  unit,
  begin: whole,
  open: whole,
  high: whole,
  low: whole,
  close: whole,
  volume: whole,
})

const above0 = whole.map((value) => Math.max(1, value))
const instrument: fc.Arbitrary<InstrumentNotice> = fc.record({
  type: fc.constant('instrument' as const),
  sequence: whole,
  time: whole,
  product,
  unit,
  priceIncrement: above0,
  sizeIncrement: above0,
  minSize: whole,
  maxSize: whole,
  minValue: fc.bigInt({ min: 0n, max: 10n ** 48n - 1n }),
  origin: fc.constantFrom(...INSTRUMENT_ORIGINS),
})

/** Any message that can be sent. */
export const anyMessage: fc.Arbitrary<WireMessage> = fc.oneof(tick, book, feed, signal, bar, instrument)
