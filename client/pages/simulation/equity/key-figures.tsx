import { LiveSigned } from '../../../ui/figures/figures.tsx'
import { formatCount, formatMoney, formatPercent } from '../../../ui/figures/format.ts'
import { LiveText } from '../../../ui/figures/live-text.tsx'
import type { Portfolio } from '../feed-documents.ts'
import classes from '../page.module.css'
import type { PortfolioFeed } from './portfolio-feed.ts'

interface KeyFigure {
  readonly name: string
  /** What is not plain from its name. */
  readonly means?: string
  readonly text: (portfolio: Portfolio) => string | null
}

const FIGURES: readonly KeyFigure[] = [
  { name: 'Equity', text: ({ equity }) => formatMoney(equity) },
  { name: 'Cash', text: ({ cash }) => formatMoney(cash) },
  { name: 'Fees', text: ({ feesPaid }) => formatMoney(feesPaid) },
  { name: 'Drawdown', text: ({ drawdown }) => formatPercent(drawdown) },
  { name: 'Max drawdown', text: ({ maxDrawdown }) => formatPercent(maxDrawdown) },
  { name: 'Trades', text: ({ tradeCount }) => formatCount(tradeCount) },
  {
    name: 'Win rate',
    means: 'Closed trades with a profit after fees, of all closed trades',
    text: ({ winRate }) => (winRate === null ? null : formatPercent(winRate, { digits: 1 })),
  },
]

/** The run's figures in a row, as they move. */
export function KeyFigures({ portfolio }: { readonly portfolio: PortfolioFeed }) {
  return (
    <dl className={classes.figures}>
      <div>
        <dt>Open P&L</dt>
        <dd>
          <LiveSigned cell={portfolio.openPnl} />
        </dd>
      </div>
      <div>
        <dt title="Of closed positions, before fees">Realised P&L</dt>
        <dd>
          <LiveSigned cell={portfolio.realizedPnl} />
        </dd>
      </div>
      {FIGURES.map(({ name, means, text }) => (
        <div key={name}>
          <dt title={means}>{name}</dt>
          <dd>
            <LiveText
              source={portfolio.newest}
              text={() => {
                const newest = portfolio.newest.get()
                return newest === null ? null : text(newest)
              }}
            />
          </dd>
        </div>
      ))}
    </dl>
  )
}
