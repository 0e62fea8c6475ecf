import { useRef } from 'react'
import type { Watchable } from '../../live/use-live.ts'
import { useDraw } from '../../live/use-live.ts'
import classes from './sparkline.module.css'

interface SparklineProps {
  /** Tells when the values have changed. */
  readonly source: Watchable
  /** Oldest first; drawn as they are, so thin them out before. */
  readonly values: () => readonly number[]
  /** Drawn as a dashed line: what the values began with. */
  readonly base: number
  readonly width?: number
  readonly height?: number
  /** What is to be seen, in words. */
  readonly label: string
}

const PAD = 2

/** Where values lie in a box, as an SVG path; one value is a level line. */
export function linePath(values: readonly number[], box: { width: number; height: number; base: number }) {
  const low = Math.min(box.base, ...values)
  const span = Math.max(box.base, ...values) - low
  // What never moved lies in the middle.
  const share = (value: number): number => (span === 0 ? 0.5 : (value - low) / span)
  const y = (value: number): string => (box.height - PAD - share(value) * (box.height - 2 * PAD)).toFixed(1)
  const step = box.width / Math.max(1, values.length - 1)
  const points = values.length === 1 ? [values[0]!, values[0]!] : values
  const reach = values.length === 1 ? box.width : step
  const line = points.map((value, index) => `${index === 0 ? 'M' : 'L'}${(index * reach).toFixed(1)} ${y(value)}`)
  return { line: line.join(''), base: y(box.base) }
}

/** A small line that moves, without axes: its shape only. Drawn at most once a frame, past React. */
export function Sparkline({ source, values, base, width = 80, height = 24, label }: SparklineProps) {
  const line = useRef<SVGPathElement>(null)
  const level = useRef<SVGLineElement>(null)
  useDraw(source, () => {
    const all = values()
    if (line.current === null || level.current === null) return
    const path = all.length === 0 ? { line: '', base: String(height / 2) } : linePath(all, { width, height, base })
    line.current.setAttribute('d', path.line)
    const last = all.at(-1) ?? base
    line.current.setAttribute('class', (last === base ? classes.even : last < base ? classes.loss : classes.gain)!)
    level.current.setAttribute('y1', path.base)
    level.current.setAttribute('y2', path.base)
  })
  return (
    <svg role="img" aria-label={label} className={classes.line} width={width} height={height}>
      <line ref={level} x1="0" x2={width} className={classes.base} />
      <path ref={line} fill="none" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  )
}
