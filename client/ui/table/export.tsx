import { Button, Menu } from '@mantine/core'
import { Icon } from '../icons.tsx'

/** A column of a file: its name, and its value as the API gave it. */
export interface ExportColumn<Row> {
  readonly name: string
  readonly value: (row: Row) => unknown
}

/** A field of a CSV file (RFC 4180). What a spreadsheet would take for a formula is kept a text. */
function field(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows as CSV with a head line. */
export function toCsv<Row>(rows: readonly Row[], columns: readonly ExportColumn<Row>[]): string {
  const lines = rows.map((row) => columns.map(({ value }) => field(value(row))).join(','))
  return [columns.map(({ name }) => field(name)).join(','), ...lines, ''].join('\r\n')
}

/** Rows as JSON, an object each. */
export function toJson<Row>(rows: readonly Row[], columns: readonly ExportColumn<Row>[]): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ name, value }) => [name, value(row) ?? null])))
  return `${JSON.stringify(objects, null, 2)}\n`
}

/** Gives the browser a file to save. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

interface ExportMenuProps<Row> {
  /** The file's name without its ending. */
  readonly name: string
  /** Asked for when something is exported, so that it may be read from the server then. */
  readonly rows: () => readonly Row[] | Promise<readonly Row[]>
  readonly columns: readonly ExportColumn<Row>[]
  readonly onFault?: (error: unknown) => void
}

/** Saves rows as CSV or JSON. */
export function ExportMenu<Row>({ name, rows, columns, onFault }: ExportMenuProps<Row>) {
  const save = async (kind: 'csv' | 'json'): Promise<void> => {
    try {
      const all = await rows()
      if (kind === 'csv') download(`${name}.csv`, 'text/csv', toCsv(all, columns))
      else download(`${name}.json`, 'application/json', toJson(all, columns))
    } catch (error) {
      if (onFault === undefined) throw error
      onFault(error)
    }
  }
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save('csv')}>CSV, for a spreadsheet</Menu.Item>
        <Menu.Item onClick={() => void save('json')}>JSON, for a program</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
