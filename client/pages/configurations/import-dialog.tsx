import { useState, type SubmitEvent } from 'react'
import { Button, Group, Input, Modal, TextInput } from '@mantine/core'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { formatBytes } from '../../ui/figures/format.ts'
import { ErrorPanel } from '../../ui/panels/panels.tsx'
import { ImportMutation } from './documents.ts'
import classes from './page.module.css'

/** The server takes a megabyte; something goes round the document. */
const MOST_BYTES = 1_000_000

interface ImportDialogProps {
  readonly onClose: () => void
  readonly onImported: (id: string) => void
}

/** A document out of a file, or why there is none. */
async function readDocument(file: File): Promise<{ readonly document: unknown } | { readonly refusal: string }> {
  if (file.size > MOST_BYTES)
    return {
      refusal: `"${file.name}" has ${formatBytes(file.size)}; the server takes up to ${formatBytes(MOST_BYTES)}.`,
    }
  try {
    return { document: JSON.parse(await file.text()) as unknown }
  } catch {
    return { refusal: `"${file.name}" is not JSON. Choose a file that was exported here.` }
  }
}

/** What the server would not take. */
interface Refusal {
  /** Where in the document, e.g. `versions.0.algorithmParameters.RSI_PERIOD`; empty: as a whole. */
  readonly place: string
  readonly message: string
}

function Refusals({ refusals }: { readonly refusals: readonly Refusal[] }) {
  return (
    <div role="alert" className={classes.refusals}>
      <p>Nothing was imported:</p>
      <ul>
        {refusals.map(({ place, message }, index) => (
          <li key={index}>
            {place === '' ? null : <code>{place}</code>} {message}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Makes a configuration out of a file. */
export function ImportDialog({ onClose, onImported }: ImportDialogProps) {
  const client = useClient()
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [fileError, setFileError] = useState<string | null>(null)
  const [nameError, setNameError] = useState<string | null>(null)
  const [refusals, setRefusals] = useState<readonly Refusal[]>([])
  const [fault, setFault] = useState<Fault | null>(null)
  const [busy, setBusy] = useState(false)
  const clear = (): void => {
    setFileError(null)
    setNameError(null)
    setRefusals([])
    setFault(null)
  }
  const send = async (document: unknown): Promise<void> => {
    const given = name.trim()
    const input = { document, ...(given === '' ? {} : { name: given }) }
    const { data, error } = await client.mutation(ImportMutation, { input })
    if (error !== undefined) setFault(sentenceOf(error))
    const { configuration = null, userErrors = [] } = data?.importConfiguration ?? {}
    if (configuration !== null) return onImported(configuration.id)
    const about = userErrors.map(({ path, message }) => ({ place: (path ?? []).slice(1).join('.'), message }))
    setNameError(about.find(({ place }) => place === 'name')?.message ?? null)
    const others = about.filter(({ place }) => place !== 'name')
    setRefusals(others.map(({ place, message }) => ({ place: place.replace(/^document\.?/, ''), message })))
  }
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    if (busy) return
    clear()
    if (file === null) return setFileError('Choose a file.')
    setBusy(true)
    const read = await readDocument(file)
    if ('refusal' in read) setFileError(read.refusal)
    else await send(read.document)
    setBusy(false)
  }
  return (
    <Modal opened onClose={onClose} title="Import a configuration" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={classes.dialog} onSubmit={(event) => void submit(event)} noValidate aria-label="Import">
        {fault === null ? null : <ErrorPanel fault={fault} />}
        {refusals.length === 0 ? null : <Refusals refusals={refusals} />}
        <Input.Wrapper
          label="File"
          id="import-file"
          description="JSON, as it was exported here or at another server. All versions come with it."
          error={fileError}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
        >
          <input
            id="import-file"
            type="file"
            accept=".json,application/json"
            data-autofocus
            className={classes.file}
            aria-invalid={fileError !== null}
            onChange={(event) => {
              clear()
              setFile(event.currentTarget.files?.[0] ?? null)
            }}
          />
        </Input.Wrapper>
        <TextInput
          label="Name"
          placeholder="as in the file"
          description="Its name must be free; give another one where it is not."
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          value={name}
          error={nameError}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="sm" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Import
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
