import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { LABEL } from '../launcher/docker/spec.ts'
import type { ProxyLimits } from './limits.ts'
import { ruleOn, type Asked, type Ruling, type Touched } from './rules.ts'

/** The largest body of a request: the spec of a container has a few thousand bytes. */
const MAX_BODY_BYTES = 256 * 1024
/** The client library repeats a body in the address. */
const MAX_HEADER_BYTES = 128 * 1024
/** The most of an answer that is read to look at labels. */
const MAX_INSPECT_BYTES = 4 * 1024 * 1024
const MAX_CONNECTIONS = 1_000
/** How long Docker may take to answer; a stream that is open may be silent for as long as it likes. */
const ANSWER_MS = 30_000

export interface ProxyOptions {
  /** Path of Docker's socket. */
  readonly socketPath: string
  readonly limits: ProxyLimits
  readonly log: (entry: { readonly method: string; readonly path: string; readonly reason: string }) => void
}

type Allowed = Extract<Ruling, { allowed: true }>

/** Why a request does not go on, as Docker itself would answer. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

async function readAll(stream: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    size += part.length
    if (size > most) throw new Refusal(413, `it has more than ${most} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    throw new Refusal(400, 'its body is not JSON')
  }
}

/** Lets through to Docker what `ruleOn` allows, written anew from what was read of it. */
export function createDockerProxy({ socketPath, limits, log }: ProxyOptions): Server {
  const ask = ({ method, path, body }: { method: string; path: string; body?: unknown }, upgrade: boolean) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      host: 'docker',
      'content-length': Buffer.byteLength(text),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(upgrade ? { connection: 'Upgrade', upgrade: 'tcp' } : {}),
    }
    const asked = request({ socketPath, method, path, headers, agent: false, timeout: ANSWER_MS })
    asked.once('timeout', () => asked.destroy(new Error('Docker does not answer')))
    asked.once('response', () => asked.setTimeout(0)).once('upgrade', () => asked.setTimeout(0))
    asked.end(text)
    return asked
  }
  const answerTo = (method: string, path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      ask({ method, path }, false).once('response', resolve).once('error', reject)
    })
  /** @throws Refusal where something is not ours; what is not there at all may be asked about: Docker says so. */
  const mustBeOurs = async ({ kind, id }: Touched): Promise<void> => {
    const answer = await answerTo('GET', `/${kind}/${id}${kind === 'containers' ? '/json' : ''}`)
    const bytes = await readAll(answer, MAX_INSPECT_BYTES)
    if (answer.statusCode === 404) return
    const found = JSON.parse(bytes.toString()) as {
      Labels?: Record<string, string> | null
      Config?: { Labels?: Record<string, string> | null }
      Spec?: { Labels?: Record<string, string> | null }
    }
    const labels = { containers: found.Config?.Labels, networks: found.Labels, services: found.Spec?.Labels }[kind]
    if (labels?.[LABEL.ours] !== '1') throw new Refusal(403, `${id} is not one of AW-Trade's ${kind}`)
  }
  const judge = async (asked: Asked): Promise<Allowed> => {
    const ruling = ruleOn(asked, limits)
    if (!ruling.allowed) throw new Refusal(403, ruling.reason)
    for (const touched of ruling.touches) await mustBeOurs(touched)
    return ruling
  }
  /** What is told to whoever asked, and noted. */
  const explain = (incoming: IncomingMessage, error: unknown): readonly [status: number, body: string] => {
    const status = error instanceof Refusal ? error.status : 502
    const reason = error instanceof Error ? error.message : String(error)
    log({ method: incoming.method ?? '', path: (incoming.url ?? '').split('?', 1)[0] ?? '', reason })
    const message = status === 502 ? `Docker cannot be reached by its proxy: ${reason}` : `The proxy refuses: ${reason}`
    return [status, `${JSON.stringify({ message })}\n`]
  }

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming
    const body = parseBody(await readAll(incoming, MAX_BODY_BYTES))
    if (method === 'GET' && url === '/ready') {
      const answer = await answerTo('GET', '/_ping')
      answer.resume()
      response.writeHead(answer.statusCode === 200 ? 200 : 503).end()
      return
    }
    const allowed = await judge({ method, url, body })
    if (allowed.hijack === true) throw new Refusal(400, 'this must ask for an upgrade')
    const asked = ask({ method, ...allowed }, false)
    // Whoever asked is gone: a stream of events must not stay open for nobody.
    response.once('close', () => asked.destroy())
    await new Promise<void>((resolve, reject) => {
      asked.once('error', reject).once('response', (answer) => {
        const type = answer.headers['content-type']
        response.writeHead(answer.statusCode ?? 502, type === undefined ? {} : { 'content-type': type })
        response.flushHeaders()
        answer.once('error', () => response.destroy())
        answer.pipe(response).once('close', resolve)
      })
    })
  }
  const splice = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const { method = '', url = '', headers } = incoming
    const first = await dropBody(socket, head, Number(headers['content-length'] ?? 0))
    const allowed = await judge({ method, url, body: undefined })
    if (allowed.hijack !== true) throw new Refusal(400, 'this cannot be upgraded')
    const asked = ask({ method, path: allowed.path }, true)
    await new Promise<void>((resolve, reject) => {
      asked.once('error', reject)
      // Refused by Docker. Its words go back; the connection carries nothing more.
      asked.once('response', (answer) => {
        readAll(answer, MAX_BODY_BYTES)
          .then((bytes) => resolve(endWith(socket, answer.statusCode ?? 502, bytes.toString())))
          .catch(reject)
      })
      asked.once('upgrade', (_answer, docker, early) => {
        socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
        if (early.length > 0) socket.write(early)
        if (first.length > 0) docker.write(first)
        docker.on('error', () => socket.destroy())
        socket.on('error', () => docker.destroy())
        docker.once('close', () => socket.destroy())
        socket.once('close', () => docker.destroy())
        socket.pipe(docker).pipe(socket)
        resolve()
      })
    })
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      const [status, text] = explain(incoming, error)
      if (response.headersSent) response.destroy()
      else response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text)
    })
  })
  server.on('upgrade', (incoming: IncomingMessage, socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    splice(incoming, socket, head).catch((error: unknown) => endWith(socket, ...explain(incoming, error)))
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}

function endWith(socket: Duplex, status: number, text: string): void {
  const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close`
  socket.end(`HTTP/1.1 ${status} Refused\r\n${headers}\r\n\r\n${text}`)
}

/** Takes the body of a request to upgrade off its stream. @returns what of the stream came behind it. */
async function dropBody(socket: Duplex, head: Buffer, length: number): Promise<Buffer> {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BODY_BYTES)
    throw new Refusal(413, 'its body is too long')
  let bytes = head
  while (bytes.length < length) {
    const more = socket.read() as Buffer | null
    if (more !== null) bytes = Buffer.concat([bytes, more])
    else if (socket.readableEnded || socket.destroyed) throw new Refusal(400, 'its body is cut short')
    else await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve))
  }
  return bytes.subarray(length)
}
