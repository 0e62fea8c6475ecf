import { NONE } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Matrix, MatrixRow } from './matrix.tsx'
import classes from './matrix.module.css'
import { bestOf, isMoney, MEASURES, type Measure } from './metrics.ts'
import type { Comparable } from './settings.ts'
import type { Compared } from './use-runs.ts'

type Figure = string | number | null

function Cell({
  measure,
  value,
  best,
}: {
  readonly measure: Measure
  readonly value: Figure | undefined
  readonly best: boolean
}) {
  if (value === undefined) return <td className={classes.muted}>…</td>
  if (value === null) {
    return (
      <td>
        <span aria-hidden="true">{NONE}</span> <span className={classes.why}>{measure.none}</span>
      </td>
    )
  }
  return (
    <td>
      <span className={best ? classes.strong : undefined}>{measure.show(value)}</span>
      {best ? (
        <span className={classes.best}>
          <Icon name="done" size={9} /> best
        </span>
      ) : null}
    </td>
  )
}

/** The figures of a run; undefined: on their way, null: the run has none. */
function figureOf({ run }: Compared, key: Measure['key']): Figure | undefined {
  if (run === undefined) return undefined
  return run?.metrics?.[key] ?? null
}

/** What the runs came to, the best of each row marked where that is fair. */
export function FiguresTable({
  runs,
  comparable,
  onRemove,
}: {
  readonly runs: readonly Compared[]
  readonly comparable: Comparable
  readonly onRemove: (id: string) => void
}) {
  return (
    <Matrix label="Metrics" runs={runs} heads="whole" onRemove={onRemove}>
      <tbody>
        {MEASURES.map((measure) => {
          const figures = runs.map((one) => figureOf(one, measure.key))
          const fair = comparable.spans && (comparable.capitals || !isMoney(measure))
          const best = bestOf(
            figures.map((figure) => figure ?? null),
            fair ? measure.better : null,
          )
          return (
            <MatrixRow key={measure.key} title={<span title={measure.meaning}>{measure.title}</span>}>
              {runs.map(({ id }, place) => (
                <Cell key={id} measure={measure} value={figures[place]} best={best.has(place)} />
              ))}
            </MatrixRow>
          )
        })}
      </tbody>
    </Matrix>
  )
}

/** What each figure says, for who cannot point at its name. */
export function Meanings() {
  return (
    <details className={classes.meanings}>
      <summary>What the metrics mean</summary>
      <dl>
        {MEASURES.map(({ key, title, meaning, none }) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd>
              {meaning} <span className={classes.muted}>Without a figure: {none}.</span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
