import { useEffect, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { sentenceOf, type Fault } from '../../../graphql/fault.ts'
import { Announcement } from '../../../ui/panels/announcement.tsx'
import { ExportMenu, type ExportColumn } from '../../../ui/table/export.tsx'
import { formatCount } from '../../../ui/figures/format.ts'
import { readAll, type EventSource } from './events.ts'
import classes from '../page.module.css'

interface DataTableExportProps<Item> {
  readonly source: EventSource<Item>
  /** How many there are, where that is known. */
  readonly total: number | null
  readonly name: string
  readonly columns: readonly ExportColumn<Item>[]
}

/** So many pages of rows lie between two words about how far it is. */
const TELL_EVERY = 1_000

/** Saves all rows, also those that are not in the table: reads them page by page, says how far it is, and can be ended. */
export function DataTableExport<Item extends { readonly sequence: string }>(props: DataTableExportProps<Item>) {
  const { source, total, name, columns } = props
  const [count, setCount] = useState<number | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const rows = async (): Promise<readonly Item[]> => {
    const own = new AbortController()
    abort.current?.abort()
    abort.current = own
    setFault(null)
    setCount(0)
    const tell = (read: number): void => {
      if (read % TELL_EVERY < 100) setCount(read)
    }
    try {
      return await readAll(source, tell, own.signal)
    } finally {
      setCount(null)
    }
  }
  const onFault = (error: unknown): void => {
    if (abort.current?.signal.aborted !== true) {
      setFault(
        error instanceof Error
          ? { sentence: error.message, advice: 'Nothing was saved.', details: null }
          : sentenceOf(error),
      )
    }
  }
  const progress =
    count === null ? '' : `Reading ${formatCount(count)}${total === null ? ' so far' : ` of ${formatCount(total)}`}`
  return (
    <span className={classes.export}>
      <Announcement text={progress} />
      {count === null ? null : (
        <>
          <span className={classes.muted}>{progress}</span>
          <Button variant="subtle" color="gray" onClick={() => abort.current?.abort(new Error('Ended by hand.'))}>
            Cancel
          </Button>
        </>
      )}
      {fault === null ? null : <span role="alert">{fault.sentence}</span>}
      <ExportMenu name={name} rows={rows} columns={columns} onFault={onFault} />
    </span>
  )
}
