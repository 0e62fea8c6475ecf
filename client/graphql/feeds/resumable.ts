import { print } from '../print.ts'
import type { Connection } from '../connection.ts'
import { sentenceOf, type Fault } from '../fault.ts'
import type { TadaDocumentNode } from '../tada.ts'

/** What an item of a lossless feed must have: its place, as the API numbers it. */
export interface Placed {
  readonly sequence: string
}

export interface ResumableOptions<Data, Variables, Item extends Placed> {
  readonly connection: Pick<Connection, 'open'>
  /** A subscription with a variable `after: BigInt`. */
  readonly document: TadaDocumentNode<Data, Variables>
  /** All its variables but `after`. */
  readonly variables: Omit<Variables, 'after'>
  /** The last sequence that is known already; `"0"`: from the first item on. */
  readonly after?: string
  readonly item: (data: Data) => Item
  /** Each item once, ascending. */
  readonly onItem: (item: Item) => void
  /** The run has ended, and all its items were given. */
  readonly onEnd?: () => void
  /** The feed is over before its end. */
  readonly onFault: (fault: Fault) => void
}

/** What the server calls a subscriber that fell too far behind; it is meant to go on from its cursor. */
const OVERFLOW = 'SUBSCRIPTION_OVERFLOW'

/**
 * Reads `signals`, `trades` or `logs` without hole or double, however often the connection breaks: each time, the
 * subscription goes on after the last sequence that was given, and what comes twice is left out.
 * @returns what ends it
 */
export function openResumable<Data, Variables, Item extends Placed>(
  options: ResumableOptions<Data, Variables, Item>,
): () => void {
  let last = options.after ?? '0'
  let ended = false
  let close: () => void = () => undefined
  const variables = {
    ...options.variables,
    // Read when the subscription is sent, the first time and again after each cut.
    get after() {
      return last
    },
  }
  const fail = (fault: Fault): void => {
    if (ended) return
    ended = true
    close()
    options.onFault(fault)
  }
  const open = (): void => {
    const since = last
    let overflowed = false
    const refuse = (errors: readonly { readonly message: string; readonly extensions?: unknown }[]): void => {
      const code = (errors[0]?.extensions as { code?: unknown } | undefined)?.code
      // One that got nowhere since it was opened would only overflow again.
      if (code === OVERFLOW && last !== since) overflowed = true
      else fail(sentenceOf(errors))
    }
    close = options.connection.open<Data>(
      { query: print(options.document), variables },
      {
        next({ data, errors }) {
          if (ended) return
          if (errors !== undefined && errors.length > 0) return refuse(errors)
          if (data === null || data === undefined) return
          const item = options.item(data)
          if (Number(item.sequence) <= Number(last)) return
          last = item.sequence
          options.onItem(item)
        },
        error(error) {
          if (Array.isArray(error)) refuse(error)
          else fail(sentenceOf(error))
          if (overflowed && !ended) open()
        },
        complete() {
          if (ended) return
          if (overflowed) return open()
          ended = true
          options.onEnd?.()
        },
      },
    )
  }
  open()
  return () => {
    ended = true
    close()
  }
}
