import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'

/** A feed as it is carried to its subscriber. */
type Feed = AsyncIterable<unknown> & Partial<Pick<AsyncIterator<unknown>, 'return'>>

/** What ends with a connection. Of many requests of one each would listen by itself. */
const ending = new WeakMap<Socket, Set<() => void>>()

function endsOf(socket: Socket): Set<() => void> {
  const known = ending.get(socket)
  if (known !== undefined) return known
  const ends = new Set<() => void>()
  ending.set(socket, ends)
  socket.once('close', () => {
    for (const end of ends) end()
  })
  return ends
}

/**
 * Ends a feed whose client has left, or as soon as it leaves. Of several requests of one connection that were sent without waiting, only
 * the first hears of its end by its response; the connection tells the others.
 */
function endWith(response: ServerResponse, feed: Feed): void {
  const { socket } = response.req
  const ends = endsOf(socket)
  const end = (): void => {
    ends.delete(end)
    response.off('close', end)
    void Promise.resolve(feed.return?.()).catch(() => undefined)
  }
  if (response.closed || response.destroyed || socket.destroyed) end()
  else {
    response.once('close', end)
    ends.add(end)
  }
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
