import { useCallback } from 'react'
import { usePaced } from '../../../live/use-live.ts'
import type { DataColumn } from '../../../ui/table/column.ts'
import { DataTable } from '../../../ui/table/data-table.tsx'
import { Exact, Signed } from '../../../ui/figures/figures.tsx'
import { digitsOf, formatExact, formatFixed } from '../../../ui/figures/format.ts'
import { Section } from '../../../ui/panels/section.tsx'
import type { Portfolio } from '../feed-documents.ts'
import classes from '../page.module.css'
import type { PortfolioFeed } from './portfolio-feed.ts'

type Position = Portfolio['positions'][number]

/** The average has no end of digits; as many as the price has are enough to read. */
function Average({ averagePrice, markPrice }: Position) {
  return <span title={formatExact(averagePrice)}>{formatFixed(averagePrice, digitsOf([markPrice]))}</span>
}

const COLUMNS: readonly DataColumn<Position>[] = [
  {
    id: 'product',
    header: 'Product',
    width: 'minmax(130px, 1fr)',
    narrowWidth: '120px',
    cell: ({ product, quantity }) => (
      <>
        {product} <span className={classes.muted}>{quantity.startsWith('-') ? 'short' : 'long'}</span>
      </>
    ),
  },
  {
    id: 'quantity',
    header: 'Quantity',
    width: 'minmax(104px, 1fr)',
    align: 'end',
    cell: ({ quantity }) => <Exact value={quantity} />,
  },
  { id: 'averagePrice', header: 'Average', width: 'minmax(92px, 1fr)', align: 'end', cell: Average },
  {
    id: 'markPrice',
    header: 'Last',
    width: 'minmax(92px, 1fr)',
    align: 'end',
    cell: ({ markPrice }) => <Exact value={markPrice} />,
  },
  {
    id: 'open',
    header: 'Open P&L',
    width: 'minmax(104px, 1fr)',
    align: 'end',
    cell: ({ unrealizedPnl }) => <Signed value={unrealizedPnl} />,
  },
]
const NOTHING: readonly Position[] = []
const idOf = ({ product }: Position): string => product

/** What is held, anew twice a second. */
export function Positions({ portfolio }: { readonly portfolio: PortfolioFeed }) {
  const read = useCallback(() => portfolio.newest.get()?.positions ?? NOTHING, [portfolio])
  const positions = usePaced(portfolio.newest, read)
  return (
    <Section framed title="Positions">
      {positions.length === 0 ? (
        <p className={classes.note}>Nothing is held.</p>
      ) : (
        <DataTable label="Positions" columns={COLUMNS} rows={positions} rowId={idOf} rowHeight={30} />
      )}
    </Section>
  )
}
