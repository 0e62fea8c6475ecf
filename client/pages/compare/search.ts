/** The fewest and the most runs that are compared. */
export const FEWEST = 2
export const MOST = 6

/** How the lines are laid over each other: each from its start, or by the clock of the market. */
export type Alignment = 'start' | 'clock'

/** The runs that the address names, each once; more than may be compared are left out. */
export function idsOf(search: URLSearchParams): readonly string[] {
  const all = (search.get('runs') ?? '').split(',').filter((id) => id !== '')
  return [...new Set(all)].slice(0, MOST)
}

export function alignmentOf(search: URLSearchParams): Alignment {
  return search.get('by') === 'clock' ? 'clock' : 'start'
}

/** Whether only the settings that differ are shown. */
export function onlyDifferences(search: URLSearchParams): boolean {
  return search.get('settings') === 'different'
}

/** An address with other runs. */
export function withRuns(search: URLSearchParams, ids: readonly string[]): URLSearchParams {
  return withWord(search, 'runs', ids.length === 0 ? null : ids.join(','))
}

/** An address with a word changed; null takes it out. */
export function withWord(search: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(search)
  if (value === null) next.delete(name)
  else next.set(name, value)
  return next
}
