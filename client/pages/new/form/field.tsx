import type { ReactNode } from 'react'
import { NumberInput } from '@mantine/core'

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

/** A number that may be wrong: whatever was typed stays, with what is wrong about it beside. ↑ and ↓ step. */
export function NumberField(props: NumberFieldProps) {
  const { place, label, description, placeholder, value, step = 1, least, most, error, onChange } = props
  return (
    <NumberInput
      id={fieldId(place)}
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      placeholder={placeholder}
      value={value}
      step={step}
      min={least ?? undefined}
      max={most ?? undefined}
      clampBehavior="none"
      hideControls
      inputMode="decimal"
      autoComplete="off"
      error={error}
      onChange={onChange}
    />
  )
}
