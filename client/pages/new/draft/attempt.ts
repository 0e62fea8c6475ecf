import { useRef } from 'react'
import type { StartInput } from '../documents.ts'

/** A key that nobody else makes. (`crypto.randomUUID` is there on https and localhost only.) */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The same input keeps its key until it was answered: where an answer was lost on its way, pressing the button again gives
 * the run that was started, and not a second one.
 */
export function useAttempts() {
  const last = useRef<{ readonly text: string; readonly key: string } | null>(null)
  return {
    keyed(input: StartInput): StartInput {
      const text = JSON.stringify(input)
      if (last.current?.text !== text) last.current = { text, key: newKey() }
      return { ...input, idempotencyKey: last.current.key }
    },
    answered(): void {
      last.current = null
    },
  }
}
