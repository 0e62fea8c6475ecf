import { useRef } from 'react'
import type { Cell } from '../../live/cell.ts'
import { useDraw } from '../../live/use-live.ts'
import { write } from '../../live/write.ts'
import classes from './figures.module.css'
import {
  formatAverage,
  formatDuration,
  formatExact,
  formatMoney,
  formatPercent,
  formatSignedMoney,
  NONE,
} from './format.ts'

type Amount = string | number | null | undefined

const isNone = (value: Amount): value is null | undefined => value === null || value === undefined

/** An amount without a figure: a dash, said as words. */
function None() {
  return (
    <span className={classes.none}>
      <span aria-hidden="true">{NONE}</span>
      <span className="unseen">none yet</span>
    </span>
  )
}

/** An amount of quote currency. */
export function Money({ value }: { readonly value: Amount }) {
  return isNone(value) ? <None /> : <span className={classes.figure}>{formatMoney(value)}</span>
}

/** A price or a size, exact. */
export function Exact({ value }: { readonly value: Amount }) {
  return isNone(value) ? <None /> : <span className={classes.figure}>{formatExact(value)}</span>
}

/** A price that was reckoned: as much of it as one reads, and whole where one points at it. */
export function Average({ value }: { readonly value: Amount }) {
  if (isNone(value)) return <None />
  const [text, whole] = [formatAverage(value), formatExact(value)]
  return (
    <span className={classes.figure} title={text === whole ? undefined : whole}>
      {text}
    </span>
  )
}

/** A share of one as per cent, e.g. a win rate; a gain or loss is a {@link Signed}. */
export function Percent({
  value,
  digits = 2,
}: {
  readonly value: number | null | undefined
  readonly digits?: number
}) {
  return isNone(value) ? <None /> : <span className={classes.figure}>{formatPercent(value, { digits })}</span>
}

/** A length of time in seconds. */
export function Duration({ seconds }: { readonly seconds: number | null | undefined }) {
  return isNone(seconds) ? <None /> : <span className={classes.figure}>{formatDuration(seconds)}</span>
}

type Direction = 'gain' | 'loss' | 'even'
const ARROWS: Readonly<Record<Direction, string>> = { gain: '▲', loss: '▼', even: '' }

/** Which way a shown figure goes: by what is shown, so that `0.00` is even. */
function directionOf(text: string): Direction {
  if (text.startsWith('+')) return 'gain'
  return text.startsWith('−') ? 'loss' : 'even'
}

const colourOf = (direction: Direction): string => (direction === 'even' ? '' : (classes[direction] ?? ''))

function formatSigned(value: string | number, kind: 'money' | 'percent'): string {
  return kind === 'money' ? formatSignedMoney(value) : formatPercent(Number(value), { signed: true })
}

interface SignedKind {
  /** Whether it is money or a share of one. */
  readonly kind?: 'money' | 'percent'
  /** Where it stands right beside another that has one, an arrow is too much. */
  readonly arrow?: boolean
}

/** A gain or a loss: sign, arrow and colour. */
export function Signed({ value, kind = 'money', arrow = true }: SignedKind & { readonly value: Amount }) {
  if (isNone(value)) return <None />
  const text = formatSigned(value, kind)
  const direction = directionOf(text)
  return (
    <span className={`${classes.figure} ${colourOf(direction)}`}>
      {arrow ? (
        <span aria-hidden="true" className={classes.arrow}>
          {ARROWS[direction]}
        </span>
      ) : null}
      {text}
    </span>
  )
}

/** A {@link Signed} that moves: drawn at most once a frame, past React. */
export function LiveSigned({
  cell,
  kind = 'money',
  arrow: pointed = true,
}: SignedKind & { readonly cell: Cell<number | null> }) {
  const whole = useRef<HTMLSpanElement>(null)
  const arrow = useRef<HTMLSpanElement>(null)
  const figure = useRef<HTMLSpanElement>(null)
  useDraw(cell, () => {
    const value = cell.get()
    const text = value === null ? NONE : formatSigned(value, kind)
    if (whole.current === null || figure.current === null) return
    if (figure.current.textContent === text) return
    const direction = directionOf(text)
    whole.current.className = `${classes.figure} ${colourOf(direction)}`
    if (arrow.current !== null) write(arrow.current, ARROWS[direction])
    write(figure.current, text)
  })
  return (
    <span ref={whole} className={classes.figure}>
      {pointed ? <span ref={arrow} aria-hidden="true" className={classes.arrow} /> : null}
      <span ref={figure} />
    </span>
  )
}
