import { EIGHTHS } from '../../../engines/domain/market/unit.ts'
import type { Tick } from '../../../engines/domain/market/market.ts'

/** A plain tick whose figures follow from its sequence. */
export function tickNumber(sequence: number, product = 'BTC-USD'): Tick {
  return {
    type: 'tick',
    unit: EIGHTHS,
    sequence,
    time: 1_700_000_000_000_000 + sequence * 1000,
    product,
    price: 6_000_000_000_000 + sequence,
    size: 1_000_000,
    bid: 6_000_000_000_000 + sequence - 1,
    bidSize: 2_000_000,
    ask: 6_000_000_000_000 + sequence + 1,
    askSize: 3_000_000,
    tradeId: sequence,
    takerSide: sequence % 2 === 0 ? 'BUY' : 'SELL',
  }
}
