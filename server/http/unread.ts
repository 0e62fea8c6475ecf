import type { WebSocket } from 'ws'
import { MAX_UNREAD } from './limits.ts'

/** What is sent to a socket's client, counted until it is on its way. */
export interface Unread {
  /** Resolves when the message is on its way: a client that does not read holds its own operations up. */
  send(data: string): Promise<void>
  /** Answers a ping of the WebSocket itself. */
  pong(data: Buffer): void
}

/**
 * Counts what a client has asked for and does not read. Each operation waits for its last answer to go before it gives the next;
 * pongs and refusals come as often as the client asks, so who asks on without reading is cut off.
 */
export function countUnread(socket: Pick<WebSocket, 'send' | 'pong' | 'terminate' | 'readyState' | 'OPEN'>): Unread {
  let unread = 0
  const isOpen = (): boolean => {
    if (socket.readyState !== socket.OPEN) return false
    if (++unread <= MAX_UNREAD) return true
    socket.terminate()
    return false
  }
  return {
    send: (data) =>
      new Promise((resolve, reject) => {
        if (!isOpen()) {
          resolve()
          return
        }
        socket.send(data, (error) => {
          unread--
          if (error) reject(error)
          else resolve()
        })
      }),
    pong(data) {
      if (isOpen()) socket.pong(data, false, () => unread--)
    },
  }
}
