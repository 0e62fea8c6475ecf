import { useEffect, useMemo, useRef } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import {
  CandlestickSeries,
  createChart,
  LineSeries,
  type IChartApi,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import { frames } from '../live/frame.ts'
import { useDraw, type Watchable } from '../live/use-live.ts'
import { formatFixed } from '../ui/figures/format.ts'
import { useZone } from '../ui/preferences.ts'
import type { Candle, Candles } from './candles.ts'
import { createQuietMarkers } from './markers.ts'
import { chartOptions, EDGE, readLook, tickMark, type Look } from './look.ts'
import { redrawLast, syncSeries, type Drawn } from './series.ts'

/** Something that happened at a moment, shown at its candle. */
export interface Mark {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** `stopped`: closed by a stop or for want of equity; `target`: closed with the gain that was aimed at. */
  readonly kind: 'bought' | 'sold' | 'stopped' | 'target' | 'signal' | 'refused'
  readonly side: 'BUY' | 'SELL'
  /** How many it stands for: those of one kind and side at one candle are one mark, of the newest. */
  readonly count: number
}

/** A price at which an order waits. */
export interface Level {
  readonly id: string
  readonly price: number
  /** A few words, shown at the scale. */
  readonly title: string
  readonly side: 'BUY' | 'SELL'
}

export interface PriceChartProps {
  /** Tells when any of the four has changed. */
  readonly source: Watchable
  readonly price: Candles
  readonly bid: Candles
  readonly ask: Candles
  /** Drawn below, over the same time; asked for at each draw. */
  readonly indicator: () => Candles
  /** In order of time. */
  readonly marks: readonly Mark[]
  readonly levels: readonly Level[]
  /** The mark that stands out. */
  readonly chosen: string | null
  readonly onMark: (id: string) => void
  /** The span in sight, in seconds, up to the newest; null: all. */
  readonly range: number | null
  /** Digits after the point. */
  readonly precision: number
}

const at = (time: number): UTCTimestamp => time as UTCTimestamp
const closing = ({ time, close }: Readonly<Candle>) => ({ time: at(time), value: close })
const whole = ({ time, open, high, low, close }: Readonly<Candle>) => ({ time: at(time), open, high, low, close })

/** Makes the chart with its series. */
function makeChart(place: HTMLElement, look: Look) {
  const chart = createChart(place, chartOptions(look, 'utc'))
  // What rose is hollow, what fell is filled: no colour alone.
  const price = chart.addSeries(CandlestickSeries, {
    upColor: look.ground,
    borderUpColor: look.gain,
    wickUpColor: look.gain,
    downColor: look.loss,
    borderDownColor: look.loss,
    wickDownColor: look.loss,
  })
  const quiet = { lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false } as const
  const bid = chart.addSeries(LineSeries, { ...quiet, color: look.gain, lineWidth: 1, lineStyle: 1 })
  const ask = chart.addSeries(LineSeries, { ...quiet, color: look.loss, lineWidth: 1, lineStyle: 1 })
  const indicator = chart.addSeries(
    LineSeries,
    { ...quiet, color: look.muted, lineWidth: 1, lastValueVisible: true, title: 'Indicator' },
    1,
  )
  chart.panes()[0]?.setStretchFactor(3)
  chart.panes()[1]?.setStretchFactor(1)
  return { chart, look, price, bid, ask, indicator, ...createQuietMarkers(price) }
}

function markerOf(mark: Mark, interval: number, look: Look, chosen: boolean): SeriesMarker<Time> {
  const buys = mark.side === 'BUY'
  const side = buys ? look.gain : look.loss
  const colours = { bought: side, sold: side, stopped: side, target: side, signal: look.text, refused: look.strong }
  const filled = mark.kind === 'bought' || mark.kind === 'sold'
  const closed = mark.kind === 'stopped' || mark.kind === 'target'
  return {
    id: mark.id,
    time: at(Math.floor(mark.time / 1000 / interval) * interval),
    position: buys ? 'belowBar' : 'aboveBar',
    shape: filled
      ? buys
        ? 'arrowUp'
        : 'arrowDown'
      : mark.kind === 'refused' || mark.kind === 'target'
        ? 'circle'
        : 'square',
    color: chosen ? look.wait : colours[mark.kind],
    ...(closed ? { text: mark.kind === 'stopped' ? 'stop' : 'target' } : {}),
    size: chosen ? 2 : filled || closed ? 1 : 0.3,
  }
}

/** It takes as long as all the rest of the page: together they would be too much for one frame. */
const TURN = 'prices'

/** A chart of fewer candles than this leaves room at the left: one that is filled by three looks like a poster. */
const LEAST_CANDLES = 60

function show(chart: IChartApi, range: number | null, { all }: Candles): void {
  const scale = chart.timeScale()
  const last = all().at(-1)
  const end = last === undefined ? null : scale.timeToIndex(at(last.time), true)
  if (last === undefined || end === null) return
  // By time: between two candles there may be moments at which only the indicator has a value.
  const begin = range === null ? 0 : (scale.timeToIndex(at(last.time - range), true) ?? 0)
  const from = Math.min(begin, end - LEAST_CANDLES)
  scale.setVisibleLogicalRange({ from: from - (end - from) * EDGE, to: end + 3 })
}

/** Prices as candles with bid and ask, what was decided, and the indicator below. Drawn a few times a second, past React. */
export default function PriceChart(props: PriceChartProps) {
  const { source, price, bid, ask, indicator, marks, levels, chosen, onMark, range, precision } = props
  const scheme = useComputedColorScheme()
  const [zone] = useZone()
  const place = useRef<HTMLDivElement>(null)
  const made = useRef<ReturnType<typeof makeChart> | null>(null)
  const touched = useRef(false)
  const fit = useRef<() => void>(() => undefined)
  const drawn = useRef<Record<'price' | 'bid' | 'ask' | 'indicator', Drawn | null> | null>(null)
  const draw = useMemo(
    () => (): void => {
      const chart = made.current
      if (chart === null) return
      const before = drawn.current
      const first = before === null || before.price?.candles !== price
      const grew = before?.price?.length !== price.all().length
      chart.whileDrawing(() => {
        drawn.current = {
          price: syncSeries(chart.price, price, before?.price ?? null, whole),
          bid: syncSeries(chart.bid, bid, before?.bid ?? null, closing),
          ask: syncSeries(chart.ask, ask, before?.ask ?? null, closing),
          indicator: syncSeries(chart.indicator, indicator(), before?.indicator ?? null, closing),
        }
      })
      // It grows until the range is full, unless somebody has looked elsewhere.
      const filling = grew && (range === null || price.all().length < range / price.interval)
      if (!touched.current && (first || filling)) show(chart.chart, range, price)
    },
    [price, bid, ask, indicator, range],
  )
  // Another theme is another chart: colours are in every series.
  useEffect(() => {
    if (place.current === null) return undefined
    const chart = makeChart(place.current, readLook())
    made.current = chart
    drawn.current = null
    touched.current = false
    chart.chart.timeScale().subscribeSizeChange(() => fit.current())
    return () => {
      made.current = null
      chart.chart.remove()
    }
  }, [scheme])
  useEffect(() => {
    made.current?.chart.applyOptions({
      ...chartOptions(made.current.look, zone),
      timeScale: { tickMarkFormatter: tickMark(zone) },
    })
  }, [zone, scheme])
  useEffect(() => {
    const formatter = (value: number): string => formatFixed(value, precision)
    const priceFormat = { type: 'custom', formatter, minMove: 10 ** -precision } as const
    made.current?.price.applyOptions({ priceFormat })
    made.current?.bid.applyOptions({ priceFormat })
    made.current?.ask.applyOptions({ priceFormat })
  }, [precision, scheme])
  useEffect(() => {
    const chart = made.current
    if (chart === null) return undefined
    const onClick = ({ hoveredObjectId }: { hoveredObjectId?: unknown }): void => {
      if (typeof hoveredObjectId === 'string') onMark(hoveredObjectId)
    }
    chart.chart.subscribeClick(onClick)
    return () => chart.chart.unsubscribeClick(onClick)
  }, [onMark, scheme])
  useEffect(() => {
    // The range stays what was asked for at any size, unless somebody has looked elsewhere.
    fit.current = () => {
      if (made.current !== null && drawn.current !== null && !touched.current) show(made.current.chart, range, price)
    }
  }, [range, price])
  useEffect(() => {
    const chart = made.current
    if (chart === null) return undefined
    const { look } = chart
    const lines = levels.map(({ price: level, title, side }) =>
      chart.price.createPriceLine({
        price: level,
        title,
        color: side === 'BUY' ? look.gain : look.loss,
        lineWidth: 1,
        lineStyle: 2,
        axisLabelVisible: true,
      }),
    )
    return () => {
      // With another theme the chart is gone, and its lines with it.
      if (made.current === chart) for (const line of lines) chart.price.removePriceLine(line)
    }
  }, [levels, scheme])
  const { interval } = price
  useEffect(() => {
    touched.current = false
    fit.current()
  }, [range, interval])
  useEffect(() => {
    const chart = made.current
    if (chart === null) return undefined
    const mark = Object.assign(
      (): void => {
        const shown = marks.map((each) => markerOf(each, price.interval, chart.look, each.id === chosen))
        const now = drawn.current?.price ?? null
        // Where the series can be drawn by itself, and its marks with it, the whole chart need not be laid out anew.
        let alone = false
        chart.whileDrawing(() => {
          alone = now !== null && redrawLast(chart.price, now, whole)
          if (alone) chart.markers.setMarkers(shown)
        })
        if (!alone) chart.markers.setMarkers(shown)
      },
      { turn: TURN },
    )
    frames.request(mark)
    return () => frames.cancel(mark)
  }, [marks, chosen, price, scheme])
  useDraw(source, draw, TURN)
  return <div ref={place} style={{ height: '100%' }} onPointerDown={() => (touched.current = true)} />
}
