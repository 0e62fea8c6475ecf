import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative } from 'node:path'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
/** How a file may be sent, the best first; each lies beside it with this ending. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/**
 * Nothing from elsewhere, and no script but the built files. Styles may stand in the page: Mantine writes its variables
 * into style elements. WebSockets of this server's own address are 'self'.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

interface PageFile {
  readonly type: string
  readonly etag: string
  /** By the name of the encoding; `identity` is always there. */
  readonly bodies: ReadonlyMap<string, Buffer>
}

/** The dashboard, as it was built. */
export interface Page {
  /**
   * Answers with a file, or with the page itself where somebody navigates to one of its addresses.
   * @returns whether it had an answer
   */
  serve(request: IncomingMessage, response: ServerResponse, path: string): boolean
}

function readFiles(directory: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = CONTENT_TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const identity = readFileSync(file)
    const bodies = new Map([['identity', identity]])
    for (const [name, ending] of ENCODINGS) {
      if (existsSync(file + ending)) bodies.set(name, readFileSync(file + ending))
    }
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
    files.set(`/${relative(directory, file).replaceAll('\\', '/')}`, { type, etag, bodies })
  }
  return files
}

/** The best encoding that the client takes and the file has; `;q=0` refuses one. */
function encodingFor(request: IncomingMessage, file: PageFile): string {
  const accepted = new Set(
    String(request.headers['accept-encoding'] ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';', 1)[0]),
  )
  return ENCODINGS.find(([name]) => accepted.has(name) && file.bodies.has(name))?.[0] ?? 'identity'
}

function send(request: IncomingMessage, response: ServerResponse, file: PageFile, caching: string): void {
  const encoding = encodingFor(request, file)
  const headers = { ...HEADERS, etag: file.etag, 'cache-control': caching, vary: 'accept, accept-encoding' }
  const known = String(request.headers['if-none-match'] ?? '').split(/\s*,\s*/)
  if (known.some((tag) => tag.replace(/^W\//, '') === file.etag)) {
    response.writeHead(304, headers).end()
    return
  }
  const body = file.bodies.get(encoding)!
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': body.length,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/**
 * Reads what was built (some megabytes) into memory, so that a build that is put in place meanwhile cannot mix with it.
 * @param directory `dist/client`; where it holds no page, nothing is served.
 */
export function openPage(directory: string): Page {
  const files = existsSync(directory) ? readFiles(directory) : new Map<string, PageFile>()
  const index = files.get('/index.html')
  return {
    serve(request, response, path) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const file = path === '/index.html' ? undefined : files.get(path)
      // The names under /assets/ hold a hash of what is in them.
      const caching = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
      const navigates = String(request.headers.accept ?? '').includes('text/html') && !path.startsWith('/assets/')
      const found = file ?? (navigates ? index : undefined)
      if (found === undefined) return false
      send(request, response, found, caching)
      return true
    },
  }
}

/** A server without a page, e.g. in tests of the API. */
export const NO_PAGE: Page = { serve: () => false }
