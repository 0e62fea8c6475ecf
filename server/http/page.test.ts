import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage } from './page.ts'

const directory = mkdtempSync(join(tmpdir(), 'aw-trade-page-'))
const PAGE = '<!doctype html><div id="root"></div>'
const SCRIPT = 'console.log("a script")'
let server: Server
let port: number

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ port, host: '127.0.0.1', path, headers, method }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response as AsyncIterable<Buffer>) parts.push(part)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })
    })
    outgoing.on('error', reject).end()
  })
}

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'))
  writeFileSync(join(directory, 'index.html'), PAGE)
  writeFileSync(join(directory, 'assets/main-abc.js'), SCRIPT)
  writeFileSync(join(directory, 'assets/main-abc.js.gz'), gzipSync(SCRIPT))
  const page = openPage(directory)
  server = createServer((request, response) => {
    if (!page.serve(request, response, request.url ?? '/')) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(directory, { recursive: true })
})

const BROWSER = { accept: 'text/html,application/xhtml+xml' }

describe('the built page', () => {
  it.each(['/', '/simulations/abc', '/new'])('is what a browser gets that goes to %s', async (path) => {
    const { status, body, headers } = await ask(path, BROWSER)

    expect({ status, text: String(body) }).toEqual({ status: 200, text: PAGE })
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-cache')
  })

  it('lets no script in but its own files, and nobody put it in a frame', async () => {
    const policy = String((await ask('/', BROWSER)).headers['content-security-policy'])

    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("default-src 'none'")
  })

  it('is not sent again to whoever has it', async () => {
    const first = await ask('/', BROWSER)

    const second = await ask('/', { ...BROWSER, 'if-none-match': String(first.headers['etag']) })

    expect([second.status, second.body.length]).toEqual([304, 0])
  })

  it('has assets that may be kept for ever, compressed for those who take that', async () => {
    const plain = await ask('/assets/main-abc.js')
    const zipped = await ask('/assets/main-abc.js', { 'accept-encoding': 'br;q=0, gzip' })

    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect([plain.headers['content-encoding'], String(plain.body)]).toEqual([undefined, SCRIPT])
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(String(gunzipSync(zipped.body))).toBe(SCRIPT)
  })

  it('answers HEAD with the length and no body', async () => {
    const { status, headers, body } = await ask('/', BROWSER, 'HEAD')

    expect([status, headers['content-length'], body.length]).toEqual([200, String(PAGE.length), 0])
  })

  it.each([
    ['an asset of another build', '/assets/main-old.js', BROWSER, 'GET'],
    ['a program that does not ask for a page', '/anything', { accept: '*/*' }, 'GET'],
    ['whatever is not a reading', '/', BROWSER, 'POST'],
    ['a path out of its folder', '/../page.test.ts', { accept: '*/*' }, 'GET'],
  ])('has nothing for %s', async (_name, path, headers, method) => {
    expect((await ask(path, headers, method)).status).toBe(404)
  })

  it('is not there where none was built', () => {
    expect(() => openPage(join(directory, 'nowhere'))).not.toThrow()
  })
})
