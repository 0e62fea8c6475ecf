import { useState } from 'react'
import { ActionIcon, Checkbox, NativeSelect, TextInput, Tooltip } from '@mantine/core'
import { Icon } from '../../../ui/icons.tsx'
import { formatParameter, rangeOf, type Parameter } from '../../../ui/parameter-schema.ts'
import { entryOf, isChanged, type Entries, type Entry } from '../draft/draft.ts'
import type { Faults, Group } from '../draft/faults.ts'
import { fieldId, NumberField } from './field.tsx'
import classes from '../page.module.css'

interface ParameterFieldsProps {
  readonly group: Group
  readonly parameters: readonly Parameter[]
  readonly entries: Entries
  readonly faults: Faults
  /** null: back to the default. */
  readonly onChange: (key: string, entry: Entry | null) => void
}

/** What it is, between what it may be, and what it is where nobody says. */
function Description({ parameter }: { readonly parameter: Parameter }) {
  const { description, fallback, kind } = parameter
  const range = kind === 'integer' || kind === 'number' ? rangeOf(parameter) : ''
  return (
    <>
      {description}{' '}
      <span className={classes.bounds}>
        {range === '' ? '' : `${range[0]!.toUpperCase()}${range.slice(1)}; `}
        {range === '' ? 'Default' : 'default'} {fallback === '' ? 'none' : formatParameter(fallback)}.
      </span>
    </>
  )
}

function Label({ parameter: { title, unit } }: { readonly parameter: Parameter }) {
  return (
    <>
      {title}
      {unit === null ? null : <span className={classes.unit}> {unit}</span>}
    </>
  )
}

function ParameterField(props: {
  readonly place: string
  readonly parameter: Parameter
  readonly entry: Entry
  readonly error: string | undefined
  readonly onChange: (entry: Entry) => void
}) {
  const { place, parameter, entry, error, onChange } = props
  const { kind, choices, step, least, most } = parameter
  const label = <Label parameter={parameter} />
  const description = <Description parameter={parameter} />
  if (kind === 'boolean') {
    return (
      <Checkbox
        id={fieldId(place)}
        label={label}
        description={description}
        error={error}
        checked={entry === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  }
  if (kind === 'integer' || kind === 'number') {
    const value = typeof entry === 'boolean' ? String(entry) : entry
    return <NumberField {...{ place, label, description, value, step, least, most, error, onChange }} />
  }
  const shared = { id: fieldId(place), label, description, error, value: String(entry) }
  const order = ['label', 'input', 'error', 'description'] as const
  if (choices !== null) {
    return (
      <NativeSelect
        {...shared}
        size="xs"
        inputWrapperOrder={[...order]}
        data={[...choices]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput {...shared} inputWrapperOrder={[...order]} onChange={(event) => onChange(event.currentTarget.value)} />
  )
}

/** A field for each parameter, as its schema has it; one that differs from its default can be put back. */
export function ParameterFields({ group, parameters, entries, faults, onChange }: ParameterFieldsProps) {
  return (
    <div className={classes.fields}>
      {parameters.map((parameter) => {
        const { key, title, fallback } = parameter
        const place = `${group}.${key}`
        const back = `${title}: back to ${formatParameter(fallback)}`
        return (
          <div key={key} className={classes.field}>
            <ParameterField
              place={place}
              parameter={parameter}
              entry={entryOf(entries, parameter)}
              error={faults[place]}
              onChange={(entry) => onChange(key, entry)}
            />
            {isChanged(entries, parameter) ? (
              <div className={classes.back}>
                <Tooltip label={back}>
                  <ActionIcon size="xs" aria-label={back} onClick={() => onChange(key, null)}>
                    <Icon name="back" size={12} />
                  </ActionIcon>
                </Tooltip>
              </div>
            ) : null}
          </div>
        )
      })}
    </div>
  )
}

/** How many of a part's parameters are not as they are by default, as words; nothing where all are. */
function changedWords(parameters: readonly Parameter[], entries: Entries): string {
  const count = parameters.filter((one) => isChanged(entries, one)).length
  return count === 0 ? '' : ` · ${count} changed`
}

/**
 * The same in parts, as the schema has them: what everybody sets is in sight, the rest is folded away but where something of it is
 * changed or wrong.
 */
export function ParameterParts(props: ParameterFieldsProps) {
  const { group, parameters, entries, faults } = props
  const parts = new Map<string, Parameter[]>()
  for (const one of parameters) if (one.group !== null) parts.set(one.group, [...(parts.get(one.group) ?? []), one])
  return (
    <>
      <ParameterFields {...props} parameters={parameters.filter((one) => one.group === null)} />
      {[...parts].map(([title, own]) => {
        const isWrong = own.some(({ key }) => faults[`${group}.${key}`] !== undefined)
        return (
          <Part
            key={title}
            {...props}
            title={title}
            parameters={own}
            isWrong={isWrong}
            changed={changedWords(own, entries)}
          />
        )
      })}
    </>
  )
}

interface PartProps extends ParameterFieldsProps {
  readonly title: string
  readonly isWrong: boolean
  /** What is said of what is changed in it. */
  readonly changed: string
}

function Part({ title, isWrong, changed, ...fields }: PartProps) {
  const [opened, setOpened] = useState(changed !== '')
  return (
    <details
      className={classes.part}
      open={opened || isWrong}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        {title}
        <span className={classes.unit}>{changed}</span>
      </summary>
      <ParameterFields {...fields} />
    </details>
  )
}
