import type { DataColumn, Sorting } from './column.ts'
import classes from './data-table.module.css'
import { Icon } from '../icons.tsx'

/** How the cells of a column look. */
export function classOf({ align, spare }: Pick<DataColumn<never>, 'align' | 'spare'>): string {
  return [classes.cell, align === 'end' ? classes.end : '', spare === true ? classes.spare : ''].join(' ')
}

interface HeadCellProps<Row> {
  readonly column: DataColumn<Row>
  readonly sorting: Sorting | null
  /** Absent where the column cannot be sorted. */
  readonly onSort?: () => void
}

/** The head of a column; a button where it sorts. */
export function HeadCell<Row>({ column, sorting, onSort }: HeadCellProps<Row>) {
  const { id, header } = column
  const className = classOf(column)
  const descending = sorting?.id === id ? sorting.descending : null
  if (onSort === undefined) {
    return (
      <div role="columnheader" className={className}>
        {header}
      </div>
    )
  }
  const order = descending === null ? 'none' : descending ? 'descending' : 'ascending'
  return (
    <div role="columnheader" className={className} aria-sort={order}>
      <button type="button" className={classes.sort} onClick={onSort}>
        {header}
        <Icon name={descending === false ? 'up' : 'down'} size={11} />
      </button>
    </div>
  )
}

/** Which rows are marked, by their ids. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly onChange: (ids: ReadonlySet<string>) => void
}

/** Marks all rows, or none. */
export function HeadSelection({ ids, selection }: { readonly ids: readonly string[]; readonly selection: Selection }) {
  const marked = ids.filter((id) => selection.ids.has(id)).length
  const all = ids.length > 0 && marked === ids.length
  return (
    <div role="columnheader" className={`${classes.cell} ${classes.check}`}>
      <input
        type="checkbox"
        aria-label="Mark all rows"
        checked={all}
        ref={(box) => {
          if (box !== null) box.indeterminate = marked > 0 && !all
        }}
        onChange={() => selection.onChange(new Set(all ? [] : ids))}
      />
    </div>
  )
}
