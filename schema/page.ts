import { badInput } from './errors.ts'

/** The most objects of one page. */
export const MAX_PAGE = 100
/** How many objects a page has where neither `first` nor `last` is given. */
export const DEFAULT_PAGE = 20

/** Relay's paging arguments. */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** Refuses a page that is too large or contradicts itself. @throws GraphQLError, for a person. */
export function checkPage(page: PageArguments): void {
  const sizes = { first: page.first ?? null, last: page.last ?? null }
  for (const [name, size] of Object.entries(sizes)) {
    if (size !== null && (size < 0 || size > MAX_PAGE)) {
      throw badInput(`"${name}" is ${size}, and must be from 0 to ${MAX_PAGE}. Use "after" to go on to the next page.`)
    }
  }
  if (sizes.first !== null && sizes.last !== null) throw badInput('Give "first" or "last", not both.')
}

/** What a page costs: as many times its contents as it may hold objects, tamed by how rarely pages are full. */
export function pageCost(page: PageArguments): { field: number; multiplier: number } {
  const size = Math.min(MAX_PAGE, Math.max(1, page.first ?? page.last ?? DEFAULT_PAGE))
  return { field: 1, multiplier: Math.ceil(size / 20) }
}
