import type { VariablesOf } from '../../graphql/tada.ts'
import type { Sorting } from '../../ui/table/column.ts'
import { MODES } from '../../ui/figures/modes.ts'
import { wholeIn } from '../../ui/numbers.ts'
import type { SimulationsQuery } from './documents.ts'

/** How many runs a page of the list has. */
export const PAGE_SIZE = 25

/** Groups of statuses to filter by, by their word in the address. */
export const STATUS_GROUPS = {
  active: { label: 'Active', statuses: ['STARTING', 'RUNNING', 'STOPPING'] },
  completed: { label: 'Completed', statuses: ['COMPLETED'] },
  stopped: { label: 'Stopped', statuses: ['STOPPED'] },
  failed: { label: 'Failed', statuses: ['FAILED'] },
} as const

/** Spans back from now, by their word in the address, in milliseconds. */
export const SPANS = {
  hour: { label: 'Last hour', milliseconds: 3_600_000 },
  day: { label: 'Last 24 hours', milliseconds: 86_400_000 },
  week: { label: 'Last 7 days', milliseconds: 604_800_000 },
} as const

/** The columns that the API sorts by. */
const FIELDS = {
  status: 'STATUS',
  algorithm: 'ALGORITHM',
  pnl: 'NET_PROFIT',
  started: 'CREATED_AT',
  ended: 'ENDED_AT',
} as const

/** The filters' words in the address. */
export const FILTERS = ['status', 'mode', 'algorithm', 'source', 'product', 'since'] as const
export type FilterName = (typeof FILTERS)[number]

type Variables = VariablesOf<typeof SimulationsQuery>

function isKeyOf<Key extends string>(object: Readonly<Record<Key, unknown>>, key: string | null): key is Key {
  return key !== null && Object.hasOwn(object, key)
}

/** What the table is sorted by; the newest first where the address does not say. */
export function sortingOf(search: URLSearchParams): Sorting {
  const [id = '', direction] = (search.get('sort') ?? '').split('.')
  return isKeyOf(FIELDS, id) ? { id, descending: direction !== 'asc' } : { id: 'started', descending: true }
}

/** Whether anything is filtered. */
export function isFiltered(search: URLSearchParams): boolean {
  return FILTERS.some((name) => (search.get(name) ?? '') !== '')
}

/**
 * What the API is asked for an address; a word that means nothing is as if it were not there.
 * @param now milliseconds since 1970; spans begin at a whole minute, so that the question stays the same for a while
 */
export function variablesOf(search: URLSearchParams, now: number): Variables {
  const [status, mode, since] = [search.get('status'), search.get('mode'), search.get('since')]
  const [algorithm = '', source = '', product = ''] = ['algorithm', 'source', 'product'].map(
    (name) => search.get(name) ?? '',
  )
  const minute = Math.floor(now / 60_000) * 60_000
  const { id, descending } = sortingOf(search)
  const [after, before] = [search.get('after'), search.get('before')]
  return {
    filter: {
      ...(isKeyOf(STATUS_GROUPS, status) ? { status: [...STATUS_GROUPS[status].statuses] } : {}),
      ...(isKeyOf(MODES, mode) ? { mode: [mode] } : {}),
      ...(algorithm === '' ? {} : { algorithm }),
      ...(source === '' ? {} : { source }),
      ...(product === '' ? {} : { product }),
      ...(isKeyOf(SPANS, since) ? { since: new Date(minute - SPANS[since].milliseconds).toISOString() } : {}),
    },
    orderBy: { field: FIELDS[id as keyof typeof FIELDS], direction: descending ? 'DESC' : 'ASC' },
    ...(before === null ? { first: PAGE_SIZE, after } : { last: PAGE_SIZE, before }),
  }
}

/** The number of the page, from 1, for the eye only: a page is found by its cursor. */
export function pageOf(search: URLSearchParams): number {
  return wholeIn(search.get('page')) ?? 1
}

/** An address with some words changed; null takes one out. Other pages than the first begin with what was asked before. */
export function changed(search: URLSearchParams, words: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(search)
  for (const name of ['after', 'before', 'page']) next.delete(name)
  for (const [name, value] of Object.entries(words)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  return next
}
