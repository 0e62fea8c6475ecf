/** Which way an order, a signal or a trade's taker goes. */
export type Side = 'BUY' | 'SELL'

/** The side that trades against `side`. */
export function opposite(side: Side): Side {
  return side === 'BUY' ? 'SELL' : 'BUY'
}
