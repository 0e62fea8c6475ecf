import { lazy, Suspense, useMemo, useState } from 'react'
import { SegmentedControl, Skeleton } from '@mantine/core'
import type { OverlayLine } from '../../charts/overlay-chart.tsx'
import { useSecond } from '../../ui/clock.ts'
import { Signed } from '../../ui/figures/figures.tsx'
import { formatMoment, formatPercent, formatTime, formatTimeWhole, NONE } from '../../ui/figures/format.ts'
import { PlainTable, type PlainColumn } from '../../ui/table/plain-table.tsx'
import { useZone } from '../../ui/preferences.ts'
import { Section } from '../../ui/panels/section.tsx'
import { gainAt, type Curve } from './curve.ts'
import { lineStyleOf } from './line-style.ts'
import classes from './page.module.css'
import type { Alignment } from './search.ts'
import type { Found } from './use-runs.ts'

// What draws comes when there is something to draw.
const OverlayChart = lazy(async () => ({ default: (await import('../../charts/overlay-chart.tsx')).OverlayChart }))

/** How many rows the table of the lines has. */
const ROWS = 20

type Drawn = Found & { readonly curve: Curve }

/** The moment that a line counts from, in milliseconds since 1970. */
const originOf = (curve: Curve, by: Alignment): number => (by === 'clock' ? 0 : (curve.points()[0]?.time ?? 0))

/** The line of a run by its letter; null: there is none. */
function lineOf(letter: string, curve: Curve | null, by: Alignment): OverlayLine | null {
  if (curve === null || curve.capital === null) return null
  const { capital } = curve
  return {
    name: letter,
    ...lineStyleOf(letter),
    source: curve.gain,
    points: () => {
      const origin = originOf(curve, by)
      return curve.points().map(({ time, equity }) => ({ x: (time - origin) / 1000, y: equity / capital - 1 }))
    },
  }
}

/** The lines of the runs, the same as long as they are of the same curves: for others the chart is made anew. */
function useLines(drawn: readonly Drawn[], by: Alignment): readonly OverlayLine[] {
  const [a, b, c, d, e, f] = [...'ABCDEF'].map((name) => drawn.find(({ letter }) => letter === name)?.curve ?? null)
  return useMemo(
    () => [a, b, c, d, e, f].flatMap((curve, place) => lineOf('ABCDEF'[place]!, curve ?? null, by) ?? []),
    [a, b, c, d, e, f, by],
  )
}

interface Row {
  /** Milliseconds from the start of each, or since 1970. */
  readonly at: number
  readonly gains: readonly (number | null)[]
}

/** The lines at evenly spaced moments. */
function rowsOf(drawn: readonly Drawn[], by: Alignment): readonly Row[] {
  const spans = drawn.flatMap(({ curve }) => {
    const [origin, points] = [originOf(curve, by), curve.points()]
    return points.length === 0 ? [] : [{ from: points[0]!.time - origin, to: points.at(-1)!.time - origin }]
  })
  if (spans.length === 0) return []
  const from = Math.min(...spans.map((span) => span.from))
  const to = Math.max(...spans.map((span) => span.to))
  const moments =
    to === from ? [from] : Array.from({ length: ROWS }, (_none, row) => from + ((to - from) * row) / (ROWS - 1))
  return moments.map((at) => ({ at, gains: drawn.map(({ curve }) => gainAt(curve, at + originOf(curve, by))) }))
}

/** The lines as figures, for who does not see them. */
function CurveTable({ drawn, by }: { readonly drawn: readonly Drawn[]; readonly by: Alignment }) {
  const [zone] = useZone()
  // The lines move outside React; while one does, the table is read anew each second.
  const now = useSecond(drawn.some(({ live }) => live))
  const rows = rowsOf(drawn, by)
  // Each row is to be told from the next, however short a run was.
  const step = rows.length < 2 ? 1 : (rows[1]!.at - rows[0]!.at) / 1000
  const moment = (at: number): string => {
    if (by === 'start') return formatMoment(at / 1000, step)
    const time = new Date(at).toISOString()
    return step < 1 ? formatTimeWhole(time, zone) : formatTime(time, zone, now, true)
  }
  const columns: readonly PlainColumn<Row>[] = [
    { id: 'at', header: by === 'clock' ? 'At' : 'After', cell: ({ at }) => moment(at) },
    ...drawn.map(({ id, letter }, place) => ({
      id,
      header: letter,
      cell: ({ gains }: Row) => {
        const gain = gains[place] ?? null
        return gain === null ? NONE : <Signed value={gain} kind="percent" />
      },
    })),
  ]
  return <PlainTable label="Equity as a table" columns={columns} rows={rows} rowId={({ at }) => String(at)} />
}

function wordsFor(drawn: readonly Drawn[]): string {
  const parts = drawn.map(({ letter, run, curve }) => {
    const gain = curve.gain.get()
    return `${letter}, ${run.algorithm.title}: ${gain === null ? 'no figure yet' : formatPercent(gain, { signed: true })}`
  })
  return `Return over time. ${parts.join('; ')}. The figures are in the table below.`
}

interface EquityProps {
  readonly runs: readonly Found[]
  readonly by: Alignment
  readonly onAlign: (by: Alignment) => void
}

/** The equity of all runs over each other, in per cent of what each began with. */
export function Equity({ runs, by, onAlign }: EquityProps) {
  const [zone] = useZone()
  const [opened, setOpened] = useState(false)
  const known = runs.filter((one): one is Drawn => one.curve !== null)
  const drawn = known.filter(({ curve }) => curve.points().length > 0 || curve.capital !== null)
  const lines = useLines(drawn, by)
  const waiting = known.length < runs.length
  const silent = known.filter(({ curve }) => curve.points().length === 0).map(({ letter }) => letter)
  return (
    <Section
      title="Equity"
      aside="per cent of the capital each began with"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="How the lines are laid over each other"
          value={by}
          onChange={(value) => onAlign(value as Alignment)}
          data={[
            { value: 'start', label: 'From the start' },
            { value: 'clock', label: 'By the clock' },
          ]}
        />
      }
    >
      {waiting && drawn.length === 0 ? <Skeleton height={316} /> : null}
      {drawn.length === 0 ? null : (
        <Suspense fallback={<Skeleton height={316} />}>
          <OverlayChart label={wordsFor(drawn)} lines={lines} x={by === 'clock' ? 'clock' : 'elapsed'} zone={zone} />
        </Suspense>
      )}
      {silent.length === 0 ? null : (
        <p className={classes.note}>
          {silent.join(', ')}: no figure yet; the first comes with the first trade of the market.
        </p>
      )}
      {drawn.length === 0 ? null : (
        <details className={classes.table} onToggle={(event) => setOpened(event.currentTarget.open)}>
          <summary>Equity as a table</summary>
          {opened ? <CurveTable drawn={drawn} by={by} /> : null}
        </details>
      )}
    </Section>
  )
}
