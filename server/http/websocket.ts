import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, type ExecutionArgs } from 'graphql'
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import type { Logger } from 'pino'
import { WebSocketServer, type WebSocket } from 'ws'
import { INIT_TIMEOUT_MS, MAX_MESSAGE_BYTES, MAX_OPERATIONS, PING_MS } from './limits.ts'
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

/** GraphQL over WebSocket (the graphql-transport-ws protocol), through the same doors as over HTTP. */
export function createWebSockets(graphql: Graphql, logger: Logger): WebSocketDoor {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols })
  const server = makeServer<Record<string, unknown>, { request: IncomingMessage }>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Prepared).run.execute(args),
    subscribe: (args) => (args as Prepared).run.subscribe(args),
    async onSubscribe(connection, _id, payload) {
      if (Object.keys(connection.subscriptions).length > MAX_OPERATIONS) {
        const extensions = { code: 'TOO_MANY_OPERATIONS' }
        return [new GraphQLError(`At most ${MAX_OPERATIONS} operations may run on one connection.`, { extensions })]
      }
      try {
        return await prepare(graphql, connection.extra.request, payload)
      } catch (error) {
        if (error instanceof GraphQLError) return [error]
        throw error
      }
    },
  })
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => serve(socket, request))

  function serve(socket: WebSocket, request: IncomingMessage): void {
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
    // What a client does wrong (e.g. a message that is too large) closes its own socket; it is no fault of ours.
    socket.on('error', (error) => logger.debug({ err: error }, 'A WebSocket was closed'))
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // Resolves when the message is on its way: a client that does not read holds its own operations up, and each
        // feed's buffer decides what becomes of that.
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) resolve()
            else socket.send(data, (error) => (error ? reject(error) : resolve()))
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (hear) =>
          socket.on('message', (message) => {
            hear(String(message)).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return
              logger.error({ err: error }, 'A WebSocket message could not be handled')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          }),
      },
      { request },
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
