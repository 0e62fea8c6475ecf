import type { OrderCommand, Wish } from '../../../engines/domain/trading/command.ts'
import { ORDER_TYPES, TIMES_IN_FORCE, TRADING_STATES } from '../../../engines/domain/trading/order.ts'
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

const positive = above0
const amount = fc.bigInt({ min: 1n, max: 10n ** 30n })
/** What may be left out: 0 is left out. */
const maybe = <Key extends string>(key: Key): fc.Arbitrary<Partial<Record<Key, number>>> =>
  fc.option(positive).map((value) => (value === null ? {} : ({ [key]: value } as Record<Key, number>)))
const flag = <Key extends string>(key: Key): fc.Arbitrary<Partial<Record<Key, true>>> =>
  fc.boolean().map((set) => (set ? ({ [key]: true } as Record<Key, true>) : {}))
const trail = fc.record({ amount: whole, share: whole, activation: whole })
const guard = fc.record({
  stop: whole,
  target: whole,
  stopShare: whole,
  targetShare: whole,
  hold: whole,
  trail: fc.option(fc.record({ amount: whole, share: whole, after: whole })),
})
const merged = <A extends object>(one: A, ...others: readonly object[]): A => Object.assign({}, one, ...others) as A

const command: fc.Arbitrary<OrderCommand> = fc
  .tuple(product, unit, whole, whole, fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)))
  .chain(([name, counted, time, cause, parts]) => {
    const order = fc
      .tuple(
        fc.record({
          side,
          type: fc.constantFrom(...ORDER_TYPES),
          quantity: amount,
          timeInForce: fc.constantFrom(...TIMES_IN_FORCE),
          trigger: fc.constantFrom('LAST' as const, 'QUOTE' as const, 'MARK' as const),
        }),
        fc.tuple(maybe('limit'), maybe('stop'), maybe('expiresAt'), maybe('group')),
        fc.tuple(flag('postOnly'), flag('reduceOnly'), flag('exactPrice')),
        fc.option(trail),
        fc.option(guard),
      )
      .map(([base, figures, flags, trails, guards]) =>
        merged(
          { product: name, purpose: 'STRATEGY' as const, ...base },
          ...figures,
          ...flags,
          trails === null ? {} : { trail: trails },
          guards === null ? {} : { bracket: guards },
        ),
      )
    const change = fc
      .tuple(maybe('limit'), maybe('stop'), fc.option(amount))
      .map(([limit, stop, quantity]) => ({ ...limit, ...stop, ...(quantity === null ? {} : { quantity }) }))
    const wish: fc.Arbitrary<Wish | null> = fc.oneof(
      fc.record({ kind: fc.constant('PLACE' as const), order }),
      fc.record({ kind: fc.constant('CANCEL' as const), id: whole }),
      fc.record({ kind: fc.constant('REPLACE' as const), id: whole, change }),
      fc.constant(null),
    )
    const digest = parts.map((part) => part.toString(16).padStart(8, '0')).join('')
    return wish.map((wished) => ({
      type: 'command' as const,
      product: name,
      unit: counted,
      wish: wished,
      digest,
      time,
      cause,
    }))
  })

const trading: fc.Arbitrary<WireMessage> = fc.constantFrom(...TRADING_STATES).map((state) => ({
  type: 'trading' as const,
  product: '' as const,
  state,
}))

/** Any message that can be sent. */
export const anyMessage: fc.Arbitrary<WireMessage> = fc.oneof(
  tick,
  book,
  feed,
  signal,
  bar,
  instrument,
  command,
  trading,
)
