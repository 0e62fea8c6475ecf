import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, type ExecutionArgs } from 'graphql'
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import type { Logger } from 'pino'
import { WebSocketServer, type WebSocket } from 'ws'
import { readJson, shapeFault } from './json-shape.ts'
import { INIT_TIMEOUT_MS, MAX_CONTROL_LENGTH, MAX_ID_LENGTH, MAX_MESSAGE_BYTES, PING_MS } from './limits.ts'
import { Running } from './running.ts'
import { countUnread } from './unread.ts'
import type { Graphql } from './yoga.ts'

export interface WebSocketDoor {
  /** Takes over a connection that asked to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  dispose(): Promise<void>
}

/** What is carried from preparing an operation to running it: Yoga's own functions, with all its plugins. */
interface Prepared extends ExecutionArgs {
  readonly run: Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>
}

async function prepare(graphql: Graphql, request: IncomingMessage, payload: SubscribePayload) {
  const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped({
    req: request,
    params: payload,
  })
  const document = parse(payload.query)
  const faults = validate(schema, document) as readonly GraphQLError[]
  if (faults.length > 0) return faults
  const prepared: Prepared = {
    schema,
    document,
    operationName: payload.operationName,
    variableValues: payload.variables,
    contextValue: await contextFactory(),
    run: { execute, subscribe },
  }
  return prepared
}

/** Why a message is not taken, in words that fit into a close frame; null where it is. */
function messageFault(text: string): string | null {
  const fault = shapeFault(text)
  if (fault !== null) return `The message ${fault}`
  if (text.length <= MAX_CONTROL_LENGTH) return null
  // Only what begins an operation may be long, and not by its id, which every answer repeats.
  const read = readJson(text)
  const { type, id } = ('value' in read ? (read.value ?? {}) : {}) as { readonly type?: unknown; readonly id?: unknown }
  if (type !== 'subscribe') return `Only operations may be longer than ${MAX_CONTROL_LENGTH} characters`
  return String(id).length > MAX_ID_LENGTH ? `An id may have at most ${MAX_ID_LENGTH} characters` : null
}

/** A reason that a close frame holds, which is 123 bytes. */
function closeReason(reason: string | undefined): string {
  return Buffer.from(reason ?? '')
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD+$/, '')
}

/** GraphQL over WebSocket (the graphql-transport-ws protocol), through the same doors as over HTTP. */
export function createWebSockets(graphql: Graphql, logger: Logger): WebSocketDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    // Pings are answered below, where it is counted.
    autoPong: false,
  })
  const server = makeServer<Record<string, unknown>, { request: IncomingMessage; running: Running }>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Prepared).run.execute(args),
    subscribe: (args) => (args as Prepared).run.subscribe(args),
    async onSubscribe({ subscriptions, extra }, id, payload) {
      const tooMany = extra.running.begin(id, Object.keys(subscriptions))
      if (tooMany !== null) return [tooMany]
      try {
        return await prepare(graphql, extra.request, payload)
      } catch (error) {
        if (error instanceof GraphQLError) return [error]
        throw error
      }
    },
  })
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => serve(socket, request))

  function serve(socket: WebSocket, request: IncomingMessage): void {
    const unread = countUnread(socket)
    const running = new Running()
    let alive = true
    const ping = setInterval(() => {
      if (!alive) {
        socket.terminate()
        return
      }
      alive = false
      socket.ping()
    }, PING_MS)
    socket.on('pong', () => (alive = true))
    socket.on('ping', (data) => unread.pong(data))
    // What a client does wrong (e.g. a message that is too large) closes its own socket; it is no fault of ours.
    socket.on('error', (error) => logger.debug({ err: error }, 'A WebSocket was closed'))
    const close = (code: number, reason?: string): void => socket.close(code, closeReason(reason))
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (data) => unread.send(data),
        close,
        onMessage: (hear) =>
          socket.on('message', (message) => {
            // What comes behind the message that closed it is not listened to any more.
            if (socket.readyState !== socket.OPEN) return
            const text = String(message)
            const fault = messageFault(text)
            if (fault !== null) {
              close(CloseCode.BadRequest, fault)
              return
            }
            running.arrive(text.length)
            hear(text).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return
              logger.error({ err: error }, 'A WebSocket message could not be handled')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          }),
      },
      { request, running },
    )
    socket.once('close', (code, reason) => {
      clearInterval(ping)
      closed(code, String(reason)).catch((error: unknown) => logger.error({ err: error }, 'A feed could not be closed'))
    })
  }

  return {
    upgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request))
    },
    async dispose() {
      for (const client of sockets.clients) client.close(1001, 'The server is stopping')
      const all = [...sockets.clients].map((client) => new Promise((resolve) => client.once('close', resolve)))
      // One that does not answer is cut off.
      const timer = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), 500)
      await Promise.all(all)
      clearTimeout(timer)
      sockets.close()
    },
  }
}
