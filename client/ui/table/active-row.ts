import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual'
import type { Rows } from '../../live/history.ts'

/** The row that the keys go from: where it was, of how many rows, and which. */
export interface Active {
  readonly index: number
  readonly id: string | null
  readonly length: number
}

/** Where the active row is by now: rows come in at the top, or at the end. */
export function placeOf({ index, id, length }: Active, rows: Rows<{ readonly id: string }>): number {
  const shifted = index + rows.length - length
  const found = id === null ? undefined : [index, shifted].find((place) => place >= 0 && rows.at(place)?.id === id)
  return Math.min(found ?? index, rows.length - 1)
}

/** The rows to be drawn: those in sight, and the one that has the focus or would get it, so that scrolling cannot lose it. */
export function withRow(range: Range, row: number): number[] {
  const rows = defaultRangeExtractor(range)
  return row < 0 || rows.includes(row) ? rows : [...rows, row].sort((a, b) => a - b)
}
