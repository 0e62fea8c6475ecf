import { wholeIn } from '../../../ui/numbers.ts'

/** What a new simulation begins with: the defaults, a run that is to be repeated, or a version of a configuration. */
export type Origin =
  | { readonly kind: 'defaults' }
  | { readonly kind: 'run'; readonly id: string }
  /** `version` null: the newest. */
  | { readonly kind: 'configuration'; readonly id: string; readonly version: number | null }

/** What the address says to begin with. */
export function originOf(search: URLSearchParams): Origin {
  const run = search.get('from') ?? ''
  if (run !== '') return { kind: 'run', id: run }
  const id = search.get('configuration') ?? ''
  if (id === '') return { kind: 'defaults' }
  return { kind: 'configuration', id, version: wholeIn(search.get('version')) }
}

/** Tells origins apart; what was typed is kept under it. */
export function keyOf(origin: Origin): string {
  if (origin.kind === 'defaults') return 'defaults'
  return origin.kind === 'run' ? `run ${origin.id}` : `configuration ${origin.id} ${origin.version ?? 'newest'}`
}

/** The address that begins with a version of a configuration. */
export function presetSearch(id: string, version: number): string {
  return `?${String(new URLSearchParams({ configuration: id, version: String(version) }))}`
}
