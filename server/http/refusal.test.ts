import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { hostNames, refusal } from './refusal.ts'

const statusOf = (names: ReturnType<typeof hostNames>, headers: Record<string, string>, method = 'POST') =>
  refusal({ method, headers } as unknown as IncomingMessage, names)?.[0] ?? 200

describe('a server that others reach', () => {
  const open = hostNames('0.0.0.0', null, 'Workshop')

  it.each(['192.168.1.5:8000', '[fe80::1]:8000', '127.0.0.1', 'localhost:8000', 'workshop:8000', 'workshop.local'])(
    'answers to %s, which no page elsewhere can have made to lead here',
    (host) => {
      expect(statusOf(open, { host })).toBe(200)
    },
  )

  it.each([
    'rebound.example',
    'rebound.example:8000',
    'workshop.example',
    'localhost.rebound.example',
    '',
    '1.2.3.4.example',
  ])('does not answer to "%s", be it that it resolves here', (host) => {
    expect(statusOf(open, { host })).toBe(403)
  })

  it('answers to the names that it was given, and to those alone', () => {
    const named = hostNames('0.0.0.0', ['trade.example'], 'workshop')
    expect(statusOf(named, { host: 'trade.example:8000' })).toBe(200)
    expect(statusOf(named, { host: 'localhost' })).toBe(200)
    expect(statusOf(named, { host: '192.168.1.5' })).toBe(403)
    expect(statusOf(hostNames('trade.example', null, 'workshop'), { host: 'trade.example' })).toBe(200)
    expect(statusOf(hostNames('127.0.0.1', null, 'workshop'), { host: '192.168.1.5' })).toBe(403)
  })

  it('repeats no more of a name than a person needs', () => {
    const [, message] = refusal({ headers: { host: 'x'.repeat(5_000) } } as unknown as IncomingMessage, open)!
    expect(message.length).toBeLessThan(350)
  })
})

describe('a page', () => {
  const local = hostNames('127.0.0.1', null, 'workshop')
  const host = 'localhost:8000'

  it.each([
    ['of this server', { origin: 'http://localhost:8000', 'sec-fetch-site': 'same-origin' }, 200],
    ['of this server behind TLS', { origin: 'https://localhost:8000' }, 200],
    ['of another port of this machine', { origin: 'http://localhost:3000' }, 403],
    ['of another name of this machine', { origin: 'http://127.0.0.1:8000' }, 403],
    ['of a file', { origin: 'null' }, 403],
    ['of another port, as an image', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['of another site, as an image', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['of no site: an address that somebody typed', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
  ])('%s is answered or turned away', (_what, headers, status) => {
    expect(statusOf(local, { host, ...headers }, 'GET')).toBe(status)
  })

  it('elsewhere may link to this one, and may not send it a form', () => {
    const headers = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect(statusOf(local, headers, 'GET')).toBe(200)
    expect(statusOf(local, headers, 'POST')).toBe(403)
  })
})
