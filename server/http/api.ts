import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { overallStatus } from '../../schema/health/health.ts'
import type { Metrics, MetricsPage } from '../metrics/port.ts'
import { MAX_CONNECTIONS } from './limits.ts'
import { listenOn } from './listen.ts'
import { NO_PAGE, type Page } from './page.ts'
import { LOOPBACK, readChunked, refusal, TOO_LARGE } from './refusal.ts'
import { createWebSockets } from './websocket.ts'
import { createGraphql, GRAPHQL_PATH } from './yoga.ts'

export interface ApiOptions {
  readonly context: Context
  readonly logger: Logger
  readonly version: string
  /** Whether everything that it stands on is up; `/ready` says so. */
  readonly isReady: () => boolean
  /**
   * Host names that are answered to, besides those of this machine's own; null: none where the server listens on the
   * loopback address, and any where it listens on another.
   */
  readonly allowedHosts?: readonly string[] | null
  readonly metrics: Pick<Metrics, 'operation'> & { page(): Promise<MetricsPage> }
  /** The dashboard; absent: the API alone, to which `/` leads then. */
  readonly page?: Page
}

/** The server's face: GraphQL over HTTP, SSE and WebSocket, and the pages for operators, on one port. */
export interface Api {
  /** Resolves with the port (which is new where 0 was asked). @throws Error, for a person, where it cannot. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  /** Whether everything is up and it is not being closed. */
  isReady(): boolean
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

function refuse(response: ServerResponse, [status, message]: readonly [status: number, message: string]): void {
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
}: ApiOptions): Api {
  const graphql = createGraphql(context, logger, metrics)
  const webSockets = createWebSockets(graphql, logger)
  let allowed: readonly string[] | null = []
  let closing = false
  const isReady = (): boolean => !closing && isUp()

  const health = async (response: ServerResponse): Promise<void> => {
    const components = await context.health()
    const status = overallStatus(components)
    sendJson(response, status === 'down' ? 503 : 200, { status, version, ready: isReady(), components })
  }
  const serveGraphql = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers['transfer-encoding'] !== undefined) {
      const body = await readChunked(request)
      if (body === null) {
        refuse(response, TOO_LARGE)
        return
      }
      // Yoga takes a body that was read already from here.
      Object.assign(request, { body: Readable.from([body]) })
    }
    await graphql(request, response)
  }
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const refused = refusal(request, allowed)
    if (refused !== null) refuse(response, refused)
    else if (path === GRAPHQL_PATH) await serveGraphql(request, response)
    else if (path === '/health') await health(response)
    else if (path === '/ready') sendJson(response, isReady() ? 200 : 503, { ready: isReady() })
    else if (path === '/metrics') sendMetrics(response, await metrics.page())
    else if (page.serve(request, response, path)) return
    else if (path === '/') response.writeHead(302, { location: GRAPHQL_PATH }).end()
    else
      sendJson(response, 404, { errors: [{ message: `There is nothing at ${path}. The API is at ${GRAPHQL_PATH}.` }] })
  }

  const server = createServer((request, response) => {
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
  server.maxConnections = MAX_CONNECTIONS
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ err: error }, 'A connection broke'))
    const path = (request.url ?? '/').split('?', 1)[0]
    if (path === GRAPHQL_PATH && refusal(request, allowed) === null) webSockets.upgrade(request, socket, head)
    else
      socket.end(`HTTP/1.1 ${path === GRAPHQL_PATH ? '403 Forbidden' : '404 Not Found'}\r\nConnection: close\r\n\r\n`)
  })

  return {
    listen({ host, port }) {
      // A container listens on all its addresses, whatever it is published on.
      allowed = allowedHosts ?? (LOOPBACK.test(host) || host === '::1' ? [] : null)
      return listenOn(server, host, port)
    },
    isReady,
    async dispose() {
      closing = true
      const closed = new Promise((resolve) => server.close(resolve))
      await webSockets.dispose()
      server.closeAllConnections()
      await closed
      await graphql.dispose()
    },
  }
}
