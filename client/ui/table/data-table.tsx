import { useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'
import { createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { Rows } from '../../live/history.ts'
import { placeOf, withRow, type Active } from './active-row.ts'
import type { DataColumn, Sorting } from './column.ts'
import classes from './data-table.module.css'
import { classOf, HeadCell, HeadSelection, type Selection } from './data-table-head.tsx'

interface DataTableProps<Row> {
  /** What the table is of, for a screen reader. */
  readonly label: string
  readonly columns: readonly DataColumn<Row>[]
  /**
   * Give the same object again while nothing has changed. Rows that are no array are shown as they come, at a cost that
   * does not grow with their number; they cannot be sorted by the table.
   */
  readonly rows: readonly Row[] | Rows<Row>
  readonly rowId: (row: Row) => string
  /** Given: the rows come sorted like this, e.g. by the server, and `onSort` is told. Absent: the table sorts. */
  readonly sorting?: Sorting | null
  readonly onSort?: (sorting: Sorting) => void
  readonly selection?: Selection
  /** Enter, or a click into a row. */
  readonly onOpen?: (row: Row) => void
  /** The height from which it scrolls in itself, as CSS has it. */
  readonly maxHeight?: string
  readonly rowHeight?: number
  /** Told when it is scrolled: how many px lie above what is in sight, and below. */
  readonly onScroll?: (place: { readonly above: number; readonly below: number }) => void
}

/** Up to so many rows all are drawn; of more, those in sight and a few around them. */
const VIRTUAL_FROM = 60
const OVERSCAN = 8

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() })

type Key = string | number | null

function compare(a: Key, b: Key): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

interface ShownRow<Row> {
  readonly id: string
  readonly original: Row
}
const NO_ROWS: readonly never[] = []

/** The rows in order: as they came where nobody or whoever gave them sorts, and else by the column that was chosen. */
function useSorted<Row>({ columns, rows, rowId, sorting, onSort }: DataTableProps<Row>) {
  const [own, setOwn] = useState<Sorting | null>(null)
  const given = onSort !== undefined
  const current = given ? (sorting ?? null) : own
  const definitions = useMemo(
    () =>
      columns.map(({ id, sortBy }) => ({
        id,
        // The library puts undefined last, whichever way it sorts.
        accessorFn: (row: Row) => sortBy?.(row) ?? undefined,
        sortUndefined: 'last' as const,
        sortFn: (a: { getValue(id: string): unknown }, b: { getValue(id: string): unknown }) =>
          compare(a.getValue(id) as Key, b.getValue(id) as Key),
      })),
    [columns],
  )
  const state = useMemo(
    () => ({ sorting: current === null ? [] : [{ id: current.id, desc: current.descending }] }),
    [current],
  )
  const table = useTable({
    features,
    columns: definitions as never,
    data: (Array.isArray(rows) ? rows : NO_ROWS) as never,
    getRowId: rowId as never,
    manualSorting: given,
    state,
  })
  const sortBy = (id: string): void => {
    const descending = current?.id === id ? !current.descending : true
    if (given) onSort({ id, descending })
    else setOwn({ id, descending })
  }
  const asGiven = useMemo<Rows<ShownRow<Row>>>(() => {
    const at = (index: number): ShownRow<Row> | undefined => {
      const original = rows.at(index)
      return original === undefined ? undefined : { id: rowId(original), original }
    }
    return { length: rows.length, at }
  }, [rows, rowId])
  const isSorted = current !== null && !given && Array.isArray(rows)
  const sorted: Rows<ShownRow<Row>> = isSorted ? (table.getRowModel().rows as readonly ShownRow<Row>[]) : asGiven
  return { sorted, current, sortBy }
}

const idsOf = (rows: Rows<{ readonly id: string }>): readonly string[] =>
  Array.from({ length: rows.length }, (_none, index) => rows.at(index)!.id)

/** Where the keys lead from a row. */
function target(key: string, from: number, count: number, page: number): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  }
  const to = moves[key]
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to))
}

const MARK_TRACK = '38px'

/** The columns' tracks, and the width under which the table scrolls sideways. */
function tracksOf(tracks: readonly string[]): { readonly template: string; readonly least: string } {
  const least = tracks.reduce((sum, track) => sum + Number(/\d+(?=px)/.exec(track)?.[0] ?? 0), 0)
  return { template: tracks.join(' '), least: `${least}px` }
}

/**
 * A table of any number of rows: head that stays, columns in line, sorting, marking, and the keys
 * ↑ ↓ Page Home End (go), Enter (open), Space (mark). Rows are one line high.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rowId, selection, onOpen, maxHeight = '70dvh', rowHeight = 36, onScroll } = props
  const { sorted, current, sortBy } = useSorted(props)
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<Active>({ index: 0, id: null, length: 0 })
  const virtual = sorted.length > VIRTUAL_FROM
  const tabbable = placeOf(active, sorted)
  const virtualizer = useVirtualizer({
    count: sorted.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollPaddingStart: 32,
    rangeExtractor: (range) => withRow(range, tabbable),
  })
  const shown = virtual
    ? virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start }))
    : Array.from({ length: sorted.length }, (_none, index) => ({ index, start: index * rowHeight }))

  const focus = (index: number): void => {
    setActive({ index, id: sorted.at(index)?.id ?? null, length: sorted.length })
    if (virtual) virtualizer.scrollToIndex(index)
    // The row may have to be drawn first.
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"]`)?.focus()
    })
  }
  const toggle = (id: string): void => {
    if (selection === undefined) return
    const ids = new Set(selection.ids)
    if (!ids.delete(id)) ids.add(id)
    selection.onChange(ids)
  }
  const onKeyDown = (event: KeyboardEvent, index: number, row: Row): void => {
    if (event.target !== event.currentTarget) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1)
    const to = target(event.key, index, sorted.length, page)
    if (to !== null) focus(to)
    else if (event.key === 'Enter' && onOpen !== undefined) onOpen(row)
    else if (event.key === ' ' && selection !== undefined) toggle(rowId(row))
    else return
    event.preventDefault()
  }
  const mark = selection === undefined ? [] : [MARK_TRACK]
  const wide = tracksOf([...mark, ...columns.map(({ width }) => width)])
  const narrow = tracksOf([...mark, ...columns.map(({ width, narrowWidth }) => narrowWidth ?? width)])
  const middle = tracksOf([...mark, ...columns.filter(({ spare }) => spare !== true).map(({ width }) => width)])
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
        onScroll?.({ above: scrollTop, below: scrollHeight - scrollTop - clientHeight })
      }
    >
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={sorted.length + 1}
        aria-multiselectable={selection === undefined ? undefined : true}
        className={classes.table}
        style={
          {
            '--wide': wide.template,
            '--wide-least': wide.least,
            '--middle': middle.template,
            '--middle-least': middle.least,
            '--narrow': narrow.template,
            '--narrow-least': narrow.least,
            '--row': `${rowHeight}px`,
          } as CSSProperties
        }
      >
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} className={classes.row}>
            {selection === undefined ? null : <HeadSelection ids={idsOf(sorted)} selection={selection} />}
            {columns.map((column) => (
              <HeadCell
                key={column.id}
                column={column}
                sorting={current}
                {...(column.sortBy === undefined ? {} : { onSort: () => sortBy(column.id) })}
              />
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={classes.body}
          style={virtual ? { height: virtualizer.getTotalSize() } : undefined}
        >
          {shown.map(({ index, start }) => {
            const { id, original: row } = sorted.at(index)!
            const marked = selection?.ids.has(id)
            return (
              <div
                key={id}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={marked}
                tabIndex={index === tabbable ? 0 : -1}
                className={`${classes.row} ${onOpen === undefined ? '' : classes.openable}`}
                style={virtual ? { position: 'absolute', top: 0, transform: `translateY(${start}px)` } : undefined}
                onFocus={(event) => {
                  if (event.target === event.currentTarget) setActive({ index, id, length: sorted.length })
                }}
                onKeyDown={(event) => onKeyDown(event, index, row)}
                onClick={(event) => {
                  if (!(event.target as HTMLElement).closest('a, button, input, label')) onOpen?.(row)
                }}
              >
                {selection === undefined ? null : (
                  <div role="gridcell" className={`${classes.cell} ${classes.check}`}>
                    <input
                      type="checkbox"
                      tabIndex={-1}
                      aria-label={`Mark row ${index + 1}`}
                      checked={marked ?? false}
                      onChange={() => toggle(id)}
                    />
                  </div>
                )}
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={classOf(column)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
