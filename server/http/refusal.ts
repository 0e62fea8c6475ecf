import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { quoted } from '../../schema/text.ts'
import { MAX_BODY_BYTES } from './limits.ts'

/** Why a request is not served: the status, and a sentence for a person. */
export type Refusal = readonly [status: number, message: string]

/** What is said to a larger one. */
export const TOO_LARGE: Refusal = [413, `The body may have at most ${MAX_BODY_BYTES} bytes.`]
/** Names and addresses that only this machine has. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

/** What a server is called by those who may use it. */
export interface HostNames {
  /** Besides localhost. */
  readonly names: readonly string[]
  /** Whether any address in numbers is right too: no name leads to one, so nobody else can have made it point here. */
  readonly literals: boolean
}

/**
 * The names that a server answers to.
 * @param host where it listens @param allowed the names that it was given; null: none @param machine this machine's name
 */
export function hostNames(host: string, allowed: readonly string[] | null, machine: string): HostNames {
  if (allowed !== null) return { names: allowed, literals: false }
  if (LOOPBACK.test(host)) return { names: [], literals: false }
  const own = machine.toLowerCase()
  return { names: [own, `${own}.local`, ...(isIP(host) === 0 ? [host.toLowerCase()] : [])], literals: true }
}

function hostnameOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null
}

function hostRefusal(host: string, { names, literals }: HostNames): Refusal | null {
  const hostname = hostnameOf(`http://${host}`)
  if (hostname !== null) {
    if (LOOPBACK.test(hostname) || names.includes(hostname)) return null
    if (literals && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return null
  }
  const answers = [...new Set(['localhost', ...names])].join(', ')
  const others = literals ? `${answers} and addresses in numbers` : answers
  return [
    403,
    `This server answers to ${others}, not to ${quoted(host)}. Set HOST or ALLOWED_HOSTS to open it to others.`,
  ]
}

/** Whether a browser says that what it opens is a page for its user to see, e.g. through a link. */
const isVisit = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate'

/** Pages of other ports are others too: whatever else somebody runs on this machine has one of its own. */
function originRefusal(request: IncomingMessage, host: string): Refusal | null {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return [403, `Pages from ${quoted(origin)} may not use this server.`]
  // Without an Origin, as for an image, browsers still say whose page it is.
  if ((site === 'cross-site' || site === 'same-site') && !isVisit(request))
    return [403, 'Pages from elsewhere may not use this server.']
  return null
}

/**
 * Why a request is not served; null where it is. The server has no passwords, so a web page of somebody else's, open in
 * the user's browser, must not be able to give it orders: its Origin betrays it, and so does a Host name that was made to
 * point here.
 */
export function refusal(request: IncomingMessage, names: HostNames): Refusal | null {
  const { host = '', 'content-length': length } = request.headers
  const refused = hostRefusal(host, names) ?? originRefusal(request, host)
  if (refused !== null) return refused
  return Number(length ?? 0) > MAX_BODY_BYTES ? TOO_LARGE : null
}
