import { Icon } from '../../../ui/icons.tsx'
import classes from '../page.module.css'

/** Bought or sold: word, arrow and colour. */
export function Side({ side }: { readonly side: 'BUY' | 'SELL' }) {
  const buys = side === 'BUY'
  return (
    <span className={buys ? classes.buy : classes.sell}>
      <Icon name={buys ? 'up' : 'down'} size={11} /> {buys ? 'Buy' : 'Sell'}
    </span>
  )
}
