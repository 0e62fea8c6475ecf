import { expect, it } from 'vitest'
import { createCandles } from './candles.ts'
import { redrawLast, syncSeries, type Drawn } from './series.ts'

/** A series that notes what it is told. */
function createSeries() {
  const told: string[] = []
  return {
    told,
    setData: (points: number[]) => void told.push(`all ${points.join(' ')}`),
    update: (point: number) => void told.push(`one ${point}`),
  }
}

it('tells a series all at first, then only what has changed', () => {
  const series = createSeries()
  const candles = createCandles(1, 100)
  let drawn: Drawn | null = null
  const draw = (): void => {
    drawn = syncSeries(series, candles, drawn, ({ close }) => close)
  }
  candles.add(1_000, 1)
  candles.add(2_000, 2)
  draw()
  candles.add(2_100, 3)
  candles.add(3_000, 4)
  draw()

  expect(series.told).toEqual(['all 1 2', 'one 3', 'one 4'])
})

it('tells it all again when an older candle has changed or the oldest are gone', () => {
  const series = createSeries()
  const candles = createCandles(1, 10)
  for (const second of [1, 2]) candles.add(second * 1_000, second)
  let drawn = syncSeries(series, candles, null, ({ high }) => high)
  candles.add(1_500, 9)
  drawn = syncSeries(series, candles, drawn, ({ high }) => high)
  for (let second = 3; second <= 12; second++) candles.add(second * 1_000, second)
  syncSeries(series, candles, drawn, ({ high }) => high)

  expect(series.told).toEqual(['all 1 2', 'all 9 2', 'all 3 4 5 6 7 8 9 10 11 12'])
})

it('gives its last candle once more, unless all are to be given anew', () => {
  const series = createSeries()
  const close = ({ close: price }: { readonly close: number }): number => price
  const candles = createCandles(1, 100)
  const empty = syncSeries(series, candles, null, close)
  expect(redrawLast(series, empty, close)).toBe(false)
  for (const second of [1, 2]) candles.add(second * 1_000, second)
  const drawn = syncSeries(series, candles, empty, close)
  // What came since is not for it to tell.
  candles.add(3_000, 3)
  expect(redrawLast(series, drawn, close)).toBe(true)
  candles.add(1_500, 9)
  expect(redrawLast(series, drawn, close)).toBe(false)

  expect(series.told).toEqual(['all ', 'one 1', 'one 2', 'one 2'])
})
