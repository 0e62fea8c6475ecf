import { useEffect, useRef } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Watchable } from '../live/use-live.ts'
import { formatMoment, formatPercent, formatTimeWhole, NONE } from '../ui/figures/format.ts'
import type { Zone } from '../ui/preferences.ts'
import classes from './overlay-chart.module.css'

/** A line of an {@link OverlayChart}. */
export interface OverlayLine {
  /** Short: it stands at the end of the line, too. */
  readonly name: string
  /** The name of a colour in `app.css`: `--series-1`. */
  readonly colour: string
  /** Lengths of strokes and gaps in px; empty: unbroken. */
  readonly dash: readonly number[]
  /** In order of `x` (seconds); `y` is a share of one. */
  readonly points: () => readonly { readonly x: number; readonly y: number }[]
  /** Tells when the points have changed. */
  readonly source: Watchable
}

interface OverlayChartProps {
  /** What is to be seen, in words. */
  readonly label: string
  /** Give the same array again while it is the same lines. */
  readonly lines: readonly OverlayLine[]
  /** Whether `x` is a length of time or a moment since 1970. */
  readonly x: 'elapsed' | 'clock'
  readonly zone: Zone
  readonly height?: number
}

/** Room for the names at the ends of the lines, in px. */
const NAME_ROOM = 22
const NAME_HEIGHT = 13

const cssColour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function dataOf(lines: readonly OverlayLine[]): uPlot.AlignedData {
  const tables = lines.map(({ points }): uPlot.AlignedData => {
    const all = points()
    return [all.map(({ x }) => x), all.map(({ y }) => y)]
  })
  return tables.length === 0 ? [[]] : uPlot.join(tables)
}

/** The newest value of a line at or before a place; null: the line has not begun or is over. */
function valueAt(values: ArrayLike<number | null | undefined>, index: number): number | null {
  const known = (place: number): boolean => typeof values[place] === 'number'
  let end = values.length - 1
  while (end >= index && !known(end)) end--
  if (end < index) return null
  for (let place = index; place >= 0; place--) {
    const value = values[place]
    if (typeof value === 'number') return value
  }
  return null
}

/** The newest value of a line. */
function newestOf(values: ArrayLike<number | null | undefined>): number | null {
  for (let place = values.length - 1; place >= 0; place--) {
    const value = values[place]
    if (typeof value === 'number') return value
  }
  return null
}

/** A place on the axis of time. @param step seconds from one to the next */
function momentText(time: number | undefined, step: number, x: OverlayChartProps['x'], zone: Zone): string {
  if (time === undefined) return 'newest'
  if (x === 'elapsed') return `after ${formatMoment(time, step)}`
  return formatTimeWhole(new Date(time * 1000).toISOString(), zone)
}

/** How far the moments of a chart lie from each other, on average, in seconds. */
const stepOf = (times: ArrayLike<number>): number =>
  times.length < 2 ? 1 : Math.max(1e-6, (times[times.length - 1]! - times[0]!) / (times.length - 1))

/** Steps of a scale of lengths of time, in seconds: as one counts them. */
const STEPS = [
  ...[-6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].map((days) => days * 86_400),
]

/** Writes each line's name beside its end; where ends are close, names give way downwards. */
function drawNames(chart: uPlot, lines: readonly OverlayLine[]): void {
  const ratio = window.devicePixelRatio
  const ends = lines.flatMap(({ name, colour }, index) => {
    const values = chart.data[index + 1] ?? []
    const last = values.findLastIndex((value) => typeof value === 'number')
    if (last === -1) return []
    const x = chart.valToPos(chart.data[0][last]!, 'x', true)
    return [{ name, colour, x, y: chart.valToPos(values[last]!, 'y', true) }]
  })
  ends.sort((one, other) => one.y - other.y)
  const { ctx } = chart
  ctx.save()
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`
  ctx.textBaseline = 'middle'
  let free = -Infinity
  for (const { name, colour, x, y } of ends) {
    const place = Math.max(y, free)
    free = place + NAME_HEIGHT * ratio
    ctx.fillStyle = cssColour(colour)
    ctx.fillText(name, x + 6 * ratio, place)
  }
  ctx.restore()
}

function axesOf(x: OverlayChartProps['x']): uPlot.Axis[] {
  const colours = { stroke: cssColour('--muted'), font: '11px system-ui, sans-serif' }
  const thin = { stroke: cssColour('--line'), width: 1 }
  return [
    {
      ...colours,
      grid: { show: false },
      ticks: { ...thin, size: 4 },
      size: 28,
      space: 80,
      ...(x === 'elapsed'
        ? {
            incrs: STEPS,
            values: (_chart, all, _axis, _space, step) => all.map((value) => formatMoment(value, step)),
          }
        : {}),
    },
    {
      ...colours,
      grid: thin,
      ticks: { show: false },
      size: (_chart, values) => Math.max(62, ...(values ?? []).map((text) => text.length * 7)),
      values: (_chart, all) => {
        const step = all.length > 1 ? Math.abs(all[1]! - all[0]!) : 0.01
        // As many as the step has: 0.25 % has two.
        const exact = (digits: number): boolean => {
          const scaled = step * 100 * 10 ** digits
          return Math.abs(scaled - Math.round(scaled)) < 1e-6
        }
        const digits = [0, 1, 2, 3, 4, 5].find(exact) ?? 6
        return all.map((value) => formatPercent(value, { signed: true, digits }))
      },
    },
  ]
}

/** Makes the chart and whatever draws it anew; to be called again for other lines, another theme or another zone. */
function build(host: HTMLElement, readout: HTMLElement, given: Omit<OverlayChartProps, 'label'>): () => void {
  const { lines, x, zone, height = 280 } = given
  // What is pointed at, or the newest of each line.
  const write = (chart: uPlot): void => {
    const times = chart.data[0]
    const { idx } = chart.cursor
    const time = idx === null || idx === undefined ? undefined : times[idx]
    const values = lines.map(({ name }, place) => {
      const line = chart.data[place + 1] ?? []
      const value = time === undefined ? newestOf(line) : valueAt(line, idx!)
      return `${name} ${value === null ? NONE : formatPercent(value, { signed: true })}`
    })
    readout.textContent = [momentText(time, stepOf(times), x, zone), ...values].join('   ')
  }
  const chart = new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height,
      padding: [10, NAME_ROOM, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      ...(zone === 'utc' ? { tzDate: (time: number) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC') } : {}),
      scales: { x: { time: x === 'clock' } },
      axes: axesOf(x),
      series: [
        {},
        ...lines.map(({ name, colour, dash }): uPlot.Series => ({
          label: name,
          stroke: cssColour(colour),
          width: 1.5,
          dash: [...dash],
          spanGaps: true,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [write], draw: [(self) => drawNames(self, lines)], setData: [write] },
    },
    dataOf(lines),
    host,
  )
  write(chart)
  const draw = (): void => chart.setData(dataOf(lines))
  const stops = lines.map(({ source }) => source.watch(draw))
  const size = new ResizeObserver(() => chart.setSize({ width: Math.max(200, host.clientWidth), height }))
  size.observe(host)
  return () => {
    for (const stop of stops) stop()
    size.disconnect()
    chart.destroy()
  }
}

/**
 * Lines of several things over one axis of time, in per cent: colour, dashes and a name at the end tell them apart. Drawn
 * at most once a frame, past React. Beside it there must be a table of the same, for who cannot see it.
 */
export function OverlayChart({ label, lines, x, zone, height = 280 }: OverlayChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    if (host.current === null || readout.current === null) return undefined
    return build(host.current, readout.current, { lines, x, zone, height })
  }, [lines, x, zone, height, scheme])
  return (
    <figure className={classes.chart} aria-label={label} role="img">
      <div ref={host} style={{ minHeight: height }} />
      <div ref={readout} className={classes.readout} />
    </figure>
  )
}
