import { ColorType, type ChartOptions, type DeepPartial, type Time } from 'lightweight-charts'
import { formatTimeWhole, formatTime } from '../ui/figures/format.ts'
import type { Zone } from '../ui/preferences.ts'

/** The colours of the theme that is on, by their names in `ui/app.css`. */
export interface Look {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly strong: string
  readonly ground: string
  readonly gain: string
  readonly loss: string
  readonly live: string
  readonly wait: string
}

/** Reads the colours, as a canvas needs them. */
export function readLook(): Look {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    text: of('text'),
    muted: of('muted'),
    line: of('line'),
    strong: of('line-strong'),
    ground: of('raised'),
    gain: of('gain'),
    loss: of('loss'),
    live: of('live'),
    wait: of('wait'),
  }
}

/** Room at the left, as a share of what is shown, so that the first time at the axis is not cut. */
export const EDGE = 0.05

const isoOf = (time: Time): string => new Date(Number(time) * 1000).toISOString()

/** What all charts have in common. */
export function chartOptions(look: Look, zone: Zone): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: look.ground },
      textColor: look.muted,
      fontSize: 11,
      fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
      panes: { separatorColor: look.line, separatorHoverColor: look.strong, enableResize: true },
    },
    grid: { vertLines: { color: look.line }, horzLines: { color: look.line } },
    rightPriceScale: { borderVisible: false },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: true,
      allowBoldLabels: false,
      rightOffset: 3,
      minBarSpacing: 0.05,
    },
    crosshair: {
      vertLine: { color: look.muted, labelBackgroundColor: look.text },
      horzLine: { color: look.muted, labelBackgroundColor: look.text },
    },
    // The page scrolls under the wheel; a chart is zoomed by pinching, by its axes, or with Ctrl.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
    localization: { timeFormatter: (time: Time) => formatTimeWhole(isoOf(time), zone) },
  }
}

/** What stands at the time axis: the time of the day, or the day where a day begins. */
export function tickMark(zone: Zone): (time: Time, kind: number) => string {
  // The library's TickMarkType: 0 year, 1 month, 2 day, 3 time, 4 time with seconds.
  return (time, kind) => {
    const now = Number(time) * 1000
    if (kind >= 3) return formatTime(isoOf(time), zone, now)
    // As seen on another day of the same year, which is written without the year.
    const otherDay = now + (new Date(now).getUTCMonth() < 6 ? 40 : -40) * 86_400_000
    return formatTime(isoOf(time), zone, otherDay).split(',')[0]!
  }
}
