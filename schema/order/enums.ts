import {
  ORDER_PURPOSES,
  ORDER_STATES,
  ORDER_TYPES,
  TIMES_IN_FORCE,
  TRADING_STATES,
} from '../../engines/domain/trading/order.ts'
import { builder } from '../builder.ts'

/** What each word of a list means; none may be missing. */
type Meanings<Word extends string> = Readonly<Record<Word, string>>

const described = <Word extends string>(words: readonly Word[], meanings: Meanings<Word>) =>
  Object.fromEntries(words.map((word) => [word, { description: meanings[word] }])) as Record<
    Word,
    { description: string }
  >

export const OrderTypeEnum = builder.enumType('OrderType', {
  values: described(ORDER_TYPES, {
    MARKET: 'Takes what is there.',
    LIMIT: 'At its price or better; what is not there rests.',
    STOP: 'A market order once its trigger is reached.',
    STOP_LIMIT: 'A limit order once its trigger is reached.',
    TRAILING_STOP: 'A stop that follows the price at a distance and never goes back.',
    TAKE_PROFIT: 'A limit order that closes.',
  }),
})

export const TimeInForceEnum = builder.enumType('TimeInForce', {
  values: described(TIMES_IN_FORCE, {
    GTC: 'Until cancelled.',
    IOC: 'What is there at once, no more.',
    FOK: 'All at once, or nothing.',
    GTD: 'Until a time.',
  }),
})

export const OrderStateEnum = builder.enumType('OrderState', {
  description: 'From REFUSED, FILLED, CANCELLED, EXPIRED and REPLACED nothing follows.',
  values: described(ORDER_STATES, {
    ACCEPTED: 'On its way to the market.',
    REFUSED: 'Never got to the market; `reason` says why.',
    RESTING: 'At the market, waiting.',
    TRIGGERED: 'Its stop was reached.',
    PARTIALLY_FILLED: 'Filled in part; the rest waits.',
    FILLED: 'Filled whole.',
    CANCELLED: 'Taken back; `reason` says why.',
    EXPIRED: 'Its time in force is over.',
    REPLACED: 'Another order, which names it, is in its place.',
  }),
})

export const OrderPurposeEnum = builder.enumType('OrderPurpose', {
  description: 'What an order is for; of one that closes, the reason of the exit.',
  values: described(ORDER_PURPOSES, {
    SIGNAL: "An algorithm's signal.",
    STRATEGY: 'An order that an author made by hand.',
    STOP_LOSS: 'Ends a position that loses too much.',
    TAKE_PROFIT: 'Ends a position that has won enough.',
    TRAILING_STOP: 'Ends a position that fell too far from its best.',
    MAX_HOLD: 'Ends a position that was held for too long.',
    LIQUIDATION: 'Too little equity for the shorts.',
    RUIN: 'No equity left.',
  }),
})

export const LiquidityEnum = builder.enumType('Liquidity', {
  values: {
    MAKER: { description: 'It was what somebody else took.' },
    TAKER: { description: 'It took what was displayed.' },
  },
})

export const DirectionEnum = builder.enumType('Direction', { values: ['LONG', 'SHORT'] as const })

export const TradingStateEnum = builder.enumType('TradingState', {
  values: described(TRADING_STATES, {
    ACTIVE: 'All goes on.',
    REDUCING: 'Only what closes is let through.',
    HALTED: 'No order of the algorithm is let through; stops and liquidation go on.',
  }),
})
