import { resolveCursorConnection } from '@pothos/plugin-relay'
import { badInput } from './errors.ts'
import { DEFAULT_PAGE, MAX_PAGE, type PageArguments } from './page.ts'
import { quoted } from './text.ts'

const CURSOR = /^\d{1,15}$/

/** Reads a cursor, which is the number of what it points at. */
function numberIn(cursor: string | undefined): bigint | undefined {
  if (cursor === undefined) return undefined
  if (!CURSOR.test(cursor)) throw badInput(`${quoted(cursor, 50)} is not a cursor of this list.`, 'BAD_CURSOR')
  return BigInt(cursor)
}

/** Which part of a numbered list is asked of the database. */
export interface NumberedPage {
  readonly range: { readonly gt?: bigint; readonly lt?: bigint }
  readonly direction: 'asc' | 'desc'
  readonly take: number
}

/** A page of a list by a number that each of its items has; the cursors are the numbers. */
export function numberedConnection<Item>(
  args: PageArguments,
  numberOf: (item: Item) => number,
  find: (page: NumberedPage) => Promise<Item[]>,
) {
  const options = {
    args,
    defaultSize: DEFAULT_PAGE,
    maxSize: MAX_PAGE,
    // The library cannot tell that what comes back is what `find` gave.
    toCursor: (item: unknown) => String(numberOf(item as Item)),
  }
  return resolveCursorConnection(options, ({ after, before, limit, inverted }) => {
    const [gt, lt] = [numberIn(after), numberIn(before)]
    const range = { ...(gt === undefined ? {} : { gt }), ...(lt === undefined ? {} : { lt }) }
    return find({ range, direction: inverted ? 'desc' : 'asc', take: limit })
  })
}

/** What a page of a run's events is asked of the database with. */
export interface SequencePage {
  readonly where: { readonly simulationId: string; readonly sequence: NumberedPage['range'] }
  readonly orderBy: { readonly sequence: 'asc' | 'desc' }
  readonly take: number
}

/**
 * A page of a run's events by sequence. The cursors are the sequences themselves, so that a client can go on from a
 * page with a subscription (`after`), and the other way round.
 */
export function sequenceConnection<Item extends { readonly sequence: number }>(
  simulationId: string,
  args: PageArguments,
  find: (page: SequencePage) => Promise<Item[]>,
) {
  return numberedConnection<Item>(
    args,
    ({ sequence }) => sequence,
    ({ range, direction, take }) =>
      find({ where: { simulationId, sequence: range }, orderBy: { sequence: direction }, take }),
  )
}
