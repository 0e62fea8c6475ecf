import { exactly, inUnit } from '../../domain/market/counting.ts'
import type { BookSnapshot, Level, MarketEvent, Tick } from '../../domain/market/market.ts'
import type { Fixed } from '../../domain/money.ts'
import type { Product } from '../../domain/market/product.ts'
import { opposite, type Side } from '../../domain/side.ts'
import type { Unit } from '../../domain/market/unit.ts'
import type { Change, MarketAction } from '../action.ts'
import type { TimedAction } from '../playback/capture.ts'

/** Turns a tape's events back into what the exchange must have said. Keeps the book of each product between calls. */
export interface TapeReader {
  read(event: MarketEvent): TimedAction[]
}

interface Known {
  tradeId: number
  hasBooks: boolean
  levels: Record<Side, ReadonlyMap<Fixed, Fixed>> | null
}

function changesOf(side: Side, before: ReadonlyMap<Fixed, Fixed>, after: ReadonlyMap<Fixed, Fixed>): Change[] {
  const changes: Change[] = []
  for (const price of before.keys()) if (!after.has(price)) changes.push([side, price, 0])
  for (const [price, size] of after) if (before.get(price) !== size) changes.push([side, price, size])
  return changes
}

/**
 * A tape holds complete best levels, not differences: the first makes a snapshot, later ones the difference to the one
 * before. A tape without books gives books of one level, from its ticks. A trade is a tick with a new trade id.
 * What the tape says about its own feed is not repeated: the exchange knows nothing of it.
 * @param units of the products as they are listed; other products are left out.
 * @throws RangeError from `read` where a price or a size is finer than its product's unit
 */
export function createTapeReader(units: ReadonlyMap<Product, Unit>): TapeReader {
  const products = new Map<Product, Known>()

  const rebook = (known: Known, event: BookSnapshot | Tick, bids: readonly Level[], asks: readonly Level[]) => {
    const levels = { BUY: new Map(bids), SELL: new Map(asks) }
    const before = known.levels
    known.levels = levels
    const of = { product: event.product, time: event.time }
    if (before === null) return [{ type: 'snapshot', ...of, bids, asks } satisfies MarketAction]
    const changes = [...changesOf('BUY', before.BUY, levels.BUY), ...changesOf('SELL', before.SELL, levels.SELL)]
    return changes.length === 0 ? [] : [{ type: 'book', ...of, changes } satisfies MarketAction]
  }

  const ofTick = (known: Known, tick: Tick): MarketAction[] => {
    const actions: MarketAction[] = []
    if (!known.hasBooks && tick.bid > 0 && tick.ask > 0) {
      actions.push(...rebook(known, tick, [[tick.bid, tick.bidSize]], [[tick.ask, tick.askSize]]))
    }
    if (tick.tradeId === known.tradeId || tick.tradeId === 0) return actions
    const { product, time, sequence, tradeId, price, size } = tick
    const of = { product, time, sequence, tradeId, price, size }
    actions.push({ type: known.tradeId === 0 ? 'last-trade' : 'trade', ...of, makerSide: opposite(tick.takerSide) })
    const { bid, bidSize, ask, askSize } = tick
    actions.push({ type: 'ticker', ...of, takerSide: tick.takerSide, bid, bidSize, ask, askSize })
    known.tradeId = tradeId
    return actions
  }

  return {
    read(event) {
      if (event.type !== 'tick' && event.type !== 'book') return []
      const unit = units.get(event.product)
      if (unit === undefined) return []
      const known = products.get(event.product) ?? { tradeId: 0, hasBooks: false, levels: null }
      products.set(event.product, known)
      if (event.type === 'tick')
        return ofTick(known, inUnit(event, unit, exactly)).map((action) => ({ at: event.time, action }))
      known.hasBooks = true
      const { bids, asks } = inUnit(event, unit, exactly)
      return rebook(known, event, bids, asks).map((action) => ({ at: event.time, action }))
    },
  }
}
