import { describe, expect, it } from 'vitest'
import { bindFault } from './bind-fault.ts'

const told = (code: string, port: number): string =>
  bindFault(Object.assign(new Error(`bind ${code}`), { code }), {
    place: `UDP 127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    otherPort: 'set BIND_ADDR to another port',
    otherHost: 'Set BIND_ADDR to an address',
  })

describe('an address that cannot be listened on is told with what helps against that:', () => {
  it.each([
    ['a port that another program has', 'EADDRINUSE', 8888, /in use by another program.*set BIND_ADDR to another port/],
    ['no port of all is free', 'EADDRINUSE', 0, /no free port left on 127\.0\.0\.1.*or wait a minute/],
    ['a port that needs rights', 'EACCES', 80, /ports under 1024 need rights.*above 1023/],
    ['a port that a rule forbids', 'EACCES', 8888, /a rule of this system forbids it/],
    ['an address of another machine', 'EADDRNOTAVAIL', 8888, /no address 127\.0\.0\.1\. Set BIND_ADDR to an address/],
    ['an address of a protocol that is off', 'EAFNOSUPPORT', 8888, /does not speak the protocol/],
    ['a name that nobody knows', 'ENOTFOUND', 8888, /no host called 127\.0\.0\.1/],
    ['too many open files', 'EMFILE', 0, /too many files and connections are open.*ulimit -n/],
    ['no memory', 'ENOBUFS', 8888, /no memory left/],
    ['what nobody has thought of', 'EPROTO', 8888, /cannot be opened: bind EPROTO/],
  ])('%s', (_what, code, port, text) => {
    expect(told(code, port)).toMatch(text)
    if (code !== 'EADDRINUSE' || port === 0) expect(told(code, port)).not.toContain('another program.')
  })
})
