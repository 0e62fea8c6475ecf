import { useCallback, useMemo } from 'react'
import type { Candle } from '../../../charts/candles.ts'
import { usePaced, type Watchable } from '../../../live/use-live.ts'
import type { DataColumn } from '../../../ui/table/column.ts'
import { DataTable } from '../../../ui/table/data-table.tsx'
import { formatExact } from '../../../ui/figures/format.ts'
import { Time } from '../../../ui/figures/time.tsx'
import type { Quotes } from './market.ts'

const price = (id: 'open' | 'high' | 'low' | 'close', header: string): DataColumn<Candle> => ({
  id,
  header,
  width: 'minmax(88px, 1fr)',
  align: 'end',
  cell: (candle) => formatExact(candle[id]),
})

const COLUMNS: readonly DataColumn<Candle>[] = [
  {
    id: 'time',
    header: 'From',
    width: 'minmax(110px, 1.2fr)',
    cell: ({ time }) => <Time value={new Date(time * 1000).toISOString()} seconds />,
  },
  price('open', 'Open'),
  price('high', 'High'),
  price('low', 'Low'),
  price('close', 'Close'),
]

/** The chart's candles as a table, newest on top. */
export function CandleTable({ quotes, source }: { readonly quotes: Quotes; readonly source: Watchable }) {
  const read = useCallback(() => quotes.price.all().map((candle) => ({ ...candle })), [quotes])
  const candles = usePaced(source, read, 1_000)
  const rows = useMemo(() => candles.toReversed(), [candles])
  return (
    <DataTable label="Prices as a table" columns={COLUMNS} rows={rows} rowId={idOf} rowHeight={28} maxHeight="20rem" />
  )
}
const idOf = ({ time }: Candle): string => String(time)
