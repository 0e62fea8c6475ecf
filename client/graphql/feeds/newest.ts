import { print } from '../print.ts'
import { browserClock, type Clock } from '../clock.ts'
import type { Connection } from '../connection.ts'
import { sentenceOf, type Fault } from '../fault.ts'
import type { TadaDocumentNode } from '../tada.ts'

export interface NewestOptions<Data, Variables> {
  readonly connection: Pick<Connection, 'open'>
  readonly document: TadaDocumentNode<Data, Variables>
  readonly variables: Variables
  readonly onData: (data: Data) => void
  /** Why nothing comes; null: it comes again. */
  readonly onFault: (fault: Fault | null) => void
  readonly clock?: Pick<Clock, 'after'>
}

/** What passes by itself, so that it is worth asking again. */
const PASSING: readonly unknown[] = [
  'STORE_UNAVAILABLE',
  'SERVER_BUSY',
  'TIMED_OUT',
  'FEED_REFUSED',
  'TOO_MANY_OPERATIONS',
  'INTERNAL_SERVER_ERROR',
]

/** How long it waits before it asks again. */
const RETRY_MS = 5_000

/**
 * Follows a feed of which only the newest matters. What ends it and passes by itself is told, and asked for again until it is there.
 * @returns what ends it
 */
export function openNewest<Data, Variables>(options: NewestOptions<Data, Variables>): () => void {
  const { connection, document, variables, onData, onFault, clock = browserClock } = options
  let stop: () => void = () => undefined
  let ended = false
  const refuse = (errors: unknown): void => {
    if (ended) return
    onFault(sentenceOf(errors))
    const [first] = (Array.isArray(errors) ? errors : []) as readonly { extensions?: { code?: unknown } }[]
    if (first === undefined || !PASSING.includes(first.extensions?.code)) return
    stop()
    stop = clock.after(RETRY_MS, open)
  }
  const open = (): void => {
    stop = connection.open<Data>(
      { query: print(document), variables: variables as Record<string, unknown> },
      {
        next({ data, errors }) {
          if (ended) return
          if (errors !== undefined && errors.length > 0) refuse(errors)
          else if (data !== null && data !== undefined) {
            onFault(null)
            onData(data)
          }
        },
        error: refuse,
        complete: () => undefined,
      },
    )
  }
  open()
  return () => {
    ended = true
    stop()
  }
}
