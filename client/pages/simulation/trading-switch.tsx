import { useState } from 'react'
import { SegmentedControl } from '@mantine/core'
import { useClient } from 'urql'
import { CopyButton } from '../../ui/panels/copy-button.tsx'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import type { Run } from './documents.ts'
import { knowsOrders } from './kernel.ts'
import { SetTradingMutation } from './order-documents.ts'
import { TRADING_MEANINGS, TRADING_WORDS } from './events/words.ts'
import classes from './page.module.css'

type State = Run['trading']
const STATES = Object.keys(TRADING_WORDS) as readonly State[]

/** What the run may do, and what changes it while it runs; nothing where it was never anything but active and cannot be changed. */
export function TradingSwitch({
  run,
  onFault,
}: {
  readonly run: Run
  readonly onFault: (fault: Fault | null) => void
}) {
  const client = useClient()
  /** What is asked for and not done yet. */
  const [wanted, setWanted] = useState<State | null>(null)
  const { trading } = run
  const canSwitch = run.status === 'RUNNING' && run.mode !== 'BACKTEST' && knowsOrders(run)
  if (!canSwitch) {
    const { tradingSwitches } = run
    if (trading === 'ACTIVE' && tradingSwitches === null) return null
    return (
      <span title={TRADING_MEANINGS[trading]}>
        Trading {TRADING_WORDS[trading].toLowerCase()}
        {tradingSwitches === null ? null : (
          <CopyButton text={tradingSwitches} label="Copy how it was switched as TRADING_SWITCHES of another run" />
        )}
      </span>
    )
  }
  const set = async (state: State): Promise<void> => {
    setWanted(state)
    const { data, error } = await client.mutation(SetTradingMutation, { id: run.id, state })
    setWanted(null)
    const [first] = data?.setTrading.userErrors ?? []
    if (error !== undefined) onFault(sentenceOf(error))
    else onFault(first === undefined ? null : { sentence: first.message, advice: '', details: null })
  }
  return (
    <span className={classes.trading}>
      <span className={classes.muted}>Trading</span>
      <SegmentedControl
        size="xs"
        aria-label="What the simulation may do"
        title={TRADING_MEANINGS[wanted ?? trading]}
        value={wanted ?? trading}
        disabled={wanted !== null}
        data={STATES.map((state) => ({ value: state, label: TRADING_WORDS[state] }))}
        onChange={(state) => void set(state as State)}
      />
    </span>
  )
}
