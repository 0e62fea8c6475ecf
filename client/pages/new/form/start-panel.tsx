import { Button } from '@mantine/core'
import { CopyButton } from '../../../ui/panels/copy-button.tsx'
import { Icon } from '../../../ui/icons.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import { focusField } from './field.tsx'
import classes from '../page.module.css'

/** Something wrong, for the list beside the button. */
export interface ListedFault {
  readonly place: string
  /** What the field is called; nothing where no field is meant. */
  readonly label: string
  readonly message: string
}

const SAVE_ID = 'save-configuration'

/** Puts the focus back to where saving began. */
export function focusSave(): void {
  document.getElementById(SAVE_ID)?.focus()
}

interface StartPanelProps {
  readonly faults: readonly ListedFault[]
  readonly busy: boolean
  readonly onSave: () => void
}

/** Starts and saves, and lists what stands in the way; each entry leads to its field. */
export function StartPanel({ faults, busy, onSave }: StartPanelProps) {
  return (
    <div className={classes.start}>
      <div className={classes.buttons}>
        <Button type="submit" loading={busy} leftSection={<Icon name="new" size={14} />}>
          Start simulation
        </Button>
        <Button id={SAVE_ID} variant="default" leftSection={<Icon name="save" size={14} />} onClick={onSave}>
          Save configuration
        </Button>
      </div>
      <div role="status" aria-label="Faults">
        {faults.length === 0 ? null : (
          <>
            <p className={classes.count}>
              {faults.length === 1 ? '1 thing is not right yet:' : `${faults.length} things are not right yet:`}
            </p>
            <ul className={classes.faultList}>
              {faults.map(({ place, label, message }) => (
                <li key={place}>
                  {label === '' ? (
                    message
                  ) : (
                    <button type="button" onClick={() => focusField(place)} title={message}>
                      {label}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  )
}

/** The mutation that does the same as the button, to copy. */
export function MutationPanel({ text }: { readonly text: string }) {
  return (
    <div className={classes.mutation}>
      <Section title="The same in GraphQL" actions={<CopyButton text={text} label="Copy the mutation" />}>
        <pre tabIndex={0} aria-label="Mutation">
          {text}
        </pre>
      </Section>
    </div>
  )
}
