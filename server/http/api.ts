import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { overallStatus } from '../../schema/health/health.ts'
import type { Metrics, MetricsPage } from '../metrics/port.ts'
import { NO_PAGE, type Page } from './page.ts'
import { createWebSockets } from './websocket.ts'
import { createGraphql, GRAPHQL_PATH } from './yoga.ts'

/** The largest request body. */
const MAX_BODY_BYTES = 1024 * 1024
const TOO_LARGE = [413, `The body may have at most ${MAX_BODY_BYTES} bytes.`] as const
const MAX_CONNECTIONS = 2_000
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export interface ApiOptions {
  readonly context: Context
  readonly logger: Logger
  readonly version: string
  /** Whether everything is up; `/ready` says so. */
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

function hostnameOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null
}

/**
 * Why a request is not served; null where it is. The server has no passwords, so a web page of somebody else's, open in
 * the user's browser, must not be able to give it orders: its Origin betrays it, and so does a Host name that was
 * made to point here, where those that are meant are known.
 * @param allowed Host names besides this machine's own; null: any.
 */
function refusal(
  request: IncomingMessage,
  allowed: readonly string[] | null,
): readonly [status: number, message: string] | null {
  const { host = '', origin, 'content-length': length } = request.headers
  const hostname = hostnameOf(`http://${host}`)
  if (allowed !== null && (hostname === null || !(LOOPBACK.test(hostname) || allowed.includes(hostname)))) {
    const names = [...new Set(['localhost', ...allowed])].join(', ')
    return [403, `This server answers to ${names}, not to "${host}". Set HOST or ALLOWED_HOSTS to open it to others.`]
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    const from = hostnameOf(origin)
    if (from === null || !LOOPBACK.test(from)) return [403, `Pages from "${origin}" may not use this server.`]
  }
  if (Number(length ?? 0) > MAX_BODY_BYTES) return TOO_LARGE
  return null
}

/** Reads a body whose length was not told, and no further than it may have bytes; null where it has more. */
async function readChunked(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let size = 0
  // Left without destroying the request, whose socket is still needed for the answer.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_BODY_BYTES) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function refuse(response: ServerResponse, [status, message]: readonly [status: number, message: string]): void {
  response.setHeader('connection', 'close')
  sendJson(response, status, { errors: [{ message }] })
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is in use by another program. Stop that one, or set PORT to another (0: any).`,
    EACCES: `Port ${port} may not be opened by this user. Set PORT to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set HOST to one that it has.`,
    ENOTFOUND: `There is no host called ${host}. Set HOST to an address of this machine.`,
  }
  return new Error(reasons[error.code ?? ''] ?? `The server cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  })
}

function listenOn(server: Server, host: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve({ port: (server.address() as AddressInfo).port })
    })
  })
}

/** Puts the API together; it serves once `listen` is called. */
export function createApi({
  context,
  logger,
  version,
  isReady,
  allowedHosts,
  metrics,
  page = NO_PAGE,
}: ApiOptions): Api {
  const graphql = createGraphql(context, logger, metrics)
  const webSockets = createWebSockets(graphql, logger)
  let allowed: readonly string[] | null = []

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
    async dispose() {
      const closed = new Promise((resolve) => server.close(resolve))
      await webSockets.dispose()
      server.closeAllConnections()
      await closed
      await graphql.dispose()
    },
  }
}
