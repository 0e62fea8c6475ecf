import type { Candle, Candles } from './candles.ts'

/** What of candles a series shows by now. */
export interface Drawn {
  readonly candles: Candles
  readonly dropped: number
  readonly late: number
  readonly length: number
}

/** What is needed of a chart's series. */
interface Series<Point> {
  setData(points: Point[]): void
  update(point: Point): void
}

/**
 * Brings a series up to date: the candles that are new or have changed since the last time, or all where the front or the
 * middle has changed.
 * @returns what it shows now, for the next time
 */
export function syncSeries<Point>(
  series: Series<Point>,
  candles: Candles,
  before: Drawn | null,
  point: (candle: Readonly<Candle>) => Point,
): Drawn {
  const all = candles.all()
  const now = { candles, dropped: candles.dropped(), late: candles.late(), length: all.length }
  const goesOn = before?.candles === candles && before.dropped === now.dropped && before.late === now.late
  if (!goesOn) series.setData(all.map(point))
  else for (let index = Math.max(0, before.length - 1); index < all.length; index++) series.update(point(all[index]!))
  return now
}

/**
 * Gives a series the last candle that it shows once more, so that it is drawn.
 * @returns false where that cannot be: it shows nothing, or will be given all anew at its next draw
 */
export function redrawLast<Point>(
  series: Pick<Series<Point>, 'update'>,
  { candles, dropped, late, length }: Drawn,
  point: (candle: Readonly<Candle>) => Point,
): boolean {
  const last = candles.all()[length - 1]
  if (last === undefined || candles.dropped() !== dropped || candles.late() !== late) return false
  series.update(point(last))
  return true
}
