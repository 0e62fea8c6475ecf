import type { ServerResponse } from 'node:http'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'

/** A feed as it is carried to its subscriber. */
type Feed = AsyncIterable<unknown> & Partial<Pick<AsyncIterator<unknown>, 'return'>>

/** Ends a feed whose client has left, or as soon as it leaves. */
function endWith(response: Pick<ServerResponse, 'closed' | 'destroyed' | 'once'>, feed: Feed): void {
  const end = (): void => void Promise.resolve(feed.return?.()).catch(() => undefined)
  if (response.closed || response.destroyed) end()
  else response.once('close', end)
}

/**
 * Ends the feed of a subscription over SSE when its client leaves. What carries it hears of that only between two events: a
 * client that left before the feed was there, or before its first event, would leave it open for good.
 */
export const endedWithTheirClients: Plugin<{ res?: ServerResponse }> = {
  onSubscribe: ({ args }) => ({
    onSubscribeResult({ result }) {
      // Those of a WebSocket end with it; see `websocket.ts`.
      const { res } = args.contextValue as { res?: ServerResponse }
      if (res !== undefined && isAsyncIterable(result)) endWith(res, result as Feed)
    },
  }),
}
