import type { IncomingMessage } from 'node:http'
import { readJson } from './json-shape.ts'
import { MAX_BODY_BYTES, MAX_DOCUMENT_LENGTH } from './limits.ts'
import { TOO_LARGE, type Refusal } from './refusal.ts'

/** What a request to the API may hold, as GraphQL over HTTP names it. */
const PARAMETERS = ['query', 'variables', 'operationName', 'extensions']
/** Those of them that are JSON in an address. */
const JSON_PARAMETERS = ['variables', 'extensions']

const bad = (message: string): Refusal => [400, message]

/** Reads a body no further than it may have bytes; null where it has more. */
async function readBytes(request: IncomingMessage): Promise<Buffer | null> {
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

/**
 * Why a body is not even read: a page elsewhere can make a browser send forms and plain text without asking this server first,
 * but no JSON.
 */
function formRefusal(request: IncomingMessage): Refusal | null {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!/^application\/(graphql\+)?json\s*(;|$)/i.test(type))
    return [415, 'Send JSON: a body of the type "application/json" with a "query" in it.']
  if (encoding.toLowerCase() !== 'identity') return [415, 'Send the body as it is, without a "content-encoding".']
  return null
}

/** The body of a request to the API, or why it is not taken. */
export async function readBody(
  request: IncomingMessage,
): Promise<{ readonly body: Readonly<Record<string, unknown>> } | { readonly refused: Refusal }> {
  const form = formRefusal(request)
  if (form !== null) return { refused: form }
  const bytes = await readBytes(request)
  if (bytes === null) return { refused: TOO_LARGE }
  const read = readJson(bytes.toString())
  if ('fault' in read) return { refused: bad(`The body ${read.fault}.`) }
  const body = read.value
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('query' in body))
    return { refused: bad('The body must be one JSON object with a "query".') }
  if (Object.keys(body).some((key) => !PARAMETERS.includes(key)))
    return { refused: bad(`The body may hold ${PARAMETERS.join(', ')}, and nothing else.`) }
  if (typeof body.query === 'string' && body.query.length > MAX_DOCUMENT_LENGTH)
    return { refused: [413, `A document may have at most ${MAX_DOCUMENT_LENGTH} characters; give data as variables.`] }
  return { body: body as Readonly<Record<string, unknown>> }
}

/** Why the query of an address is not taken; null where it is. */
export function addressRefusal(url: string): Refusal | null {
  const start = url.indexOf('?')
  if (start < 0) return null
  const given = new URLSearchParams(url.slice(start))
  for (const name of JSON_PARAMETERS) {
    const read = readJson(given.get(name) || 'null')
    if ('fault' in read) return bad(`"${name}" in the address ${read.fault}.`)
  }
  return null
}
