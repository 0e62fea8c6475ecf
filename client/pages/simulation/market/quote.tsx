import { useSecond } from '../../../ui/clock.ts'
import { digitsOf, formatDuration, formatFixed, formatSize } from '../../../ui/figures/format.ts'
import { LiveText } from '../../../ui/figures/live-text.tsx'
import { StatusLight } from '../../../ui/figures/status-light.tsx'
import type { Tick } from '../feed-documents.ts'
import type { Market } from './market.ts'
import classes from '../page.module.css'

/** From so many seconds without a tick on, what is shown is said to be old. */
const STALE_SECONDS = 5

/** A price of a tick with as many digits as the others of the same tick. */
const priced = ({ price, bid, ask }: Tick, which: string): string => formatFixed(which, digitsOf([price, bid, ask]))

const sized = (tick: Tick, price: string, size: string): string | null =>
  Number(price) === 0 ? null : `${priced(tick, price)}${Number(size) === 0 ? '' : ` × ${formatSize(size)}`}`

const PARTS: readonly { readonly name: string; readonly text: (tick: Tick) => string | null }[] = [
  { name: 'Last', text: (tick) => priced(tick, tick.price) },
  { name: 'Bid', text: (tick) => sized(tick, tick.bid, tick.bidSize) },
  { name: 'Ask', text: (tick) => sized(tick, tick.ask, tick.askSize) },
]

/** How old the newest tick is. Asked each second, not at each tick. */
function Age({ market }: { readonly market: Market }) {
  const now = useSecond(true)
  const newest = market.newest.get()
  if (newest === null) return <StatusLight standing="wait" label="Waiting for the first tick" />
  const seconds = Math.max(0, (now - newest.heardAt) / 1000)
  if (seconds < STALE_SECONDS) return <StatusLight standing="live" label="Live" />
  return <StatusLight standing="fail" label={`Last tick ${formatDuration(seconds)} ago`} />
}

/** Last, bid and ask, as they move, and whether they still do. */
export function Quote({ market, live }: { readonly market: Market; readonly live: boolean }) {
  if (!live) return <span className={classes.muted}>from stored candles</span>
  return (
    <div className={classes.quoted}>
      <dl className={classes.quote}>
        {PARTS.map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <LiveText
                source={market.newest}
                text={() => {
                  const newest = market.newest.get()
                  return newest === null ? null : text(newest.tick)
                }}
              />
            </dd>
          </div>
        ))}
      </dl>
      <Age market={market} />
    </div>
  )
}
