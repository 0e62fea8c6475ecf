import { useEffect, useState } from 'react'
import { ActionIcon, Tooltip } from '@mantine/core'
import { Icon } from '../icons.tsx'

const SHOWN_MS = 1_500

/** Puts a text on the clipboard. `label` says what: "Copy the id". */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null)
  useEffect(() => {
    if (outcome === null) return undefined
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      // A page that is not on https or localhost may not use the clipboard.
      setOutcome('refused')
    }
  }
  const words = { copied: 'Copied', refused: 'This browser does not let the page copy; mark the text instead' }
  const shown = outcome === null ? label : words[outcome]
  return (
    <Tooltip label={shown}>
      <ActionIcon size="sm" aria-label={shown} onClick={() => void copy()}>
        <Icon name={outcome === 'copied' ? 'done' : 'copy'} size={14} />
      </ActionIcon>
    </Tooltip>
  )
}
