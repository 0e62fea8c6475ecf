import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

/** What a client asked of a {@link SmallVenue}. */
export interface ClientMessage {
  readonly type: string
  readonly product_ids: readonly string[]
  readonly channels: readonly string[]
}

/** A venue that does only what a test tells it: WebSocket and REST on one free port of 127.0.0.1. */
export interface SmallVenue {
  readonly wsUrl: string
  readonly restUrl: string
  readonly sockets: readonly WebSocket[]
  readonly heard: readonly ClientMessage[]
  /** Paths with query of all REST requests. */
  readonly asked: readonly string[]
  /** How it answers a client's message; replaced by tests. Acknowledges by default. */
  onMessage: (message: ClientMessage, socket: WebSocket) => void
  /** How it answers a REST request: status, body, headers. 404 by default. */
  onRequest: (path: string) => { status: number; body: unknown; headers?: Record<string, string> }
  /** To all connected clients. */
  send(message: unknown): void
  acknowledge(message: ClientMessage, socket: WebSocket): void
  close(): Promise<void>
}

/** Starts a {@link SmallVenue}. */
export async function startSmallVenue(): Promise<SmallVenue> {
  const asked: string[] = []
  const heard: ClientMessage[] = []
  const sockets: WebSocket[] = []
  const server: Server = createServer((request: IncomingMessage, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const { status, body, headers } = venue.onRequest(path)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  })
  const webSockets = new WebSocketServer({ server, maxPayload: 65_536, perMessageDeflate: true })
  webSockets.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as ClientMessage
      heard.push(message)
      venue.onMessage(message, socket)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const venue: SmallVenue = {
    wsUrl: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    sockets,
    heard,
    asked,
    onMessage: (message, socket) => {
      venue.acknowledge(message, socket)
    },
    onRequest: () => ({ status: 404, body: { message: 'NotFound' } }),
    send: (message) => {
      const text = typeof message === 'string' ? message : JSON.stringify(message)
      for (const socket of webSockets.clients) socket.send(text)
    },
    acknowledge: (message, socket) => {
      const channels = message.channels.map((name) => ({ name, product_ids: message.product_ids, account_ids: null }))
      socket.send(JSON.stringify({ type: 'subscriptions', channels }))
    },
    close: async () => {
      for (const socket of webSockets.clients) socket.terminate()
      webSockets.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
    },
  }
  return venue
}
