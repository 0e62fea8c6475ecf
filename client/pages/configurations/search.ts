import type { VariablesOf } from '../../graphql/tada.ts'
import { wholeIn } from '../../ui/numbers.ts'
import type { ConfigurationsQuery } from './documents.ts'

/** How many configurations a page of the list has. */
export const PAGE_SIZE = 25

/**
 * The cursors of the pages that were gone through, the last of which the page at hand begins after. The API reads
 * configurations forwards only, so the way back is in the address too.
 */
const cursorsIn = (search: URLSearchParams): readonly string[] => search.getAll('after').filter((word) => word !== '')

/** The number of the page, from 1. */
export const pageOf = (search: URLSearchParams): number => cursorsIn(search).length + 1

function withCursors(search: URLSearchParams, cursors: readonly string[]): URLSearchParams {
  const next = new URLSearchParams(search)
  next.delete('after')
  for (const cursor of cursors) next.append('after', cursor)
  return next
}

/** The address of the next page. @param cursor where the page at hand ends */
export function pageAfter(search: URLSearchParams, cursor: string): URLSearchParams {
  return withCursors(search, [...cursorsIn(search), cursor])
}

/** The address of the page before. */
export function pageBefore(search: URLSearchParams): URLSearchParams {
  return withCursors(search, cursorsIn(search).slice(0, -1))
}

/** What the API is asked for an address. */
export function variablesOf(search: URLSearchParams): VariablesOf<typeof ConfigurationsQuery> {
  const word = (name: string): string | null => {
    const value = search.get(name) ?? ''
    return value === '' ? null : value
  }
  return { first: PAGE_SIZE, after: cursorsIn(search).at(-1) ?? null, algorithm: word('algorithm'), tag: word('tag') }
}

/** Whether the list is narrowed down. */
export function isFiltered(search: URLSearchParams): boolean {
  return ['algorithm', 'tag'].some((name) => (search.get(name) ?? '') !== '')
}

/** The address with some words changed; null takes one out. Another filter begins with the first page. */
export function changed(search: URLSearchParams, words: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(search)
  if ('algorithm' in words || 'tag' in words) next.delete('after')
  for (const [name, value] of Object.entries(words)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  return next
}

/** The address of the list that a configuration was opened from. */
export function listSearch(search: URLSearchParams): URLSearchParams {
  return changed(search, { configuration: null, version: null, against: null, only: null })
}

/**
 * Which version is shown, and against which other: where the address does not say, the newest against the one before it.
 * @param newest the configuration's newest version
 * @returns `against` 0 where there is nothing to hold it against
 */
export function comparedOf(search: URLSearchParams, newest: number): { version: number; against: number } {
  const version = wholeIn(search.get('version')) ?? newest
  return { version, against: wholeIn(search.get('against')) ?? version - 1 }
}
