import { useState, type SubmitEvent } from 'react'
import { Button, Group, Modal, TagsInput, Textarea, TextInput } from '@mantine/core'
import { Link } from 'react-router'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../../graphql/fault.ts'
import { keep, readKept } from '../../../ui/kept.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import type { ChosenPreset } from '../draft/base.ts'
import { PresetsQuery, SaveMutation, type SaveInput, type StartInput, type UserError } from '../documents.ts'
import { toldFaults, type ToldFault } from '../draft/faults.ts'
import classes from '../page.module.css'

/** A configuration as it was just saved. */
export interface Saved {
  readonly id: string
  readonly name: string
  readonly version: number
}

interface SaveDialogProps {
  /** What the form began with, whose next version this may become. */
  readonly preset: ChosenPreset | null
  readonly input: StartInput
  readonly onClose: () => void
  /** The server's faults, for the fields that they are about. */
  readonly onRefused: (faults: readonly ToldFault[]) => void
  readonly onSaved: (saved: Saved) => void
}

/** Who saves: remembered in this browser, and not checked by anybody. */
const NAME_KEY = 'aw-trade-name'
const OWN_FIELDS: readonly string[] = ['name', 'tags', 'notes', 'savedBy']

/** Somebody else has saved a version that was not seen here; the newest one, where it could be found. */
interface Stale {
  readonly message: string
  readonly newest: Saved | null
}

/** What becomes of a configuration of a name, in words. */
function outcomeOf(name: string, preset: ChosenPreset | null, stale: Stale | null): string {
  if (name === '') return 'Algorithm and parameters are saved; where and when it runs is not.'
  if (stale?.newest !== null && stale?.newest.name === name)
    return `Becomes version ${stale.newest.version + 1} of "${name}".`
  if (preset?.configuration.name === name) return `Becomes version ${preset.version + 1} of "${name}".`
  return `Becomes version 1 of "${name}", a new configuration.`
}

function StaleNote({ stale, preset }: { readonly stale: Stale; readonly preset: ChosenPreset | null }) {
  const { newest, message } = stale
  const known = preset !== null && newest?.id === preset.configuration.id
  const search = new URLSearchParams()
  if (newest !== null) {
    search.set('configuration', newest.id)
    search.set('version', String(newest.version))
  }
  if (known) search.set('against', String(preset.version))
  return (
    <div role="alert" className={classes.stale}>
      <p>{message}</p>
      {newest !== null ? (
        <p>
          <Link to={`/configurations?${String(search)}`}>
            {known ? `What changed from version ${preset.version} to ${newest.version}` : 'Look at it'}
          </Link>{' '}
          What you have typed stays here. Saving again puts yours on top of it; nothing is lost.
        </p>
      ) : null}
    </div>
  )
}

/** The text fields, and how they are sent. */
function useContents({ preset, input }: SaveDialogProps) {
  const [name, setName] = useState(preset?.configuration.name ?? '')
  const [tags, setTags] = useState<string[]>([...(preset?.tags ?? [])])
  const [notes, setNotes] = useState(preset?.notes ?? '')
  const [savedBy, setSavedBy] = useState(() => readKept('local', NAME_KEY) ?? '')
  const toInput = (expectedVersion: number): SaveInput => ({
    name: name.trim(),
    algorithm: input.algorithm,
    algorithmParameters: input.algorithmParameters ?? {},
    simulatorParameters: input.simulatorParameters ?? {},
    tags,
    notes: notes.trim() === '' ? null : notes,
    savedBy: savedBy.trim() === '' ? null : savedBy.trim(),
    expectedVersion,
  })
  return { name, setName, tags, setTags, notes, setNotes, savedBy, setSavedBy, toInput }
}

/** Saves algorithm and parameters as a configuration, or as the next version of the one that the form began with. */
export function SaveDialog(props: SaveDialogProps) {
  const { preset, onClose, onRefused, onSaved } = props
  const contents = useContents(props)
  const name = contents.name.trim()
  const [refused, setRefused] = useState<readonly UserError[]>([])
  const [stale, setStale] = useState<Stale | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  const [busy, setBusy] = useState(false)
  const client = useClient()
  const expected = (): number => {
    if (stale?.newest !== null && stale?.newest.name === name) return stale.newest.version
    return preset?.configuration.name === name ? preset.version : 0
  }
  const findNewest = async (): Promise<Saved | null> => {
    const { data } = await client.query(PresetsQuery, {}, { requestPolicy: 'network-only' })
    return data?.configurations.edges.find(({ node }) => node.name === name)?.node ?? null
  }
  const save = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await client.mutation(SaveMutation, { input: contents.toInput(expected()) })
    const errors = data?.saveConfiguration.userErrors ?? []
    const old = errors.find(({ code }) => code === 'STALE_VERSION')
    setStale(old === undefined ? null : { message: old.message, newest: await findNewest() })
    setBusy(false)
    setFault(error === undefined ? null : sentenceOf(error))
    setRefused(errors.filter((one) => one !== old))
    onRefused(toldFaults(errors).filter(({ place }) => place.includes('.') || place === 'algorithm'))
    const saved = data?.saveConfiguration.configuration ?? null
    if (saved === null) return
    keep('local', NAME_KEY, contents.savedBy.trim())
    onSaved(saved)
  }
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    if (!busy) void save()
  }
  const told = toldFaults(refused)
  const at = (place: string) => told.find((one) => one.place.split('.')[0] === place)?.message
  const others = told.filter(({ place }) => !OWN_FIELDS.includes(place.split('.')[0] ?? ''))
  return (
    <Modal opened onClose={onClose} title="Save configuration" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} className={classes.dialog} noValidate aria-label="Save configuration">
        {fault === null ? null : <ErrorPanel fault={fault} />}
        {stale === null ? null : <StaleNote stale={stale} preset={preset} />}
        {others.length === 0 ? null : (
          <ul role="alert" className={classes.stale}>
            {others.map(({ place, message }) => (
              <li key={place}>{message}</li>
            ))}
          </ul>
        )}
        <TextInput
          label="Name"
          data-autofocus
          value={contents.name}
          error={at('name')}
          description={outcomeOf(name, preset, stale)}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          onChange={(event) => contents.setName(event.currentTarget.value)}
        />
        <TagsInput
          label="Tags"
          size="xs"
          placeholder={contents.tags.length === 0 ? 'Enter after each' : ''}
          value={contents.tags}
          error={at('tags')}
          onChange={contents.setTags}
        />
        <Textarea
          label="Notes"
          size="xs"
          rows={3}
          resize="vertical"
          value={contents.notes}
          error={at('notes')}
          onChange={(event) => contents.setNotes(event.currentTarget.value)}
        />
        <TextInput
          label="Who saves it"
          description="Any name; it is kept with the version, and not checked."
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          value={contents.savedBy}
          error={at('savedBy')}
          onChange={(event) => contents.setSavedBy(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="sm" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Save
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
