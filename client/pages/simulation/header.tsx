import { useState } from 'react'
import { Button, Progress } from '@mantine/core'
import { Link } from 'react-router'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { isFinal } from '../../graphql/run.ts'
import { ConfirmDialog } from '../../ui/panels/confirm-dialog.tsx'
import { CopyButton } from '../../ui/panels/copy-button.tsx'
import { LiveSigned } from '../../ui/figures/figures.tsx'
import { formatDuration, formatPercent } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { modeWord } from '../../ui/figures/modes.ts'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { ErrorPanel } from '../../ui/panels/panels.tsx'
import { RunStatus } from '../../ui/figures/status-light.tsx'
import { Elapsed, Time } from '../../ui/figures/time.tsx'
import { StopMutation, type Run } from './documents.ts'
import classes from './page.module.css'
import { TradingSwitch } from './trading-switch.tsx'
import type { PortfolioFeed } from './equity/portfolio-feed.ts'

/** Stops the run, once that is confirmed. */
function StopButton({ run, onFault }: { readonly run: Run; readonly onFault: (fault: Fault | null) => void }) {
  const client = useClient()
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const stop = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await client.mutation(StopMutation, { id: run.id })
    setBusy(false)
    setAsked(false)
    const [first] = data?.stopSimulation.userErrors ?? []
    if (error !== undefined) onFault(sentenceOf(error))
    else onFault(first === undefined ? null : { sentence: first.message, advice: 'It may go on.', details: null })
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="stop" size={14} />}
        disabled={run.status === 'STOPPING'}
        onClick={() => setAsked(true)}
      >
        {run.status === 'STOPPING' ? 'Stopping' : 'Stop'}
      </Button>
      <ConfirmDialog
        opened={asked}
        title="Stop this simulation?"
        action="Stop"
        busy={busy}
        onConfirm={() => void stop()}
        onClose={() => setAsked(false)}
      >
        What is on its way is still filled and recorded; then the engines end. A stopped simulation cannot go on.
      </ConfirmDialog>
    </>
  )
}

/** How far a run has come through what it plays of its tape, while it does. */
function TapeProgress({ run: { progress, status } }: { readonly run: Run }) {
  if (progress === null || isFinal({ status })) return null
  const share = formatPercent(progress, { digits: 0 })
  return (
    <span className={classes.progress}>
      <Progress value={progress * 100} size="sm" aria-label="Progress" />
      {share} done
    </span>
  )
}

/** What the run is, how it stands, and what can be done. */
export function Header({ run, portfolio }: { readonly run: Run; readonly portfolio: PortfolioFeed }) {
  const [fault, setFault] = useState<Fault | null>(null)
  const query = encodeURIComponent(run.id)
  return (
    <>
      <PageHeader
        title={run.algorithm.title}
        aside={
          <>
            {run.products.join(', ')} · {run.source.name} {modeWord(run.mode)}
            {run.mode === 'REPLAY' ? ` at ${run.speed} ×` : ''}
          </>
        }
        actions={
          <>
            <Button component={Link} to={`/compare?runs=${query}`} variant="default">
              Compare
            </Button>
            <Button component={Link} to={`/new?from=${query}`} variant="default">
              Start again with changes
            </Button>
            {isFinal(run) ? null : <StopButton run={run} onFault={setFault} />}
          </>
        }
      />
      <div className={classes.standing}>
        <RunStatus status={run.status} />
        <span className={classes.pnl}>
          <span className="unseen">Profit and loss </span>
          <LiveSigned cell={portfolio.pnl} /> <LiveSigned cell={portfolio.gain} kind="percent" arrow={false} />
        </span>
        <span>
          <span className={classes.muted}>{isFinal(run) ? 'Took' : 'For'}</span>{' '}
          <Elapsed from={run.startedAt} to={run.endedAt} />
          {run.mode === 'LIVE' && run.durationSeconds !== null && !isFinal(run)
            ? ` of ${formatDuration(run.durationSeconds)}`
            : ''}
        </span>
        <TapeProgress run={run} />
        <TradingSwitch run={run} onFault={setFault} />
        <span>
          <span className={classes.muted}>Started</span> <Time value={run.startedAt ?? run.createdAt} />
        </span>
        {run.fingerprint === null ? null : (
          <span className={classes.fingerprint} title="SHA-256 over the ordered fills: the same on every machine">
            <span className={classes.muted}>Fingerprint</span> <code>{run.fingerprint.slice(0, 12)}</code>
            <CopyButton text={run.fingerprint} label="Copy the whole fingerprint" />
          </span>
        )}
      </div>
      {run.statusReason === null || run.status === 'FAILED' ? null : (
        <p className={classes.reason}>{run.statusReason}</p>
      )}
      {fault === null ? null : <ErrorPanel fault={fault} />}
    </>
  )
}
