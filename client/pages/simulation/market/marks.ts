import { createCandles, type Candles } from '../../../charts/candles.ts'
import type { Level, Mark } from '../../../charts/price-chart.tsx'
import type { History } from '../../../live/history.ts'
import type { Signal, Trade } from '../feed-documents.ts'
import { levelWord } from '../events/words.ts'
import type { Order } from '../order-documents.ts'
import { MOST_CANDLES } from './market.ts'

/** The most marks of each kind; more would hide the prices. */
const MOST_MARKS = 300
/** The most signals, of all products, that the indicator's line is made of when it is made anew. */
const MOST_POINTS = 20_000

type Events<Item> = Pick<History<Item>, 'size' | 'at'>

/** The newest items that are wanted, newest first. */
function newest<Item>(events: Events<Item>, wanted: (item: Item) => boolean): Item[] {
  const found: Item[] = []
  // Bounded, so that a product that is hardly traded does not have all others looked through.
  const end = Math.max(0, events.size() - MOST_POINTS)
  for (let index = events.size() - 1; index >= end && found.length < MOST_MARKS; index--) {
    const item = events.at(index)
    if (item !== undefined && wanted(item)) found.push(item)
  }
  return found
}

/**
 * What is marked in the prices of a product, in order of time: its newest fills, and, where wanted, its newest signals.
 * A signal that was filled is marked by its fill. The ids are sequences of signals.
 * @param interval of the candles, in seconds
 */
export function marksOf(
  signals: Events<Signal>,
  trades: Events<Trade>,
  product: string,
  withSignals: boolean,
  interval: number,
): readonly Mark[] {
  const fills = newest(trades, (trade) => trade.product === product)
  const filled = new Set(fills.map(({ signalSequence }) => signalSequence))
  const since = fills.length === MOST_MARKS ? Number(fills.at(-1)!.signalSequence) : 0
  const open = withSignals
    ? newest(signals, (signal) => signal.product === product && !filled.has(signal.sequence)).filter(
        ({ sequence, decision }) => decision === 'REFUSED' || Number(sequence) > since,
      )
    : []
  const marks: Omit<Mark, 'count'>[] = [
    ...fills.map(({ signalSequence, time, side, exitReason }) => {
      return { id: signalSequence, time: Date.parse(time), kind: kindOf(side, exitReason), side } as const
    }),
    ...open.map(({ sequence, time, side, decision }) => {
      return {
        id: sequence,
        time: Date.parse(time),
        kind: decision === 'REFUSED' ? 'refused' : 'signal',
        side,
      } as const
    }),
  ]
  return gathered(
    marks.sort((a, b) => a.time - b.time || Number(a.id) - Number(b.id)),
    interval,
  )
}

const STOPS: readonly Trade['exitReason'][] = ['STOP_LOSS', 'TRAILING_STOP', 'MAX_HOLD', 'LIQUIDATION', 'RUIN']

function kindOf(side: Trade['side'], exitReason: Trade['exitReason']): Mark['kind'] {
  if (exitReason === 'TAKE_PROFIT') return 'target'
  if (STOPS.includes(exitReason)) return 'stopped'
  return side === 'BUY' ? 'bought' : 'sold'
}

/** The most orders whose prices are shown; more would hide the prices that are made. */
const MOST_LEVELS = 12
const WAITING: readonly Order['state'][] = ['RESTING', 'PARTIALLY_FILLED']

/** At which prices orders of a product wait: its newest ones. The same list as before where nothing has changed. */
export function createLevels(orders: Events<Order>, product: string): () => readonly Level[] {
  let before: readonly Level[] = []
  let said = ''
  return () => {
    const levels = newest(orders, (order) => order.product === product && WAITING.includes(order.state))
      .flatMap(levelsOf)
      .slice(0, MOST_LEVELS)
    const text = JSON.stringify(levels)
    if (text === said) return before
    said = text
    before = levels
    return levels
  }
}

function levelsOf({ orderId, side, purpose, type, limitPrice, stopPrice }: Order): readonly Level[] {
  const price = stopPrice ?? limitPrice
  if (price === null) return []
  return [{ id: orderId, price: Number(price), title: levelWord(type, purpose, side), side }]
}

/** One mark for all of a kind and side within a candle: the newest, with their number. */
function gathered(marks: readonly Omit<Mark, 'count'>[], interval: number): readonly Mark[] {
  const byPlace = new Map<string, Mark>()
  for (const mark of marks) {
    const place = `${Math.floor(mark.time / 1000 / interval)} ${mark.kind} ${mark.side}`
    const before = byPlace.get(place)
    // Taken out and put back, so that the order stays that of time.
    byPlace.delete(place)
    byPlace.set(place, { ...mark, count: (before?.count ?? 0) + 1 })
  }
  return [...byPlace.values()]
}

/** The indicator's values at a product's signals, in candles of an interval. What comes back reads what is new in, and gives all. */
export function createIndicatorLine(signals: Events<Signal>, product: string, interval: number): () => Candles {
  let candles = createCandles(interval, MOST_CANDLES)
  let first: string | undefined
  let last = 0
  return () => {
    const oldest = signals.at(0)?.sequence
    if (oldest !== first) {
      first = oldest
      last = 0
      candles = createCandles(interval, MOST_CANDLES)
    }
    let from = signals.size()
    const least = Math.max(0, from - MOST_POINTS)
    while (from > least && Number(signals.at(from - 1)?.sequence) > last) from--
    for (let index = from; index < signals.size(); index++) {
      const signal = signals.at(index)!
      last = Number(signal.sequence)
      if (signal.product === product) candles.add(Date.parse(signal.time), signal.indicator)
    }
    return candles
  }
}
