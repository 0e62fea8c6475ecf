import type { IncomingMessage } from 'node:http'
import { MAX_BODY_BYTES } from './limits.ts'

/** What is said to a larger one. */
export const TOO_LARGE = [413, `The body may have at most ${MAX_BODY_BYTES} bytes.`] as const
/** Names and addresses that only this machine has. */
export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

function hostnameOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null
}

/**
 * Why a request is not served; null where it is. The server has no passwords, so a web page of somebody else's, open in
 * the user's browser, must not be able to give it orders: its Origin betrays it, and so does a Host name that was
 * made to point here, where those that are meant are known.
 * @param allowed Host names besides this machine's own; null: any.
 */
export function refusal(
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
export async function readChunked(request: IncomingMessage): Promise<Buffer | null> {
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
