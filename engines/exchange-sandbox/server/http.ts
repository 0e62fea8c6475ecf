import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Micros } from '../../domain/time.ts'
import { bindFault } from '../../edge/bind-fault.ts'
import { createConnection } from '../protocol/connection.ts'
import type { ExchangeState } from '../protocol/exchange-state.ts'
import { orderFault, type Faults, type FaultState } from './faults.ts'
import { errorFrame, subscriptionsFrame } from '../protocol/frames.ts'
import type { Hub } from '../protocol/hub.ts'
import { DELISTED } from '../listing.ts'
import { statusFrame } from '../protocol/product-info.ts'
import { parseRequest } from '../protocol/request.ts'
import { answerRest, NOT_FOUND, type RestAnswer } from './rest.ts'
import type { Timers } from './timers.ts'
import { createAddressLimit, createTokenBucket, type Rate } from '../protocol/token-bucket.ts'

/** What the server allows a client. */
export interface Limits {
  /** Milliseconds within which a client must have subscribed. */
  readonly subscribeWithin: number
  /** Most bytes that may wait for one client. */
  readonly sendBytes: number
  /** Most bytes of one message from a client. */
  readonly messageBytes: number
  readonly clients: number
  readonly messages: Rate
  /** New connections, per address. */
  readonly connects: Rate
  /** REST requests, per address. */
  readonly requests: Rate
}

/** The venue's own limits where it states some. */
export const VENUE_LIMITS: Limits = {
  subscribeWithin: 5000,
  sendBytes: 16 * 1024 * 1024,
  messageBytes: 32 * 1024,
  clients: 1000,
  messages: { perSecond: 100, burst: 100 },
  connects: { perSecond: 8, burst: 20 },
  requests: { perSecond: 10, burst: 15 },
}

export interface ServerParts {
  readonly state: ExchangeState
  readonly hub: Hub
  readonly faults: Faults
  readonly faultState: FaultState
  readonly timers: Timers
  readonly limits: Limits
  readonly marketTime: () => Micros
  /** Called at each subscription that was accepted. */
  readonly subscribed: () => void
}

/** The two doors, WebSocket and REST, on one port. */
export interface ExchangeServer {
  listen(host: string, port: number): Promise<AddressInfo>
  dispose(): Promise<void>
}

const STATUS_EVERY_MILLISECONDS = 5000

export function createExchangeServer(parts: ServerParts): ExchangeServer {
  const { hub, timers, limits } = parts
  const http = createServer((request, response) => void answer(parts, allowRequest, request, response))
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 1024 },
  })
  const allowRequest = createAddressLimit(limits.requests)
  const allowConnect = createAddressLimit(limits.connects)
  let clients = 0

  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = request.socket.remoteAddress ?? ''
    const busy = hub.connections.size >= limits.clients
    if (busy || !allowConnect(address, timers.now())) {
      // Who is turned away may break the line before it has read why; that must not end the server.
      socket.on('error', () => socket.destroy())
      socket.end(`HTTP/1.1 ${busy ? '503 Service Unavailable' : '429 Too Many Requests'}\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      clients += 1
      serve(parts, accepted, clients)
    })
  })
  const stops = [
    timers.every(1000, () => hub.heartbeat(parts.marketTime())),
    timers.every(5000, () => hub.slowTicker()),
    timers.every(STATUS_EVERY_MILLISECONDS, () => {
      const to = [...hub.connections].filter((connection) => connection.channels.has('status'))
      if (to.length === 0) return
      const frame = statusFrame([...parts.state.values()].map(({ listing }) => listing))
      for (const connection of to) connection.send(frame)
    }),
  ]

  return {
    listen: (host, port) => listen(http, host, port),
    async dispose() {
      for (const stop of stops) stop()
      for (const connection of hub.connections) connection.terminate()
      sockets.close()
      http.closeAllConnections()
      if (http.listening) await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
}

function listen(http: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const advice = { otherPort: 'set BIND_ADDR to another port', otherHost: 'Set BIND_ADDR to an address' }
      reject(new Error(bindFault(error, { place: `Port ${port} of ${host}`, host, port, ...advice }), { cause: error }))
    })
    http.listen(port, host, () => resolve(http.address() as AddressInfo))
  })
}

/** Serves one WebSocket client until it goes. */
function serve(parts: ServerParts, socket: WebSocket, id: number): void {
  const { hub, timers, limits, faultState } = parts
  const connection = createConnection({ id, socket, timers, sendLimit: limits.sendBytes })
  const allowMessage = createTokenBucket(limits.messages)
  const listings = [...parts.state.values()].map(({ listing }) => listing)
  hub.connections.add(connection)
  const cancel = timers.after(limits.subscribeWithin, () => connection.close(1008, 'no subscription in time'))
  socket.on('close', () => {
    cancel()
    hub.connections.delete(connection)
  })
  // A broken frame or line: ws closes the connection itself, and 'close' above cleans up.
  socket.on('error', () => connection.terminate())
  socket.on('message', (data: Buffer) => {
    if (!allowMessage(timers.now())) {
      connection.send(errorFrame('Rate limit exceeded', `more than ${limits.messages.perSecond} messages a second`))
      connection.close(1008, 'rate limit exceeded')
      return
    }
    const outcome = parseRequest(data.toString('utf8'), (product) => {
      const refused = faultState.refused.get(product)
      if (refused !== undefined) return refused
      if (parts.state.has(product)) return null
      return DELISTED.has(product) ? `${product} is delisted` : `${product} is not a valid product`
    })
    if (!outcome.ok) {
      connection.send(errorFrame(outcome.message, outcome.reason))
      return
    }
    connection.change(outcome.request)
    connection.send(subscriptionsFrame(connection.channels))
    if (outcome.request.type !== 'subscribe') return
    cancel()
    if (outcome.request.channels.has('status')) connection.send(statusFrame(listings))
    hub.welcome(connection, outcome.request)
    parts.subscribed()
  })
}

const MOST_ORDER_BYTES = 16 * 1024

async function answer(
  parts: ServerParts,
  allow: (address: string, now: Micros) => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = `http://sandbox${request.url ?? '/'}`
  const url = URL.canParse(target) ? new URL(target) : null
  let result: RestAnswer
  if (url === null) result = NOT_FOUND
  else if (url.pathname === '/sandbox/faults') result = await answerFault(parts.faults, request)
  else if (!allow(request.socket.remoteAddress ?? '', parts.timers.now())) {
    result = { status: 429, body: { message: 'Public rate limit exceeded' } }
  } else if (parts.faultState.restFailures > 0) {
    parts.faultState.restFailures -= 1
    result = { status: 500, body: { message: 'Internal server error' } }
  } else if (request.method !== 'GET') result = { status: 405, body: { message: 'Method not allowed' } }
  else result = answerRest(url, parts.state, parts.marketTime())
  response.writeHead(result.status, { 'content-type': 'application/json; charset=utf-8', ...result.headers })
  response.end(JSON.stringify(result.body))
}

/** The sandbox's own door. It wants JSON by name, which a foreign web page cannot send without asking. */
async function answerFault(faults: Faults, request: IncomingMessage): Promise<RestAnswer> {
  if (request.method === 'GET') return { status: 200, body: { clients: faults.clients() } }
  if (request.method !== 'POST') return { status: 405, body: { message: 'Method not allowed' } }
  if (request.headers['content-type']?.startsWith('application/json') !== true) {
    return { status: 415, body: { message: 'content-type must be application/json' } }
  }
  let text = ''
  try {
    for await (const chunk of request) {
      text += String(chunk)
      if (text.length > MOST_ORDER_BYTES) return { status: 413, body: { message: 'the order is too long' } }
    }
    const outcome = orderFault(faults, JSON.parse(text))
    if (!outcome.ok) return { status: 400, body: { message: 'Unknown order', problems: outcome.problems } }
    return { status: 200, body: { struck: outcome.struck } }
  } catch (error) {
    return { status: 400, body: { message: error instanceof Error ? error.message : String(error) } }
  }
}
