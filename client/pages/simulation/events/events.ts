import { ask } from '../../../graphql/ask.ts'
import type { Connection } from '../../../graphql/connection.ts'
import { sentenceOf, type Fault } from '../../../graphql/fault.ts'
import { openResumable } from '../../../graphql/feeds/resumable.ts'
import { createCell, type Cell } from '../../../live/cell.ts'
import { createHistory, type History } from '../../../live/history.ts'
import { SignalsPage, SignalsSubscription, TradesPage, TradesSubscription } from '../feed-documents.ts'
import type { Signal, Trade } from '../feed-documents.ts'
import { OrdersPage, OrdersSubscription, RoundTripsPage, type Order, type RoundTrip } from '../order-documents.ts'

/** The most rows that a table keeps; what is older is in the export. */
const MOST_ROWS = 120_000
/** How often it is looked for new ones that no feed brings. */
const LOOK_MS = 3_000
/** The most that the API gives at once. */
const PAGE = 100

/** Which page of a list: the `first` after a cursor, or the `last` before one. */
export interface PageOf {
  readonly first?: number
  readonly after?: string | null
  readonly last?: number
  readonly before?: string
}

/** A page of events, oldest first. */
export interface EventPage<Item> {
  readonly items: readonly Item[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

/** How the events of one kind are asked for and heard. */
export interface EventSource<Item> {
  /** The cursor of an item in its list. */
  readonly cursorOf: (item: Item) => string
  readonly page: (page: PageOf, signal?: AbortSignal) => Promise<EventPage<Item>>
  readonly follow: (after: string, onItem: (item: Item) => void, onFault: (fault: Fault) => void) => () => void
}

/** How a list stands. `older`: there are older ones to be asked for. */
export interface EventState {
  readonly kind: 'loading' | 'ready'
  readonly older: 'none' | 'some' | 'loading'
  readonly fault: Fault | null
}

/** The events of one kind of a run, the newest first to be known and all that follow. */
export interface Events<Item> {
  readonly history: History<Item>
  readonly state: Cell<EventState>
  readonly source: EventSource<Item>
  /** Asks for the page before the oldest, unless it is being asked for, there is none, or there is no room. */
  readonly loadOlder: () => Promise<void>
  /** Loads the newest, then follows, and loads older ones up to `least`, until what comes back is called. */
  readonly open: (least?: number) => () => void
}

/** Makes the list of a source, empty until it is opened. @param history where it is kept */
export function createEvents<Item extends { readonly sequence: string }>(
  source: EventSource<Item>,
  history: History<Item> = createHistory(MOST_ROWS),
): Events<Item> {
  /** The newest that is known: a list of things that change is not in order of it. */
  let newest = '0'
  const take = (item: Item): void => {
    if (Number(item.sequence) > Number(newest)) newest = item.sequence
    history.append(item)
  }
  const state = createCell<EventState>({ kind: 'loading', older: 'none', fault: null })
  const loadOlder = async (signal?: AbortSignal): Promise<void> => {
    const oldest = history.at(0)
    if (oldest === undefined || state.get().older !== 'some' || !history.hasRoom()) return
    state.set({ ...state.get(), older: 'loading' })
    try {
      const { items, hasOlder } = await source.page({ last: PAGE, before: source.cursorOf(oldest) }, signal)
      history.prepend(items)
      state.set({ ...state.get(), older: hasOlder ? 'some' : 'none' })
    } catch (error) {
      // Who comes back asks again.
      if (signal?.aborted === true) state.set({ ...state.get(), older: 'some' })
      else fail(error)
    }
  }
  const fail = (error: unknown): void => state.set({ ...state.get(), older: 'none', fault: sentenceOf(error) })
  return {
    history,
    state,
    source,
    loadOlder: () => loadOlder(),
    open(least = 0) {
      const abort = new AbortController()
      let stop: () => void = () => undefined
      const begin = async (): Promise<void> => {
        // What was there when it was last open stays; it goes on from there.
        if (history.size() === 0) {
          const { items, hasOlder } = await source.page({ last: PAGE }, abort.signal)
          if (abort.signal.aborted) return
          for (const item of items) take(item)
          state.set({ kind: 'ready', older: hasOlder ? 'some' : 'none', fault: null })
        }
        if (abort.signal.aborted) return
        stop = source.follow(newest, take, (fault) => state.set({ ...state.get(), fault }))
        while (history.size() < least && state.get().older === 'some') await loadOlder(abort.signal)
      }
      begin().catch((error: unknown) => {
        if (abort.signal.aborted) return
        state.set({ ...state.get(), kind: 'ready' })
        fail(error)
      })
      return () => {
        abort.abort(new Error('The page was left.'))
        stop()
      }
    },
  }
}

/**
 * All events of a source, oldest first, page by page.
 * @param onProgress how many there are so far
 * @throws where a page cannot be had, it is aborted, or there are more than `most`
 */
export async function readAll<Item extends { readonly sequence: string }>(
  source: EventSource<Item>,
  onProgress: (count: number) => void,
  signal: AbortSignal,
  most = 1_000_000,
): Promise<readonly Item[]> {
  const all: Item[] = []
  let after: string | null = null
  for (;;) {
    const { items, hasNewer }: EventPage<Item> = await source.page({ first: PAGE, after }, signal)
    all.push(...items)
    onProgress(all.length)
    const last = items.at(-1)
    after = last === undefined ? after : source.cursorOf(last)
    if (!hasNewer || items.length === 0) return all
    if (all.length >= most) {
      throw new Error(`There are more than ${most} rows; read them from the API by pages instead.`)
    }
  }
}

interface Listed<Item> {
  readonly edges: readonly { readonly node: Item }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }
}

function pageOf<Item>(list: Listed<Item> | undefined): EventPage<Item> {
  if (list === undefined) throw new Error('This simulation is not there any more.')
  const { hasNextPage, hasPreviousPage } = list.pageInfo
  return { items: list.edges.map(({ node }) => node), hasNewer: hasNextPage, hasOlder: hasPreviousPage }
}

const bySequence = ({ sequence }: { readonly sequence: string }): string => sequence

/** The signals of a run. */
export function signalsOf(connection: Connection, id: string): EventSource<Signal> {
  return {
    cursorOf: bySequence,
    page: async (page, signal) =>
      pageOf((await ask(connection, SignalsPage, { id, ...page }, signal)).simulation?.signals),
    follow: (after, onItem, onFault) =>
      openResumable({
        connection,
        document: SignalsSubscription,
        variables: { id },
        after,
        item: ({ signals }) => signals,
        onItem,
        onFault,
      }),
  }
}

/** The fills of a run. */
export function tradesOf(connection: Connection, id: string): EventSource<Trade> {
  return {
    cursorOf: bySequence,
    page: async (page, signal) =>
      pageOf((await ask(connection, TradesPage, { id, ...page }, signal)).simulation?.trades),
    follow: (after, onItem, onFault) =>
      openResumable({
        connection,
        document: TradesSubscription,
        variables: { id },
        after,
        item: ({ trades }) => trades,
        onItem,
        onFault,
      }),
  }
}

/** The orders of a run, each as it stands; what is followed are their changes. */
export function ordersOf(connection: Connection, id: string): EventSource<Order> {
  return {
    cursorOf: ({ orderId }) => orderId,
    page: async (page, signal) =>
      pageOf((await ask(connection, OrdersPage, { id, ...page }, signal)).simulation?.orders),
    follow: (after, onItem, onFault) =>
      openResumable({
        connection,
        document: OrdersSubscription,
        variables: { id },
        after,
        item: ({ orders }) => orders,
        onItem,
        onFault,
      }),
  }
}

/** The round trips of a run. No feed brings them: they are asked for while somebody looks. */
export function roundTripsOf(connection: Connection, id: string): EventSource<RoundTrip> {
  const page: EventSource<RoundTrip>['page'] = async (which, signal) =>
    pageOf((await ask(connection, RoundTripsPage, { id, ...which }, signal)).simulation?.roundTrips)
  return {
    cursorOf: bySequence,
    page,
    follow(after, onItem, onFault) {
      const abort = new AbortController()
      let last = after
      let asking = false
      const look = async (): Promise<void> => {
        if (asking) return
        asking = true
        try {
          for (let more = true; more;) {
            const { items, hasNewer }: EventPage<RoundTrip> = await page({ first: PAGE, after: last }, abort.signal)
            items.forEach(onItem)
            last = items.at(-1)?.sequence ?? last
            more = hasNewer && items.length > 0
          }
        } catch (error) {
          if (!abort.signal.aborted) onFault(sentenceOf(error))
        } finally {
          asking = false
        }
      }
      const timer = setInterval(() => void look(), LOOK_MS)
      return () => {
        clearInterval(timer)
        abort.abort(new Error('The page was left.'))
      }
    },
  }
}
