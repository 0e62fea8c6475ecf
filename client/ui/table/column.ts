import type { ReactNode } from 'react'

/** A column of a `DataTable`. */
export interface DataColumn<Row> {
  readonly id: string
  readonly header: string
  /** What is shown. */
  readonly cell: (row: Row) => ReactNode
  /**
   * A track of a CSS grid that names its least width in px first: `120px`, `minmax(140px, 1fr)`. Tracks of content would
   * differ from row to row.
   */
  readonly width: string
  /** The same on a narrow screen (under 768 px); absent: as on any other. */
  readonly narrowWidth?: string
  readonly align?: 'start' | 'end'
  /** Whether it is left out on a screen of middle width (from 768 to 1440 px), so that all others are in sight. */
  readonly spare?: boolean
  /** What it is sorted by; without it the column cannot be sorted. null goes last. */
  readonly sortBy?: (row: Row) => string | number | null
}

/** By which column, and which way. */
export interface Sorting {
  readonly id: string
  readonly descending: boolean
}
