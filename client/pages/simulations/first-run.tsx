import { useState } from 'react'
import { Button } from '@mantine/core'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { Icon } from '../../ui/icons.tsx'
import { EmptyState, ErrorPanel } from '../../ui/panels/panels.tsx'
import { StartMutation } from './documents.ts'

/** Ten minutes on the generated market, with everything else at its default: needs no network and no thought. */
const FIRST = { algorithm: 'rsi', source: 'sandbox', products: ['BTC-USD'], durationSeconds: 600 }

/** What stands in the list before there is a run. @param onStarted asks for the list again */
export function FirstRun({ onStarted }: { readonly onStarted: () => void }) {
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<Fault | null>(null)
  const start = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await client.mutation(StartMutation, { input: FIRST })
    setBusy(false)
    const [first] = data?.startSimulation.userErrors ?? []
    if (error !== undefined) setFault(sentenceOf(error))
    else if (first !== undefined) setFault({ sentence: first.message, advice: 'Nothing was started.', details: null })
    else onStarted()
  }
  return (
    <>
      {fault === null ? null : <ErrorPanel fault={fault} />}
      <EmptyState
        icon="simulations"
        title="No simulation yet"
        actions={
          <Button loading={busy} leftSection={<Icon name="new" size={14} />} onClick={() => void start()}>
            Start a first simulation
          </Button>
        }
      >
        RSI on BTC-USD of the sandbox, a generated market, for ten minutes. It needs no network and sends no order; you
        can stop it at any time.
      </EmptyState>
    </>
  )
}
