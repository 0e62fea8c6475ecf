import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'

/** What a column of a batch holds for one row. Whole numbers and decimals go as text, so that nothing is rounded. */
export type Cell = string | number | boolean | null

/** An event of one type. */
export type EventOf<Type extends SimulatorEvent['type']> = Extract<SimulatorEvent, { type: Type }>

/** A column: its name, its Postgres type, and where its value comes from. */
export type Column<Item> = readonly [name: string, type: string, of: (item: Item) => Cell]

/** Where rows go that are made of events or lines, and what becomes of one whose key is there already. */
export interface Table<Item> {
  readonly name: string
  readonly columns: readonly Column<Item>[]
  /** Absent: what is there stays. Else it gives way to what is newer by sequence; of a batch, only the newest row of a key is written. */
  readonly newestBy?: { readonly column: string; readonly of: (item: Item) => number }
}

/** Postgres text cannot hold a NUL; a log line of an engine may. */
export const text = (value: string): string => value.replaceAll('\0', '\uFFFD')

/** A whole number, or null. */
export const whole = (value: number | null): string | null => (value === null ? null : String(value))
