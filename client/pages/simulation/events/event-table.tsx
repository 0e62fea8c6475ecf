import { useCallback, useRef, useState, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import type { Rows } from '../../../live/history.ts'
import { useCell, usePaced } from '../../../live/use-live.ts'
import { Announcement } from '../../../ui/panels/announcement.tsx'
import type { DataColumn } from '../../../ui/table/column.ts'
import { DataTable } from '../../../ui/table/data-table.tsx'
import { formatCount } from '../../../ui/figures/format.ts'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../../ui/panels/panels.tsx'
import type { Events } from './events.ts'
import classes from '../page.module.css'

/** So many px from the end of what is loaded, older rows are asked for. */
const NEAR_END = 1_200

interface EventTableProps<Item> {
  readonly label: string
  readonly events: Events<Item>
  readonly columns: readonly DataColumn<Item>[]
  readonly rowId: (item: Item) => string
  readonly onOpen: (item: Item) => void
  /** What is said where there is nothing. */
  readonly empty: { readonly title: string; readonly text: string }
  /** What stands above it at the end. */
  readonly actions: ReactNode
}

/**
 * Rows of a list that grows at both ends. At the top, new ones come in as they happen; further down the table stands still
 * and counts them. Older ones are loaded as one comes near the end.
 */
export function EventTable<Item>(props: EventTableProps<Item>) {
  const { label, events, columns, rowId, onOpen, empty, actions } = props
  const state = useCell(events.state)
  const read = useCallback(() => events.history.newestFirst(), [events])
  const paced = usePaced(events.history, read)
  // The first page is shown at once: until the next reading, it would be said that there is nothing.
  const newest = paced.length === 0 ? read() : paced
  // Older rows come in at the end, where nothing shifts: what is held is only that no newer one comes in at the top.
  const [heldAt, setHeldAt] = useState<Item | null>(null)
  const position = useRef(0)
  const fresh = heldAt === null ? 0 : placeOf(newest, rowId, rowId(heldAt))
  const rows = fresh === 0 ? newest : skip(newest, fresh)
  const onScroll = ({ above, below }: { readonly above: number; readonly below: number }): void => {
    if (above === 0) setHeldAt(null)
    else if (position.current === 0) setHeldAt(rows.at(0) ?? null)
    position.current = above
    if (below < NEAR_END) void events.loadOlder()
  }
  if (state.kind === 'loading') return <RowSkeletons rows={10} label={`Loading ${label.toLowerCase()}`} />
  return (
    <>
      {/* How many there are changes all the time; that is to be read, not to be heard. */}
      <Announcement text={state.older === 'loading' ? `Loading older ${label.toLowerCase()}.` : ''} />
      <div className={classes.toolbar}>
        <span className={classes.muted}>
          {formatCount(newest.length)} loaded
          {state.older === 'none' ? (events.history.dropped() > 0 ? ', the newest' : ', all') : ', the newest'}
          {state.older === 'loading' ? ', loading older ones …' : ''}
        </span>
        {fresh === 0 ? null : (
          <Button
            variant="subtle"
            onClick={() => {
              setHeldAt(null)
              position.current = 0
            }}
          >
            Show {formatCount(fresh)} new
          </Button>
        )}
        {state.older === 'some' && events.history.hasRoom() ? (
          <Button variant="subtle" color="gray" onClick={() => void loadAll(events)}>
            Load all
          </Button>
        ) : null}
        <span className={classes.trailing}>{actions}</span>
      </div>
      {state.fault === null ? null : <ErrorPanel fault={state.fault} />}
      {newest.length === 0 ? (
        <EmptyState icon="simulations" title={empty.title}>
          {empty.text}
        </EmptyState>
      ) : (
        <DataTable
          label={label}
          columns={columns}
          rows={rows}
          rowId={rowId}
          onOpen={onOpen}
          rowHeight={30}
          maxHeight="calc(100dvh - 18rem)"
          onScroll={onScroll}
        />
      )}
    </>
  )
}

/** How many rows stand before one; 0 where it is gone. */
function placeOf<Item>(rows: Rows<Item>, rowId: (item: Item) => string, id: string): number {
  for (let index = 0; index < rows.length; index++) if (rowId(rows.at(index)!) === id) return index
  return 0
}

const skip = <Item,>(rows: Rows<Item>, count: number): Rows<Item> => ({
  length: rows.length - count,
  at: (index) => (index < 0 ? undefined : rows.at(index + count)),
})

/** Asks for older ones until there are none, or there is no room or an error. */
async function loadAll<Item>(events: Events<Item>): Promise<void> {
  let before = -1
  while (events.state.get().older === 'some' && events.history.size() !== before) {
    before = events.history.size()
    await events.loadOlder()
  }
}
