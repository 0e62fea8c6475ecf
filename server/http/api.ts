import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { overallStatus } from '../../schema/health/health.ts'
import type { Metrics, MetricsPage } from '../metrics/port.ts'
import { addressRefusal, readBody } from './body.ts'
import { HEAD_MS, LOOK_MS, MAX_UNREAD_BYTES, REQUEST_MS, STANDSTILL_MS } from './limits.ts'
import { listenOn } from './listen.ts'
import { NO_PAGE, type Page } from './page.ts'
import { hostNames, refusal, type HostNames, type Refusal } from './refusal.ts'
import { Visitors, VISITORS, type VisitorLimits } from './visitors.ts'
import { createWebSockets } from './websocket.ts'
import { createGraphql, GRAPHQL_PATH } from './yoga.ts'

export interface ApiOptions {
  readonly context: Context
  readonly logger: Logger
  readonly version: string
  /** Whether everything that it stands on is up; `/ready` says so. */
  readonly isReady: () => boolean
  /**
   * Host names that are answered to, besides localhost; null: none where the server listens on the loopback address, and this
   * machine's own name and any address in numbers where it listens on another.
   */
  readonly allowedHosts?: readonly string[] | null
  readonly metrics: Pick<Metrics, 'operation'> & { page(): Promise<MetricsPage> }
  /** The dashboard; absent: the API alone, to which `/` leads then. */
  readonly page?: Page
  /** {@link VISITORS} unless told otherwise. */
  readonly visitors?: VisitorLimits
  /** How long a client may take, in milliseconds; see `limits.ts`. */
  readonly patience?: {
    readonly headMs: number
    readonly requestMs: number
    readonly lookMs: number
    readonly standstillMs?: number
  }
}

const PATIENCE = { headMs: HEAD_MS, requestMs: REQUEST_MS, lookMs: LOOK_MS }
const HINT = `The API is at ${GRAPHQL_PATH}.`
const FULL: Refusal = [503, 'This server has as many visitors as it can serve at once. Try again in a moment.']

/** The server's face: GraphQL over HTTP, SSE and WebSocket, and the pages for operators, on one port. */
export interface Api {
  /** Resolves with the port (which is new where 0 was asked). @throws Error, for a person, where it cannot. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  /** Whether everything is up and it is not being closed. */
  isReady(): boolean
  /** How many are connected, and how many of them are served. */
  visitors(): { readonly connected: number; readonly held: number }
  /** Ends every connection and feed. */
  dispose(): Promise<void>
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(text)
}

/** The page that Prometheus reads. */
function sendMetrics(response: ServerResponse, { contentType, body }: MetricsPage): void {
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
}

function refuse(response: ServerResponse, [status, message]: Refusal): void {
  response.setHeader('connection', 'close')
  sendJson(response, status, { errors: [{ message }] })
}

/** Puts the API together; it serves once `listen` is called. */
export function createApi({
  context,
  logger,
  version,
  isReady: isUp,
  allowedHosts,
  metrics,
  page = NO_PAGE,
  visitors: visitorLimits = VISITORS,
  patience = PATIENCE,
}: ApiOptions): Api {
  let names: HostNames = { names: [], literals: false }
  let closing = false
  const isReady = (): boolean => !closing && isUp()
  const graphql = createGraphql({ context, logger, metrics, isReady: isUp })
  const webSockets = createWebSockets(graphql, logger)
  const visitors = new Visitors(visitorLimits)

  const health = async (response: ServerResponse): Promise<void> => {
    const components = await context.health()
    const status = overallStatus(components)
    sendJson(response, status === 'down' ? 503 : 200, { status, version, ready: isReady(), components })
  }
  const serveGraphql = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!visitors.hold(request.socket)) {
      refuse(response, FULL)
      return
    }
    response.once('close', () => visitors.letGo(request.socket))
    const refused = addressRefusal(request.url ?? '/')
    if (refused !== null) {
      refuse(response, refused)
      return
    }
    if (request.method === 'POST') {
      const read = await readBody(request)
      if ('refused' in read) {
        refuse(response, read.refused)
        return
      }
      // Yoga takes a body that was read already from here.
      Object.assign(request, { body: read.body })
    }
    await graphql(request, response)
  }
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const refused = refusal(request, names)
    if (refused !== null) refuse(response, refused)
    else if (path === GRAPHQL_PATH) await serveGraphql(request, response)
    else if (path === '/health') await health(response)
    else if (path === '/ready') sendJson(response, isReady() ? 200 : 503, { ready: isReady() })
    else if (path === '/metrics') sendMetrics(response, await metrics.page())
    else if (page.serve(request, response, path)) return
    else if (path === '/') response.writeHead(302, { location: GRAPHQL_PATH }).end()
    else sendJson(response, 404, { errors: [{ message: `There is nothing at ${path.slice(0, 100)}. ${HINT}` }] })
  }

  const times = {
    headersTimeout: patience.headMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.lookMs,
  }
  const server = createServer(times, (request, response) => {
    route(request, response).catch((error: unknown) => {
      if (request.errored !== null) {
        logger.debug({ err: error, url: request.url }, 'A client left in the middle of its request')
        response.destroy()
        return
      }
      logger.error({ err: error, url: request.url }, 'A request failed')
      if (!response.headersSent)
        sendJson(response, 500, { errors: [{ message: 'Something went wrong on the server.' }] })
      else response.destroy()
    })
  })
  // What is written and not taken counts as a standstill: an answer is not held for somebody who does not read it.
  server.setTimeout(patience.standstillMs ?? STANDSTILL_MS)
  const looking = setInterval(() => {
    const cut = visitors.cutUnread(MAX_UNREAD_BYTES)
    if (cut > 0) logger.warn({ cut }, 'Clients were cut off that did not read their answers')
  }, patience.lookMs)
  looking.unref()
  server.on('connection', (socket) => visitors.arrive(socket))
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ err: error }, 'A connection broke'))
    const turnAway = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    if ((request.url ?? '/').split('?', 1)[0] !== GRAPHQL_PATH) turnAway('404 Not Found')
    else if (refusal(request, names) !== null) turnAway('403 Forbidden')
    // It holds its place until it leaves.
    else if (!visitors.hold(request.socket)) turnAway('503 Service Unavailable')
    else webSockets.upgrade(request, socket, head)
  })

  return {
    listen({ host, port }) {
      names = hostNames(host, allowedHosts ?? null, hostname())
      return listenOn(server, host, port)
    },
    isReady,
    visitors: () => visitors.count(),
    async dispose() {
      closing = true
      clearInterval(looking)
      const closed = new Promise((resolve) => server.close(resolve))
      await webSockets.dispose()
      server.closeAllConnections()
      await closed
      await graphql.dispose()
    },
  }
}
