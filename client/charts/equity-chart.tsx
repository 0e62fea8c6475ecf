import { useEffect, useMemo, useRef } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import {
  AreaSeries,
  BaselineSeries,
  createChart,
  LineSeries,
  LineStyle,
  type UTCTimestamp,
  type CreatePriceLineOptions,
} from 'lightweight-charts'
import { useDraw, type Watchable } from '../live/use-live.ts'
import { formatMoney, formatPercent } from '../ui/figures/format.ts'
import { useZone } from '../ui/preferences.ts'
import type { Candle, Candles } from './candles.ts'
import { chartOptions, EDGE, readLook, tickMark, type Look } from './look.ts'
import { syncSeries, type Drawn } from './series.ts'

export interface EquityChartProps {
  /** Tells when equity or drawdown has changed. */
  readonly source: Watchable
  /** What the portfolio is worth; asked for at each draw, since a long run goes over to coarser candles. */
  readonly equity: () => Candles
  /** Shares below the highest so far, from 0 on. */
  readonly drawdown: () => Candles
  /** What the run began with. */
  readonly capital: number
  /** What the capital would be worth, had it been held in the products; asked for at each draw too. */
  readonly buyAndHold: () => Candles
  /** What holding has gained, as a share, where it is not known how it moved: drawn as a level. null: nothing to draw. */
  readonly heldLevel: number | null
}

const at = (time: number): UTCTimestamp => time as UTCTimestamp
const closing = ({ time, close }: Readonly<Candle>) => ({ time: at(time), value: close })
const lowest = ({ time, high }: Readonly<Candle>) => ({ time: at(time), value: -high })

function makeChart(place: HTMLElement, look: Look, capital: number) {
  const chart = createChart(place, chartOptions(look, 'utc'))
  // Its maker's link is in the chart of prices, beside which it always is.
  chart.applyOptions({ layout: { attributionLogo: false } })
  const fill = 'transparent'
  const equity = chart.addSeries(BaselineSeries, {
    baseValue: { type: 'price', price: capital },
    topLineColor: look.gain,
    bottomLineColor: look.loss,
    topFillColor1: fill,
    topFillColor2: fill,
    bottomFillColor1: fill,
    bottomFillColor2: fill,
    lineWidth: 2,
    priceLineVisible: false,
    priceFormat: { type: 'custom', minMove: 0.01, formatter: (value: number) => formatMoney(value) },
  })
  const buyAndHold = chart.addSeries(LineSeries, {
    color: look.text,
    lineWidth: 1,
    lineStyle: LineStyle.Dashed,
    title: 'Buy and hold',
    priceLineVisible: false,
    priceFormat: { type: 'custom', minMove: 0.01, formatter: (value: number) => formatMoney(value) },
  })
  const drawdown = chart.addSeries(
    AreaSeries,
    {
      lineColor: look.loss,
      topColor: 'transparent',
      bottomColor: 'transparent',
      invertFilledArea: true,
      lineWidth: 1,
      priceLineVisible: false,
      priceFormat: { type: 'custom', minMove: 0.0001, formatter: (value: number) => formatPercent(value) },
    },
    1,
  )
  const level = { lineWidth: 1, axisLabelVisible: true } as const
  equity.createPriceLine({
    ...level,
    price: capital,
    color: look.muted,
    lineStyle: LineStyle.Dotted,
    title: 'Start',
  } as CreatePriceLineOptions)
  chart.panes()[0]?.setStretchFactor(3)
  chart.panes()[1]?.setStretchFactor(1)
  return { chart, look, equity, buyAndHold, drawdown }
}

/** Equity over time against what it began with and against holding, with the drawdown below. Drawn a few times a second. */
export default function EquityChart(props: EquityChartProps) {
  const { source, equity, drawdown, capital, buyAndHold, heldLevel } = props
  const scheme = useComputedColorScheme()
  const [zone] = useZone()
  const place = useRef<HTMLDivElement>(null)
  const made = useRef<ReturnType<typeof makeChart> | null>(null)
  const touched = useRef(false)
  const drawn = useRef<Record<'equity' | 'drawdown' | 'buyAndHold', Drawn | null> | null>(null)
  /** The whole run stays in sight while it grows, and at any size, unless somebody has looked closer. */
  const fit = useRef(() => {
    const length = drawn.current?.equity?.length
    if (made.current === null || length === undefined || touched.current) return
    made.current.chart.timeScale().setVisibleLogicalRange({ from: -(length + 2) * EDGE, to: length + 2 })
  })
  const draw = useMemo(
    () => (): void => {
      if (made.current === null) return
      const before = drawn.current
      drawn.current = {
        equity: syncSeries(made.current.equity, equity(), before?.equity ?? null, closing),
        buyAndHold: syncSeries(made.current.buyAndHold, buyAndHold(), before?.buyAndHold ?? null, closing),
        drawdown: syncSeries(made.current.drawdown, drawdown(), before?.drawdown ?? null, lowest),
      }
      if (before?.equity?.length !== drawn.current.equity?.length) fit.current()
    },
    [equity, drawdown, buyAndHold],
  )
  useEffect(() => {
    if (place.current === null) return undefined
    const chart = makeChart(place.current, readLook(), capital)
    made.current = chart
    drawn.current = null
    touched.current = false
    chart.chart.timeScale().subscribeSizeChange(fit.current)
    return () => {
      made.current = null
      chart.chart.remove()
    }
  }, [scheme, capital])
  useEffect(() => {
    made.current?.chart.applyOptions({
      ...chartOptions(made.current.look, zone),
      timeScale: { tickMarkFormatter: tickMark(zone) },
    })
  }, [zone, scheme, capital])
  useEffect(() => {
    const chart = made.current
    if (chart === null || heldLevel === null) return undefined
    const line = chart.equity.createPriceLine({
      price: capital * (1 + heldLevel),
      color: chart.look.text,
      lineWidth: 1,
      lineStyle: LineStyle.Dashed,
      axisLabelVisible: true,
      title: 'Buy and hold',
    })
    return () => {
      if (made.current === chart) chart.equity.removePriceLine(line)
    }
  }, [heldLevel, capital, scheme])
  useDraw(source, draw)
  return <div ref={place} style={{ height: '100%' }} onPointerDown={() => (touched.current = true)} />
}
