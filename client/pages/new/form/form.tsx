import { useEffect, useMemo, useState, type SubmitEvent } from 'react'
import { Button, NativeSelect } from '@mantine/core'
import { useNavigate, useSearchParams } from 'react-router'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../../graphql/fault.ts'
import { ErrorPanel } from '../../../ui/panels/panels.tsx'
import { parametersOf } from '../../../ui/parameter-schema.ts'
import { Section } from '../../../ui/panels/section.tsx'
import { useAttempts } from '../draft/attempt.ts'
import type { Base } from '../draft/base.ts'
import { StartMutation, type LauncherOption, type Source } from '../documents.ts'
import {
  inputOf,
  unknownKeys,
  type Catalogue,
  type Draft,
  type Entries,
  type Entry,
  type Market,
} from '../draft/draft.ts'
import { faultsOf, standing, toldFaults, type Faults, type Group, type Rules, type ToldFault } from '../draft/faults.ts'
import { fieldId, focusField } from './field.tsx'
import { forgetDraft, keepDraft, keptDraft } from '../draft/kept-drafts.ts'
import { MarketSection } from './market-section.tsx'
import { mutationText } from '../draft/mutation-text.ts'
import classes from '../page.module.css'
import { ParameterFields, ParameterParts } from './parameter-fields.tsx'
import { SaveDialog, type Saved } from './save-dialog.tsx'
import { focusSave, MutationPanel, StartPanel, type ListedFault } from './start-panel.tsx'

interface FormProps {
  /** What was typed is kept under it. */
  readonly origin: string
  readonly base: Base
  readonly catalogue: Catalogue
  /** null: not known yet. */
  readonly sources: readonly Source[] | null
  /** null: not known yet. */
  readonly launchers: readonly LauncherOption[] | null
  /** What was typed is to be thrown away: draw another form. */
  readonly onReset: () => void
  readonly onSaved: (saved: Saved, market: Market) => void
  /** Whether this form takes the place of one that was just saved: then the focus stays at the button. */
  readonly justSaved: boolean
}

const FIELD_NAMES: Readonly<Record<string, string>> = {
  algorithm: 'Algorithm',
  source: 'Source',
  products: 'Products',
  speed: 'Speed',
  durationSeconds: 'Duration',
  seed: 'Seed',
  launcher: 'Engines run as',
}

/** What was typed, kept in the tab while it is not started. */
function useDraftOf({ origin, base, catalogue }: FormProps) {
  const [search, setSearch] = useSearchParams()
  const [kept] = useState(() => keptDraft(origin))
  const [own, setOwn] = useState<Draft>(kept ?? base.draft)
  // The address may name the algorithm, so that other pages can lead here with one.
  const word = search.get('algorithm')
  const named = catalogue.algorithms.some(({ name }) => name === word) ? word : null
  const draft = useMemo(() => (named === null ? own : { ...own, algorithm: named }), [own, named])
  const change = (next: Draft): void => {
    setOwn(next)
    keepDraft(origin, next)
    if (next.algorithm === draft.algorithm) return
    const words = new URLSearchParams(search)
    words.set('algorithm', next.algorithm)
    setSearch(words, { replace: true })
  }
  return { draft, change, restored: kept !== null }
}

function useRules(algorithm: string, { catalogue, sources }: FormProps): Rules {
  return useMemo(() => {
    const found = catalogue.algorithms.find(({ name }) => name === algorithm) ?? null
    return {
      algorithm: found,
      simulatorSchema: catalogue.simulatorParametersSchema,
      algorithmParameters: parametersOf(found?.parametersSchema),
      simulatorParameters: parametersOf(catalogue.simulatorParametersSchema),
      sources,
    }
  }, [algorithm, catalogue, sources])
}

/** The faults in the order of the form, each with the name of its field. */
function listed(faults: Faults, rules: Rules): readonly ListedFault[] {
  const titles = (group: Group, parameters: Rules['algorithmParameters']) =>
    parameters.map(({ key, title }) => [`${group}.${key}`, title] as const)
  const names = new Map([
    ['algorithm', FIELD_NAMES['algorithm']!],
    ...titles('algorithmParameters', rules.algorithmParameters),
    ...Object.entries(FIELD_NAMES),
    ...titles('simulatorParameters', rules.simulatorParameters),
  ])
  const order = [...names.keys()]
  const rank = (place: string): number => (names.has(place) ? order.indexOf(place) : order.length)
  return Object.entries(faults)
    .map(([place, message]) => ({ place, label: names.get(place) ?? '', message }))
    .sort((a, b) => rank(a.place) - rank(b.place))
}

/** Entries with one changed; null puts it back to its default. */
function withEntry(entries: Entries, key: string, entry: Entry | null): Entries {
  const others = Object.fromEntries(Object.entries(entries).filter(([other]) => other !== key))
  return entry === null ? others : { ...others, [key]: entry }
}

/** The form, with what was typed into it. */
export function Form(props: FormProps) {
  const { origin, base, catalogue, sources, launchers, onReset, onSaved, justSaved } = props
  const { draft, change, restored } = useDraftOf(props)
  const rules = useRules(draft.algorithm, props)
  const [told, setTold] = useState<readonly ToldFault[]>([])
  const [fault, setFault] = useState<Fault | null>(null)
  const [busy, setBusy] = useState(false)
  const [saving, setSaving] = useState(false)
  const attempts = useAttempts()
  const client = useClient()
  const navigate = useNavigate()
  const { algorithmParameters, simulatorParameters } = rules
  const own = draft.algorithmParameters[draft.algorithm] ?? {}
  const seen = useMemo(() => faultsOf(draft, rules), [draft, rules])
  const faults = { ...Object.fromEntries(told.map(({ place, message }) => [place, message])), ...seen }
  const list = listed(faults, rules)
  const input = inputOf(draft, algorithmParameters, simulatorParameters)
  const dropped = [
    ...(rules.algorithm === null ? [] : unknownKeys(own, algorithmParameters)),
    ...unknownKeys(draft.simulatorParameters, simulatorParameters),
  ]

  useEffect(() => {
    if (justSaved) focusSave()
  }, [justSaved])

  const edit = (next: Draft, place: string): void => {
    setTold(standing(told, place))
    change(next)
  }
  const editParameter = (group: Group) => (key: string, entry: Entry | null) => {
    const place = `${group}.${key}`
    if (group === 'simulatorParameters') {
      edit({ ...draft, simulatorParameters: withEntry(draft.simulatorParameters, key, entry) }, place)
      return
    }
    const all = { ...draft.algorithmParameters, [draft.algorithm]: withEntry(own, key, entry) }
    edit({ ...draft, algorithmParameters: all }, place)
  }
  const start = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await client.mutation(StartMutation, { input: attempts.keyed(input) })
    setBusy(false)
    setFault(error === undefined ? null : sentenceOf(error))
    if (data === undefined || data === null) return
    attempts.answered()
    const { simulation, userErrors } = data.startSimulation
    const found = toldFaults(userErrors)
    setTold(found)
    const all = Object.fromEntries(found.map(({ place, message }) => [place, message]))
    listed(all, rules).some(({ place }) => focusField(place))
    if (simulation === null) return
    forgetDraft(origin)
    void navigate(`/simulations/${encodeURIComponent(simulation.id)}`)
  }
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    if (busy) return
    const [first] = listed(seen, rules)
    if (first === undefined) void start()
    else focusField(first.place)
  }
  const save = (): void => {
    const wrong = listed(seen, rules).find(({ place }) => place.includes('.') || place === 'algorithm')
    if (wrong === undefined) setSaving(true)
    else focusField(wrong.place)
  }
  // The dialog has a form of its own, and must not be within this one.
  return (
    <>
      <form className={classes.form} onSubmit={submit} noValidate aria-label="New simulation">
        <div className={classes.sections}>
          {restored ? (
            <p className={classes.notice} role="note">
              What you had typed here is back.{' '}
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => {
                  forgetDraft(origin)
                  onReset()
                }}
              >
                Start over
              </Button>
            </p>
          ) : null}
          {dropped.length === 0 ? null : (
            <p className={classes.notice} role="note">
              {dropped.join(', ')}: no parameter of today&apos;s any more, so left out.
            </p>
          )}
          {fault === null ? null : <ErrorPanel fault={fault} />}
          <Section framed title="Algorithm">
            <NativeSelect
              id={fieldId('algorithm')}
              aria-label="Algorithm"
              className={classes.algorithm}
              size="xs"
              error={faults['algorithm']}
              value={draft.algorithm}
              data={[
                ...(rules.algorithm === null
                  ? [{ value: draft.algorithm, label: draft.algorithm, disabled: true }]
                  : []),
                ...catalogue.algorithms.map(({ name, title }) => ({ value: name, label: title })),
              ]}
              onChange={(event) => edit({ ...draft, algorithm: event.currentTarget.value }, 'algorithm')}
            />
            <p className={classes.description}>{rules.algorithm?.description}</p>
            <ParameterFields
              group="algorithmParameters"
              parameters={algorithmParameters}
              entries={own}
              faults={faults}
              onChange={editParameter('algorithmParameters')}
            />
          </Section>
          <MarketSection
            market={draft.market}
            sources={sources}
            launchers={launchers}
            faults={faults}
            onChange={(market, place) => edit({ ...draft, market }, place)}
          />
          <Section framed title="Capital, orders and risk">
            <ParameterParts
              group="simulatorParameters"
              parameters={simulatorParameters}
              entries={draft.simulatorParameters}
              faults={faults}
              onChange={editParameter('simulatorParameters')}
            />
          </Section>
        </div>
        <div className={classes.side}>
          <StartPanel faults={list} busy={busy} onSave={save} />
          <MutationPanel text={mutationText(input)} />
        </div>
      </form>
      {saving ? (
        <SaveDialog
          preset={base.preset}
          input={input}
          onClose={() => setSaving(false)}
          onRefused={(refused) => setTold(refused)}
          onSaved={(saved) => {
            setSaving(false)
            forgetDraft(origin)
            onSaved(saved, draft.market)
          }}
        />
      ) : null}
    </>
  )
}
