import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { Modal } from '@mantine/core'
import classes from './shortcuts.module.css'

/** A key, or two after one another (`g s`). */
export interface Shortcut {
  readonly keys: string
  /** What it does, for the list: "Go to simulations". */
  readonly label: string
  readonly run: () => void
}

interface Keyboard {
  add(shortcut: Shortcut): () => void
  open(): void
}

/** Keys of whatever has the focus, for the list alone. */
const ELSEWHERE: readonly Omit<Shortcut, 'run'>[] = [
  { keys: '↑ ↓ PgUp PgDn Home End', label: 'In a table: go to a row' },
  { keys: 'Enter', label: 'In a table: open the row' },
  { keys: 'Space', label: 'In a table: mark the row' },
  { keys: '← →', label: 'In the prices: go to a mark' },
  { keys: 'Enter', label: 'In the prices: open the mark' },
  { keys: 'Esc', label: 'Close what is open' },
]

/** How long the second key of two may take. */
const SEQUENCE_MS = 1_200

const KeyboardContext = createContext<Keyboard | null>(null)

/** Whether a key belongs to whatever has the focus, or to a dialog that is open. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"]') !== null) return true
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}

/** Listens for the page's keys: the newest shortcut of some keys wins. @returns what ends it */
function listen(shortcuts: readonly Shortcut[]): () => void {
  let first: { readonly key: string; readonly at: number } | null = null
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) return
    const before = first !== null && event.timeStamp - first.at < SEQUENCE_MS ? first.key : null
    first = null
    const pair = before === null ? undefined : shortcuts.findLast(({ keys }) => keys === `${before} ${event.key}`)
    const found = pair ?? shortcuts.findLast(({ keys }) => keys === event.key)
    if (found !== undefined) {
      event.preventDefault()
      found.run()
    } else if (shortcuts.some(({ keys }) => keys.startsWith(`${event.key} `))) {
      first = { key: event.key, at: event.timeStamp }
    }
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

/** Gives everything below it shortcuts, and `?` for the list of them. */
export function ShortcutProvider({ children }: { readonly children: ReactNode }) {
  const [shortcuts, setShortcuts] = useState<readonly Shortcut[]>([])
  const [opened, setOpened] = useState(false)
  const [keyboard] = useState<Keyboard>(() => ({
    add(shortcut) {
      setShortcuts((all) => [...all, shortcut])
      return () => setShortcuts((all) => all.filter((one) => one !== shortcut))
    },
    open: () => setOpened(true),
  }))
  useEffect(() => listen([{ keys: '?', label: 'This list', run: keyboard.open }, ...shortcuts]), [shortcuts, keyboard])
  const shown = [...shortcuts, { keys: '?', label: 'This list' }, ...ELSEWHERE]
  return (
    <KeyboardContext value={keyboard}>
      {children}
      <Modal opened={opened} onClose={() => setOpened(false)} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
        <dl className={classes.list}>
          {shown.map(({ keys, label }) => (
            <div key={`${keys} ${label}`} className={classes.entry}>
              <dt>{label}</dt>
              <dd>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Modal>
    </KeyboardContext>
  )
}

function useKeyboard(): Keyboard {
  const keyboard = useContext(KeyboardContext)
  if (keyboard === null) throw new Error('A shortcut needs a ShortcutProvider above it')
  return keyboard
}

/** Adds a shortcut while the component is there. */
export function useShortcut(keys: string, label: string, run: () => void): void {
  const keyboard = useKeyboard()
  useEffect(() => keyboard.add({ keys, label, run }), [keyboard, keys, label, run])
}

/** Opens the list of keys. */
export function useShortcutList(): () => void {
  return useKeyboard().open
}
