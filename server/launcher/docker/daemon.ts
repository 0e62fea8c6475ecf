import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type Docker from 'dockerode'

/** How long an answer of Docker may take, other than a stream's. */
const ANSWER_MS = 20_000

/** A fault of Docker as a sentence for a person. */
export class DockerError extends Error {
  override readonly name = 'DockerError'
  /** The HTTP status of Docker's answer; null where there was none. */
  readonly status: number | null

  constructor(message: string, status: number | null, cause: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/** Docker's interface, and what to make of its errors. */
export interface DockerDaemon {
  /** Answers within 20 s, or fails. */
  readonly calls: Docker
  /** For what stays open: attached streams and events. */
  readonly streams: Docker
  /** Does something with Docker. @throws DockerError */
  ask<Answer>(what: string, work: () => Promise<Answer>): Promise<Answer>
  /** Opens a stream: that must begin within 20 s, and may then be silent for as long as it likes. @throws DockerError */
  open<Stream>(what: string, work: (signal: AbortSignal) => Promise<Stream>): Promise<Stream>
}

/** What a Node error says of the way to Docker; null where it is no such error. */
function wayFault(code: string | undefined, host: string): string | null {
  const at = `Docker cannot be reached at ${host}`
  switch (code) {
    case 'ENOENT':
      return `${at}: there is no such socket. Start Docker, or set DOCKER_HOST to where it listens.`
    case 'ECONNREFUSED':
      return `${at}: nothing listens there. Start Docker, or set DOCKER_HOST to where it listens.`
    case 'EACCES':
    case 'EPERM':
      return `${at}: this user may not. Add the user to the group "docker", or give the server another DOCKER_HOST.`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ABORT_ERR':
      return `${at}: the connection broke, or no answer came in time.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return `${at} (${code}). Look at DOCKER_HOST and at the network.`
    default:
      return null
  }
}

/** What Docker's answer means for a person. */
function answerFault(what: string, status: number, said: string, image: string): string {
  if (status === 404 && /no such image/i.test(said)) {
    return `There is no image ${image} on Docker's host. Build the images with "npm run images", or set ENGINE_IMAGE.`
  }
  if (status === 409 && /name .* is already in use/i.test(said)) {
    const name = /name "?\/?([^\s"]+)"? is already/.exec(said)?.[1] ?? 'of that name'
    return `A container ${name} exists already. Remove it with "docker rm -f ${name}", then start the simulation again.`
  }
  if (/non-overlapping IPv4 address pool|no available network|fully subnetted/i.test(said)) {
    return 'Docker has no addresses left for another network. Stop simulations, or give Docker more in its daemon.json (default-address-pools).'
  }
  if (status === 404 && /network .* not found/i.test(said)) {
    return `${what}: the simulation's network is gone; somebody removed it. Start the simulation again. Docker said: ${said}`
  }
  if (/bind source path does not exist|invalid mount config/i.test(said)) {
    return `Docker's host does not have the folder of tapes: set ENGINE_TAPES to the volume or the path that it has there. Docker said: ${said}`
  }
  return `${what}: Docker refused (${status}): ${said}`
}

/** What went wrong with Docker, as a sentence. */
function explain(error: unknown, what: string, host: string, image: string): DockerError {
  if (error instanceof DockerError) return error
  const { code, statusCode, json, message } = error as {
    code?: string
    statusCode?: number
    json?: { message?: string } | null
    message?: string
  }
  const way = statusCode === undefined ? wayFault(code, host) : null
  if (way !== null) return new DockerError(way, null, error)
  const said = (json?.message ?? message ?? String(error)).trim()
  if (statusCode === undefined) return new DockerError(`${what}: ${said}`, null, error)
  return new DockerError(answerFault(what, statusCode, said, image), statusCode, error)
}

/** Where Docker listens, in the client's own terms. Certificates come from Docker's own variables, as for its command line. */
function clientOptions(host: string): Docker.DockerOptions {
  // Named even where they are nothing: the client would else take them from the environment.
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), host: undefined, port: undefined, protocol: 'http' }
  }
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'))
  return { host: hostname, port: port === '' ? 2375 : Number(port), socketPath: undefined }
}

/** Loaded when Docker is first talked to: it brings much along, and most servers launch processes. */
function newClient(options: Docker.DockerOptions): Docker {
  const Client = createRequire(import.meta.url)('dockerode') as typeof Docker
  return new Client(options)
}

export interface DaemonOptions {
  readonly host: string
  /** Only named in what it says. */
  readonly image: string
  /** How long an answer may take; 20,000 ms unless told otherwise. */
  readonly answerMs?: number
}

/** Docker at `host`. */
export function createDaemon({ host, image, answerMs = ANSWER_MS }: DaemonOptions): DockerDaemon {
  const options = clientOptions(host)
  let calls: Docker | undefined
  let streams: Docker | undefined
  const ask = async <Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> => {
    try {
      if (options.socketPath !== undefined && !existsSync(options.socketPath)) throw new NoSocketError()
      return await work()
    } catch (error) {
      throw explain(error, what, host, image)
    }
  }
  return {
    get calls() {
      return (calls ??= newClient({ ...options, timeout: answerMs }))
    },
    get streams() {
      return (streams ??= newClient(options))
    },
    ask,
    async open(what, work) {
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(), answerMs)
      try {
        return await ask(what, () => work(abort.signal))
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** As the client itself fails where there is no socket. */
class NoSocketError extends Error {
  readonly code = 'ENOENT'
}

/** Whether Docker says that something is not there (any more). */
export const isMissing = (error: unknown): boolean => error instanceof DockerError && error.status === 404
