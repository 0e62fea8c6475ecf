import { useState } from 'react'
import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { isFinal } from '../../graphql/run.ts'
import { ConfirmDialog } from '../../ui/panels/confirm-dialog.tsx'
import { Icon } from '../../ui/icons.tsx'
import { formatCounted } from '../../ui/figures/format.ts'
import { DeleteMutation, StopMutation, type Run } from './documents.ts'
import classes from './page.module.css'

type Kind = 'stop' | 'delete'

interface BatchProps {
  readonly marked: readonly Run[]
  /** Those that it went well with are not marked any more. */
  readonly onDone: (ids: readonly string[], faults: readonly Fault[]) => void
}

/** How many runs are stopped or deleted at once. */
const AT_ONCE = 4

/** From how many to how many runs can be held against each other. */
const COMPARED = { fewest: 2, most: 6 }

/** Calls `work` for every item, a few at a time, and tells how many are done; the results in the order of the items. */
async function forEachFew<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  onProgress: (done: number) => void,
) {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))))
    onProgress(results.length)
  }
  return results
}

/** What can be done with the marked runs: those that run are stopped, those that have ended are deleted. */
export function Batch({ marked, onDone }: BatchProps) {
  const client = useClient()
  /** What is asked about, as it was when it was asked: runs may end meanwhile, or leave the list. */
  const [asked, setAsked] = useState<{ readonly kind: Kind; readonly runs: readonly Run[] } | null>(null)
  /** How far it has come; null: it has not begun. */
  const [progress, setProgress] = useState<{ readonly done: number; readonly of: number } | null>(null)
  const groups: Readonly<Record<Kind, readonly Run[]>> = {
    stop: marked.filter((run) => !isFinal(run)),
    delete: marked.filter(isFinal),
  }
  const one = async (kind: Kind, { id, algorithm }: Run): Promise<Fault | string> => {
    const outcome =
      kind === 'stop' ? await client.mutation(StopMutation, { id }) : await client.mutation(DeleteMutation, { id })
    if (outcome.error !== undefined) return sentenceOf(outcome.error)
    const { data } = outcome
    const payload = data && ('stopSimulation' in data ? data.stopSimulation : data.deleteSimulation)
    const [first] = payload?.userErrors ?? []
    if (first === undefined) return id
    return { sentence: first.message, advice: `This is about ${algorithm.title}.`, details: null }
  }
  const confirm = async (): Promise<void> => {
    if (asked === null) return
    const { kind, runs } = asked
    const tell = (done: number): void => setProgress({ done, of: runs.length })
    tell(0)
    const outcomes = await forEachFew(runs, (run) => one(kind, run), tell)
    setProgress(null)
    setAsked(null)
    onDone(
      outcomes.filter((outcome) => typeof outcome === 'string'),
      outcomes.filter((outcome) => typeof outcome !== 'string'),
    )
  }
  const stopping = asked?.kind === 'stop'
  const ask = (kind: Kind): void => setAsked({ kind, runs: groups[kind] })
  const comparable = marked.length >= COMPARED.fewest && marked.length <= COMPARED.most
  return (
    <>
      {comparable ? (
        <Button
          component={Link}
          to={`/compare?runs=${marked.map(({ id }) => encodeURIComponent(id)).join(',')}`}
          variant="default"
          leftSection={<Icon name="compare" size={14} />}
        >
          Compare {marked.length}
        </Button>
      ) : null}
      {groups.stop.length === 0 ? null : (
        <Button variant="default" leftSection={<Icon name="stop" size={14} />} onClick={() => ask('stop')}>
          Stop {groups.stop.length}
        </Button>
      )}
      {groups.delete.length === 0 ? null : (
        <Button variant="default" leftSection={<Icon name="delete" size={14} />} onClick={() => ask('delete')}>
          Delete {groups.delete.length}
        </Button>
      )}
      <ConfirmDialog
        opened={asked !== null}
        title={
          asked === null ? '' : `${stopping ? 'Stop' : 'Delete'} ${formatCounted(asked.runs.length, 'simulation')}?`
        }
        action={stopping ? 'Stop' : 'Delete'}
        busy={progress !== null}
        onConfirm={() => void confirm()}
        onClose={() => setAsked(null)}
      >
        {stopping
          ? 'What is on its way is still filled and recorded; then the engines end. A stopped simulation cannot go on.'
          : 'Trades, signals, equity and logs go with it. This cannot be undone; the tapes stay.'}
        <p role="status" className={classes.progress}>
          {progress === null ? '' : `${progress.done} of ${progress.of} done …`}
        </p>
      </ConfirmDialog>
    </>
  )
}
