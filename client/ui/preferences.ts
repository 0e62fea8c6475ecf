import { useSyncExternalStore } from 'react'
import { keep, readKept } from './kept.ts'

/** In which zone times are shown. */
export type Zone = 'local' | 'utc'

const KEY = 'aw-trade-zone'
const listeners = new Set<() => void>()

function read(): Zone {
  return readKept('local', KEY) === 'utc' ? 'utc' : 'local'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Another tab has changed it.
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/** The zone that was chosen, kept in the browser; every shown time follows it. */
export function useZone(): readonly [zone: Zone, toggle: () => void] {
  return [useSyncExternalStore(subscribe, read), toggleZone]
}

/** Changes between the user's zone and UTC. */
export function toggleZone(): void {
  keep('local', KEY, read() === 'utc' ? 'local' : 'utc')
  for (const listener of listeners) listener()
}
