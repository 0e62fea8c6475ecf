import type { Mark } from '../../../charts/price-chart.tsx'
import { isFinal } from '../../../graphql/run.ts'
import { useSecond } from '../../../ui/clock.ts'
import { formatCounted, formatExact, formatTime } from '../../../ui/figures/format.ts'
import { useZone, type Zone } from '../../../ui/preferences.ts'
import type { Run } from '../documents.ts'
import type { Quotes } from './market.ts'
import classes from '../page.module.css'

/** What a chart of prices shows, as a sentence. */
export function sentenceOfPrices({ price }: Pick<Quotes, 'price'>, marks: readonly Mark[], zone: Zone, now: number) {
  const candles = price.all()
  const [first, last] = [candles[0], candles.at(-1)]
  if (first === undefined || last === undefined) return 'No price is known.'
  const moment = (seconds: number): string => formatTime(new Date(seconds * 1000).toISOString(), zone, now, true)
  const low = candles.reduce((least, candle) => Math.min(least, candle.low), Infinity)
  const high = candles.reduce((most, candle) => Math.max(most, candle.high), -Infinity)
  const isFill = ({ kind }: Mark): boolean => kind === 'bought' || kind === 'sold'
  const count = (some: readonly Mark[], noun: string): string =>
    formatCounted(
      some.reduce((sum, mark) => sum + mark.count, 0),
      noun,
    )
  return [
    `${formatCounted(candles.length, 'candle')} of ${price.interval} s, ${moment(first.time)} to ${moment(last.time)}:`,
    `from ${formatExact(first.open)} to ${formatExact(last.close)}, lowest ${formatExact(low)},`,
    `highest ${formatExact(high)}. Marked: ${count(marks.filter(isFill), 'fill')},`,
    `${count(
      marks.filter((mark) => !isFill(mark)),
      'signal',
    )}.`,
  ].join(' ')
}

interface PriceSummaryProps {
  readonly run: Run
  readonly product: string
  readonly quotes: Quotes
  readonly marks: readonly Mark[]
}

/** Where the prices of a chart are from. */
function originOf({ status, mode }: Run, isEmpty: boolean): string {
  if (isFinal({ status })) {
    return isEmpty
      ? 'This run kept no candles: it saw no trade, or an earlier version made it.'
      : 'Made of every tick that the run saw; marked is the newest that is loaded.'
  }
  if (mode === 'BACKTEST') return 'As far as the back-test has come.'
  return 'As the run kept them, and since this page follows it of the ticks that came; bid and ask are drawn from then on.'
}

/** The chart in words, anew each second while the run is on, and where its prices are from. */
export function PriceSummary({ run, quotes, marks }: PriceSummaryProps) {
  const [zone] = useZone()
  const now = useSecond(!isFinal(run))
  return (
    <p id="price-summary" className={classes.note}>
      {sentenceOfPrices(quotes, marks, zone, now)} {originOf(run, quotes.price.all().length === 0)}
    </p>
  )
}
