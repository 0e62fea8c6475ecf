import { useCallback, useMemo, type ReactNode } from 'react'
import { Drawer, Skeleton } from '@mantine/core'
import { useQuery } from 'urql'
import { sentenceOf } from '../../../graphql/fault.ts'
import { isFinal } from '../../../graphql/run.ts'
import { useLastWord } from '../../../graphql/use-last-word.ts'
import { Average, Exact, Money, Signed } from '../../../ui/figures/figures.tsx'
import { formatFixed, formatPercent } from '../../../ui/figures/format.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { Time } from '../../../ui/figures/time.tsx'
import { usePoll } from '../../../ui/use-poll.ts'
import { TraceQuery, type Run, type Trace } from '../documents.ts'
import classes from '../page.module.css'
import { formatMicros } from '../engines/quality.tsx'
import { lapseSentence, partialSentence, refusalWords } from './refusals.ts'
import { Side } from './side.tsx'
import { reasonWords, stateWord, typeWord } from './words.ts'

/** How often the end of a trace that is still open is asked for. */
const POLL_MS = 1_000

interface StepProps {
  readonly title: string
  /** `event 41`: which one it is. */
  readonly place?: string | undefined
  readonly time?: string | undefined
  /** Microseconds of market time since the signal's market event. */
  readonly after?: number | undefined
  readonly children: ReactNode
}

function Step({ title, place, time, after, children }: StepProps) {
  return (
    <li>
      <div className={classes.stepHead}>
        <strong>{title}</strong>
        {place === undefined ? null : <span className={classes.muted}>{place}</span>}
        <span className={classes.trailing}>
          {time === undefined ? null : <Time value={time} seconds />}
          {after === undefined ? null : (
            <span className={classes.muted} title="Market time since the event that raised the signal">
              {' '}
              +{formatMicros(after)}
            </span>
          )}
        </span>
      </div>
      {children}
    </li>
  )
}

function Measured({
  label,
  latency,
}: {
  readonly label: string
  readonly latency: { p50: number; p99: number } | null
}) {
  if (latency === null) return null
  return (
    <p className={classes.muted}>
      {label} in this run: {formatMicros(latency.p50)} in half of all cases, {formatMicros(latency.p99)} in 99 of 100.
    </p>
  )
}

function Decision({ signal }: Pick<Trace, 'signal'>) {
  if (signal.decision === 'ACCEPTED') {
    return (
      <Step title="Accepted" place={`event ${signal.sequence}`} time={signal.time}>
        <p>
          To trade: <Exact value={signal.quantity} />
        </p>
      </Step>
    )
  }
  return (
    <Step title="Refused" place={`event ${signal.sequence}`} time={signal.time}>
      <p>
        {refusalWords(signal.refusalReason)}
        {signal.refusalDetail === null || signal.refusalDetail === '' ? '' : `: ${signal.refusalDetail}`}
      </p>
    </Step>
  )
}

/** Microseconds since 1970 of a time as the API writes it, with six digits of a second. */
const microsOf = (time: string): number => Date.parse(time) * 1000 + Number(time.slice(23, 26))

interface StepsProps {
  readonly trace: Trace
  readonly latency: Run['latency']
  /** Whether the run is over, so that nothing more comes of it. */
  readonly ended: boolean
}

/** The order, with the states that it has gone through. */
function OrderStep({ order, orderChanges }: Pick<Trace, 'order' | 'orderChanges'>) {
  if (order === null) return null
  const { orderId, type, state, reason, detail, filled, quantity } = order
  return (
    <Step title={`Order ${orderId}`} place={`event ${order.sequence}`} time={order.time}>
      <p>
        {typeWord(type)}: {orderChanges.map((change) => stateWord(change.state).toLowerCase()).join(' → ')}.{' '}
        <Exact value={filled} /> of <Exact value={quantity} /> filled.
      </p>
      {reason === null ? null : (
        <p className={classes.muted}>
          {stateWord(state)}: {state === 'REFUSED' ? refusalWords(reason) : reasonWords(reason)}
          {detail === '' ? '' : ` (${detail})`}.
        </p>
      )}
    </Step>
  )
}

function Outcome({ trace, latency, ended }: StepsProps) {
  const { signal, trade, trades, lapse, portfolio } = trace
  const since = (time: string): number => microsOf(time) - microsOf(signal.time)
  if (signal.decision !== 'ACCEPTED') return null
  if (lapse !== null) {
    return (
      <Step title="Not filled" place={`event ${lapse.sequence}`} time={lapse.time} after={since(lapse.time)}>
        <p>{lapseSentence(lapse.reason)}</p>
      </Step>
    )
  }
  if (trade === null) {
    return ended ? (
      <Step title="Not filled">
        <p>The run was over before its order was filled, or what came of it was not stored.</p>
      </Step>
    ) : (
      <Step title="Not filled yet">
        <p>The order is on its way to the market, or its fill is being stored.</p>
      </Step>
    )
  }
  const slip = Number(trade.price) / Number(signal.price) - 1
  return (
    <>
      <Step title="Filled" place={`event ${trade.sequence}`} time={trade.time} after={since(trade.time)}>
        <p>
          <Side side={trade.side} /> <Exact value={trade.quantity} /> at <Average value={trade.price} />, worth{' '}
          <Money value={trade.notional} />, fee <Money value={trade.fee} />.
        </p>
        <p className={classes.muted}>
          {formatPercent(slip, { signed: true, digits: 3 })} against the price of the signal.
          {trades.length > 1
            ? ` The first of ${trades.length} fills.`
            : trade.partial
              ? ` ${partialSentence(trade.requested)}`
              : ''}
        </p>
        <Measured label="Signal to fill" latency={latency?.signalToFill ?? null} />
      </Step>
      <Step title="P&L" place={portfolio === null ? undefined : `event ${portfolio.sequence}`} time={portfolio?.time}>
        <p>
          Realised <Signed value={trade.realizedPnl} /> before fees. Position after:{' '}
          <Exact value={trade.positionAfter} />.
        </p>
        {portfolio === null ? null : (
          <p>
            Equity <Money value={portfolio.equity} />, {formatPercent(portfolio.drawdown)} below its highest.
          </p>
        )}
      </Step>
    </>
  )
}

function Steps({ trace, latency, ended }: StepsProps) {
  const { signal } = trace
  return (
    <ol className={classes.steps}>
      <Step title="Market event" place={`no. ${signal.cause} of the feed`} time={signal.time}>
        <p>
          {signal.product} last traded at <Exact value={signal.price} />.
        </p>
      </Step>
      <Step title="Signal" place={`event ${signal.sequence}`} time={signal.time}>
        <p>
          <Side side={signal.side} /> {signal.reason}
        </p>
        <p>
          Indicator {formatFixed(signal.indicator, 4)}, confidence {signal.confidence.toFixed(4)}.
        </p>
        <Measured label="Tick to signal" latency={latency?.tickToSignal ?? null} />
      </Step>
      <Decision signal={signal} />
      <OrderStep order={trace.order} orderChanges={trace.orderChanges} />
      <Outcome trace={trace} latency={latency} ended={ended} />
    </ol>
  )
}

function Contents({ run, sequence }: { readonly run: Run; readonly sequence: string }) {
  const [state, ask] = useQuery({
    query: TraceQuery,
    variables: { id: run.id, sequence },
    requestPolicy: 'cache-and-network',
  })
  const { data, error, fetching } = state
  const trace = data?.simulation?.trace
  const isOpen =
    trace === null || (trace?.signal.decision === 'ACCEPTED' && trace.trade === null && trace.lapse === null)
  const ended = isFinal(run)
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask])
  usePoll(isOpen && !ended ? again : null, POLL_MS)
  useLastWord(
    useMemo(() => (isOpen ? [run] : undefined), [isOpen, run]),
    state,
    again,
  )
  if (trace !== undefined && trace !== null) return <Steps trace={trace} latency={run.latency} ended={ended} />
  if (error !== undefined) return <ErrorPanel fault={sentenceOf(error)} />
  if (fetching && trace === undefined) return <Skeleton height={320} />
  return (
    <p>
      No signal {sequence} is stored of this run{ended ? '.' : ' yet.'}
    </p>
  )
}

/** From the market event behind a signal to what came of it; closed where `sequence` is null. */
export function TracePanel(props: {
  readonly run: Run
  readonly sequence: string | null
  readonly onClose: () => void
}) {
  const { run, sequence, onClose } = props
  return (
    <Drawer
      opened={sequence !== null}
      onClose={onClose}
      position="right"
      size="26rem"
      title={sequence === null ? '' : `What led to signal ${sequence}, and what came of it`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      overlayProps={{ backgroundOpacity: 0.15 }}
    >
      {sequence === null ? null : <Contents run={run} sequence={sequence} />}
    </Drawer>
  )
}
