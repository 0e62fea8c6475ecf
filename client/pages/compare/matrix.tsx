import type { ReactNode } from 'react'
import { ActionIcon } from '@mantine/core'
import { Link } from 'react-router'
import { formatLost, isComplete } from '../../ui/figures/lost.ts'
import { Icon } from '../../ui/icons.tsx'
import { RunStatus, StatusLight } from '../../ui/figures/status-light.tsx'
import { Elapsed, Time } from '../../ui/figures/time.tsx'
import { lineStyleOf } from './line-style.ts'
import classes from './matrix.module.css'
import type { Compared, Found } from './use-runs.ts'

/** A run's letter with a piece of its line, as in the chart. */
export function Swatch({ letter }: { readonly letter: string }) {
  const { colour, dash } = lineStyleOf(letter)
  return (
    <span className={classes.swatch}>
      <svg aria-hidden="true" width="26" height="10">
        <line x1="1" x2="25" y1="5" y2="5" stroke={`var(${colour})`} strokeWidth="2" strokeDasharray={dash.join(' ')} />
      </svg>
      <b>{letter}</b>
    </span>
  )
}

interface HeadProps {
  readonly one: Compared
  readonly onRemove: (id: string) => void
}

function Standing({ run }: { readonly run: Found['run'] }) {
  const { dataQuality } = run
  return (
    <>
      <RunStatus status={run.status} />
      <span className={classes.muted}>
        <Time value={run.createdAt} />, <Elapsed from={run.startedAt} to={run.endedAt} />
      </span>
      {isComplete(dataQuality) ? null : (
        <StatusLight standing="fail" label={`Market messages lost: ${formatLost(dataQuality)}`} />
      )}
    </>
  )
}

/** The head of a run's column. */
function Head({ one: { id, letter, run }, onRemove }: HeadProps) {
  const title = run === null || run === undefined ? `Run ${letter}` : run.algorithm.title
  return (
    <div className={classes.headOf}>
      <div className={classes.top}>
        <Swatch letter={letter} />
        <ActionIcon size="sm" aria-label={`Take ${letter} out`} onClick={() => onRemove(id)}>
          <Icon name="close" size={12} />
        </ActionIcon>
      </div>
      {run === null || run === undefined ? (
        title
      ) : (
        <Link to={`/simulations/${encodeURIComponent(id)}`} className={classes.title}>
          {title}
        </Link>
      )}
      {run === null || run === undefined ? null : <Standing run={run} />}
    </div>
  )
}

interface MatrixProps {
  readonly label: string
  readonly runs: readonly Compared[]
  /** Whether each head says what run it is, or its letter alone. */
  readonly heads: 'whole' | 'letters'
  readonly onRemove: (id: string) => void
  /** Rows, in groups by `tbody`. */
  readonly children: ReactNode
}

/** A table with a column for each run; on a narrow screen it scrolls beside its first column. */
export function Matrix({ label, runs, heads, onRemove, children }: MatrixProps) {
  return (
    // Who has no mouse scrolls it by the keys.
    <div className={classes.scroller} role="region" aria-label={`${label}, side by side`} tabIndex={0}>
      <table className={classes.matrix} aria-label={label}>
        <thead>
          <tr>
            <td />
            {runs.map((one) => (
              <th key={one.id} scope="col">
                {heads === 'whole' ? <Head one={one} onRemove={onRemove} /> : <Swatch letter={one.letter} />}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  )
}

/** A row: its name, then a cell for each run. */
export function MatrixRow(props: {
  readonly title: ReactNode
  readonly marked?: boolean
  readonly children: ReactNode
}) {
  const { title, marked = false, children } = props
  return (
    <tr className={marked ? classes.marked : undefined}>
      <th scope="row">{title}</th>
      {children}
    </tr>
  )
}
