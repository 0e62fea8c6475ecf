import type { ReactNode } from 'react'
import classes from './plain-table.module.css'

/** A column of a {@link PlainTable}. */
export interface PlainColumn<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** As CSS has it; absent: what is left. */
  readonly width?: string
  readonly align?: 'start' | 'end'
}

interface PlainTableProps<Row> {
  /** What the table is of, for a screen reader. */
  readonly label: string
  /** The first names its row. */
  readonly columns: readonly PlainColumn<Row>[]
  readonly rows: readonly Row[]
  readonly rowId: (row: Row) => string
}

/**
 * A table of a few rows whose texts may be long: they are wrapped, not cut. On a narrow screen each row is a block with
 * the columns' names before the values. For many rows, or such that are opened or marked, take `DataTable`.
 */
export function PlainTable<Row>({ label, columns, rows, rowId }: PlainTableProps<Row>) {
  // The roles say what the elements are: laid out as blocks, some browsers take them for no table.
  return (
    <table role="table" aria-label={label} className={classes.table}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ id, header, width, align }) => (
            <th
              key={id}
              role="columnheader"
              scope="col"
              style={{ width }}
              className={align === 'end' ? classes.end : ''}
            >
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowId(row)} role="row">
            {columns.map(({ id, header, cell, align }, index) =>
              index === 0 ? (
                <th key={id} role="rowheader" scope="row">
                  {cell(row)}
                </th>
              ) : (
                <td key={id} role="cell" data-name={header} className={align === 'end' ? classes.end : ''}>
                  <div>{cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
