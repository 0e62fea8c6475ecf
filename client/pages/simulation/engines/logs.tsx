import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button, NativeSelect } from '@mantine/core'
import type { Fault } from '../../../graphql/fault.ts'
import type { Connection } from '../../../graphql/connection.ts'
import { isFinal } from '../../../graphql/run.ts'
import { openResumable } from '../../../graphql/feeds/resumable.ts'
import { createCell } from '../../../live/cell.ts'
import { createRing } from '../../../live/ring.ts'
import { useCell, usePaced } from '../../../live/use-live.ts'
import { useConnection } from '../../../ui/connection-context.ts'
import { formatCount } from '../../../ui/figures/format.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import type { Run } from '../documents.ts'
import { LogsSubscription, type LogLine } from '../feed-documents.ts'
import classes from '../page.module.css'
import { LEVELS, ROLES, type View } from '../search.ts'
import { useView } from '../use-view.ts'

/** The most lines that are kept, and the most that are drawn. */
const MOST_KEPT = 5_000
const MOST_SHOWN = 500

/** The log lines of a run: all from the first on, of which the newest are kept. */
function createLogs(id: string) {
  const lines = createRing<LogLine>(MOST_KEPT)
  const fault = createCell<Fault | null>(null)
  let last = '0'
  const follow = (connection: Connection): (() => void) =>
    openResumable({
      connection,
      document: LogsSubscription,
      variables: { id },
      after: last,
      item: ({ logs }) => logs,
      onItem(line) {
        last = line.sequence
        lines.push(line)
      },
      onFault: (found) => fault.set(found),
    })
  return { lines, fault, follow }
}

/** The newest lines that are wanted, oldest first. */
export function shownLines(
  lines: readonly LogLine[],
  { level, role }: Pick<View, 'level' | 'role'>,
): readonly LogLine[] {
  const wanted = new Set<string>(LEVELS.slice(LEVELS.indexOf(level)))
  return lines.filter((line) => wanted.has(line.level) && (role === null || line.role === role)).slice(-MOST_SHOWN)
}

const words = (word: string): string => word.charAt(0) + word.slice(1).toLowerCase()

/** What the engines logged, as it comes; held still on demand. */
export function Logs({ run }: { readonly run: Run }) {
  const connection = useConnection()
  const [view, change] = useView(run)
  const { level, role } = view
  const logs = useMemo(() => createLogs(run.id), [run.id])
  useEffect(() => logs.follow(connection), [logs, connection])
  const [held, setHeld] = useState<readonly LogLine[] | null>(null)
  const newest = usePaced(
    logs.lines,
    useCallback(() => logs.lines.toArray(), [logs]),
  )
  const shown = shownLines(held ?? newest, { level, role })
  const fault = useCell(logs.fault)
  const list = useRef<HTMLOListElement>(null)
  const lastShown = shown.at(-1)?.sequence
  useEffect(() => {
    if (held === null) list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [lastShown, held, level, role])
  return (
    <section aria-label="Logs" className={classes.panel}>
      <div className={classes.toolbar}>
        <NativeSelect
          aria-label="Least level"
          size="xs"
          value={level}
          data={LEVELS.map((each) => ({ value: each, label: each === 'debug' ? 'All levels' : `${each} and up` }))}
          onChange={(event) => change({ level: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Engine"
          size="xs"
          value={role ?? ''}
          data={[{ value: '', label: 'All engines' }, ...ROLES.map((each) => ({ value: each, label: words(each) }))]}
          onChange={(event) => change({ role: event.currentTarget.value || null })}
        />
        {isFinal(run) ? null : (
          <Button variant="default" aria-pressed={held !== null} onClick={() => setHeld(held === null ? newest : null)}>
            {held === null ? 'Pause' : `Follow${newest.length > held.length ? ', there is more' : ''}`}
          </Button>
        )}
        <span className={classes.muted}>
          {formatCount(shown.length)} of {formatCount((held ?? newest).length)} lines
          {newest.length === MOST_KEPT ? ' (the newest; older ones are in the API)' : ''}
        </span>
      </div>
      {fault === null ? null : <ErrorPanel fault={fault} />}
      {shown.length === 0 ? (
        <p className={classes.note}>
          {newest.length === 0
            ? `Nothing was logged${isFinal(run) ? '.' : ' yet.'}`
            : 'No line is like this: choose a lower level, or all engines.'}
        </p>
      ) : (
        <ol ref={list} className={classes.log} tabIndex={0} aria-label="Log lines, oldest first">
          {shown.map((line) => (
            <li key={line.sequence} data-level={line.level}>
              <span className={classes.muted}>
                <Time value={line.time} seconds />
              </span>
              <span>{line.level}</span>
              <span className={classes.muted}>{words(line.role)}</span>
              <span className={classes.message}>{line.message}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
