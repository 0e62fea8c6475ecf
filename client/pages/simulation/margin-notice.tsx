import { Money } from '../../ui/figures/figures.tsx'
import { formatMoney } from '../../ui/figures/format.ts'
import { Time } from '../../ui/figures/time.tsx'
import type { Run } from './documents.ts'
import classes from './page.module.css'

/** That positions were closed for want of equity, and that all is lost; nothing where neither is. */
export function MarginNotice({ run: { ruin, liquidations } }: { readonly run: Pick<Run, 'ruin' | 'liquidations'> }) {
  const bought = liquidations.filter(({ reason }) => reason === 'MAINTENANCE')
  const last = bought.at(-1)
  if (ruin === null && last === undefined) return null
  return (
    <ul role="alert" className={classes.crash}>
      {ruin === null ? null : (
        <li>
          Ruined at <Time value={ruin.at} seconds />: all positions were closed, and{' '}
          {Number(ruin.equity) < 0 ? (
            <>a gap took equity to {formatMoney(ruin.equity)}.</>
          ) : (
            <>
              <Money value={ruin.equity} /> is left.
            </>
          )}
        </li>
      )}
      {last === undefined ? null : (
        <li>
          Liquidated at <Time value={last.time} seconds />: {last.products.join(', ')} bought back, since equity of{' '}
          <Money value={last.equity} /> was under the <Money value={last.required} /> that shorts need.
          {bought.length > 1 ? ` It was the newest of ${bought.length} liquidations.` : ''}
        </li>
      )}
    </ul>
  )
}
