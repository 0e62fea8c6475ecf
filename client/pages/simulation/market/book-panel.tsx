import { useEffect, useMemo, useRef } from 'react'
import type { Connection } from '../../../graphql/connection.ts'
import type { Fault } from '../../../graphql/fault.ts'
import { openNewest } from '../../../graphql/feeds/newest.ts'
import { createCell, type Cell } from '../../../live/cell.ts'
import { useCell, useDraw } from '../../../live/use-live.ts'
import { write } from '../../../live/write.ts'
import { useConnection } from '../../../ui/connection-context.ts'
import { digitsOf, formatExact, formatFixed, formatSize } from '../../../ui/figures/format.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import classes from './book-panel.module.css'
import { BookSubscription, type Book } from '../feed-documents.ts'
import page from '../page.module.css'

/** Levels a side. */
const DEPTH = 10
/** No more books are asked for than are drawn. */
const EVERY_MS = 200

interface BookFeed {
  readonly newest: Cell<Book | null>
  readonly fault: Cell<Fault | null>
  readonly follow: (connection: Pick<Connection, 'open'>) => () => void
}

function createBookFeed(id: string, product: string): BookFeed {
  const newest = createCell<Book | null>(null)
  const fault = createCell<Fault | null>(null)
  const follow = (connection: Pick<Connection, 'open'>): (() => void) =>
    openNewest({
      connection,
      document: BookSubscription,
      variables: { id, product, depth: DEPTH, everyMs: EVERY_MS },
      onData: ({ orderBook }) => newest.set(orderBook),
      onFault: fault.set,
    })
  return { newest, fault, follow }
}

type Level = Book['bids'][number]

interface Scale {
  /** What the deeper side sums up to. */
  readonly most: number
  /** Digits of the prices. */
  readonly digits: number
}

/** Writes a level into its row: price, size, and a bar behind them as long as its share of the deepest side. */
function drawLevel(row: HTMLElement, level: Level | undefined, sum: number, scale: Scale): void {
  const [price, size, total] = row.children as unknown as HTMLElement[]
  row.style.backgroundSize = `${scale.most === 0 ? 0 : ((100 * sum) / scale.most).toFixed(1)}% calc(100% - 2px)`
  write(price!, level === undefined ? '' : formatFixed(level.price, scale.digits))
  write(size!, level === undefined ? '' : formatSize(level.size))
  write(total!, level === undefined ? '' : formatSize(sum))
}

/** Sizes summed from the best level on. */
function sums(levels: readonly Level[]): readonly number[] {
  let sum = 0
  return levels.map(({ size }) => (sum += Number(size)))
}

function Side({ label, rows }: { readonly label: string; readonly rows: React.RefObject<HTMLDivElement | null> }) {
  return (
    <div ref={rows} role="rowgroup" aria-label={label} className={label === 'Bids' ? classes.bids : classes.asks}>
      {Array.from({ length: DEPTH }, (_none, index) => (
        <div key={index} role="row" className={classes.level}>
          <span role="cell" className={classes.price} />
          <span role="cell" />
          <span role="cell" />
        </div>
      ))}
    </div>
  )
}

function Levels({ feed }: { readonly feed: BookFeed }) {
  const asks = useRef<HTMLDivElement>(null)
  const bids = useRef<HTMLDivElement>(null)
  const middle = useRef<HTMLSpanElement>(null)
  useDraw(feed.newest, () => {
    const book = feed.newest.get()
    if (book === null || asks.current === null || bids.current === null || middle.current === null) return
    const [asked, bid] = [sums(book.asks), sums(book.bids)]
    const digits = digitsOf([...book.asks, ...book.bids].map(({ price }) => price))
    const scale = { most: Math.max(asked.at(-1) ?? 0, bid.at(-1) ?? 0), digits }
    const [askRows, bidRows] = [asks.current.children, bids.current.children]
    for (let index = 0; index < DEPTH; index++) {
      // The best ask is at the bottom, next to the best bid.
      drawLevel(askRows[DEPTH - 1 - index] as HTMLElement, book.asks[index], asked[index] ?? 0, scale)
      drawLevel(bidRows[index] as HTMLElement, book.bids[index], bid[index] ?? 0, scale)
    }
    const [ask, best] = [book.asks[0], book.bids[0]]
    const spread = ask === undefined || best === undefined ? null : Number(ask.price) - Number(best.price)
    write(middle.current, spread === null ? 'One side is empty' : `Spread ${formatExact(spread.toFixed(digits))}`)
  })
  return (
    <div role="table" aria-label="Order book" className={classes.book}>
      <div role="row" className={classes.headings}>
        <span role="columnheader">Price</span>
        <span role="columnheader">Size</span>
        <span role="columnheader" title="Sizes summed from the best price on; the bars show it">
          Total
        </span>
      </div>
      <Side label="Asks" rows={asks} />
      <div role="row" className={classes.middle}>
        <span ref={middle} role="cell">
          Waiting for the book
        </span>
      </div>
      <Side label="Bids" rows={bids} />
    </div>
  )
}

/** The order book of a product as the run sees it, drawn at most five times a second. */
export function BookPanel({
  id,
  product,
  live,
}: {
  readonly id: string
  readonly product: string
  readonly live: boolean
}) {
  const connection = useConnection()
  const feed = useMemo(() => createBookFeed(id, product), [id, product])
  useEffect(() => (live ? feed.follow(connection) : undefined), [live, feed, connection])
  const fault = useCell(feed.fault)
  return (
    <Section framed title="Order book">
      {!live ? (
        <p className={page.note}>An order book is shown while a run is on; it is not kept.</p>
      ) : fault === null ? (
        <Levels feed={feed} />
      ) : (
        <ErrorPanel fault={fault} />
      )}
    </Section>
  )
}
