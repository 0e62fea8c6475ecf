import { createClient, type ExecutionResult, type Sink, type SubscribePayload } from 'graphql-ws'
import { backOff } from './back-off.ts'
import type { Clock } from './clock.ts'

/** How the one WebSocket stands. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'reconnecting'
      /** From 1 on. */
      readonly attempt: number
      /** When the next attempt is made, in milliseconds since 1970; null: it is being made. */
      readonly retryAt: number | null
    }
  /** The server will not have this page any more, e.g. because it speaks another protocol now. */
  | { readonly kind: 'refused' }

/** The one WebSocket of a page, over which all subscriptions go. It connects by itself, again and again. */
export interface Connection {
  readonly state: () => ConnectionState
  /** Calls `listener` after each change; the result takes it back. */
  readonly watch: (listener: () => void) => () => void
  /** Calls `listener` each time that the connection is there again after it was gone. */
  readonly onReconnect: (listener: () => void) => () => void
  /** Ends the pause before the next attempt. */
  readonly retryNow: () => void
  /** Subscribes. After a cut the same payload is sent again, as it is then. */
  readonly open: <Data>(payload: SubscribePayload, sink: Sink<ExecutionResult<Data>>) => () => void
  /** Ends it for good, or the pause before the next attempt. */
  readonly dispose: () => void
}

export interface ConnectionOptions {
  readonly url: string
  readonly clock: Clock
  /** Another WebSocket than the browser's, in tests. */
  readonly webSocket?: unknown
}

/** How often the server is asked whether it is still there, and how long it may take to answer. */
const PING_MS = 12_000
const PONG_MS = 6_000
/** How long the server may take to greet. */
const ACKNOWLEDGE_MS = 10_000

const nothing = (): void => undefined

/** Opens the connection at once. */
export function createConnection({ url, clock, webSocket }: ConnectionOptions): Connection {
  let state: ConnectionState = { kind: 'connecting' }
  let wake = nothing
  let forgetPong = nothing
  let endPause = nothing
  const watchers = new Set<() => void>()
  const returners = new Set<() => void>()

  const change = (next: ConnectionState): void => {
    state = next
    for (const watcher of watchers) watcher()
  }
  const pause = (retries: number): Promise<void> =>
    new Promise((resolve) => {
      const attempt = retries + 1
      const delay = backOff(attempt, clock.random())
      endPause = clock.after(delay, () => wake())
      wake = () => {
        wake = nothing
        endPause()
        change({ kind: 'reconnecting', attempt, retryAt: null })
        resolve()
      }
      change({ kind: 'reconnecting', attempt, retryAt: clock.now() + delay })
    })

  const client = createClient({
    url,
    lazy: false,
    keepAlive: PING_MS,
    connectionAckWaitTimeout: ACKNOWLEDGE_MS,
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true,
    onNonLazyError: () => change({ kind: 'refused' }),
    ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
    on: {
      connected: (_socket, _payload, wasRetry) => {
        change({ kind: 'connected' })
        if (wasRetry) for (const listener of returners) listener()
      },
      // A cable that was pulled closes nothing: who does not answer in time is given up.
      ping: (received) => {
        if (received) return
        forgetPong()
        forgetPong = clock.after(PONG_MS, () => client.terminate())
      },
      // Whatever comes says that it is there; behind much else the answer itself may be late.
      message: () => {
        forgetPong()
        forgetPong = nothing
      },
      closed: () => forgetPong(),
    },
  })

  const join = (set: Set<() => void>, listener: () => void): (() => void) => {
    set.add(listener)
    return () => void set.delete(listener)
  }
  return {
    state: () => state,
    watch: (listener) => join(watchers, listener),
    onReconnect: (listener) => join(returners, listener),
    retryNow: () => wake(),
    open: (payload, sink) => client.subscribe(payload, sink as Sink<ExecutionResult<never>>),
    dispose() {
      watchers.clear()
      returners.clear()
      forgetPong()
      endPause()
      // Resolves once the socket is closed, which during a pause, now without end, is never.
      void client.dispose()
    },
  }
}
