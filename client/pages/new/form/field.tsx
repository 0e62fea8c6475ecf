import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { TextInput } from '@mantine/core'
import { entryOfText, fieldText, stepped, takenAs } from '../../../ui/numbers.ts'
import classes from '../page.module.css'

/** What the field of a place is called in the page, so that the focus can go there. */
export const fieldId = (place: string): string => `field-${place}`

/** Puts the focus into the field of a place. @returns whether there is one */
export function focusField(place: string): boolean {
  const field = document.getElementById(fieldId(place))
  field?.focus()
  return field !== null
}

interface NumberFieldProps {
  readonly place: string
  readonly label: ReactNode
  readonly description?: ReactNode
  readonly placeholder?: string
  readonly value: number | string
  readonly step?: number
  readonly least?: number | null
  readonly most?: number | null
  readonly error: string | undefined
  readonly onChange: (value: number | string) => void
}

/**
 * A number that may be wrong: whatever was typed stays, with what is wrong about it beside. What was taken for a number is
 * said where it was written otherwise, and stands in the field once it is left. ↑ and ↓ step.
 */
export function NumberField(props: NumberFieldProps) {
  const { place, label, description, placeholder, value, step = 1, least = null, most = null, error, onChange } = props
  const [typed, setTyped] = useState<string | null>(null)
  // What was typed, while it still is what the form has: it may have been put back meanwhile.
  const text = typed !== null && entryOfText(typed) === value ? typed : null
  const said = text === null ? null : takenAs(text)
  const onKeyDown = (event: KeyboardEvent): void => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key]
    if (way === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    setTyped(null)
    if (typeof value === 'number') onChange(stepped(value, way * step, least, most))
    else if (value === '') onChange(least ?? 0)
  }
  return (
    <TextInput
      id={fieldId(place)}
      label={label}
      description={
        said === null ? (
          description
        ) : (
          <>
            <span className={classes.taken}>{said}</span> {description}
          </>
        )
      }
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      placeholder={placeholder}
      value={text ?? fieldText(value)}
      inputMode="decimal"
      autoComplete="off"
      error={error}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        onChange(entryOfText(currentTarget.value))
      }}
      onBlur={() => setTyped(null)}
      onKeyDown={onKeyDown}
    />
  )
}
