import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import manifest from '../package.json' with { type: 'json' }
import { parseConfig } from '../server/config.ts'
import { FILE_KEYS } from '../server/boot/secret-files.ts'
import { root } from '../server/setup.mjs'

type Value = string | number | boolean

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, Value>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly unknown[]
  readonly user?: string
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly networks?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  readonly mem_limit?: string
  readonly cpus?: Value
  readonly pids_limit?: number
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, Value>> } }
}

interface File {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly name?: string }>>
}

/** What Compose puts in the place of variables where none is set; `$$` stays a dollar sign. */
function withDefaults(text: string): string {
  return text.replaceAll(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (whole, _name, kind?: string, value?: string) => {
    if (whole === '$$') return '$'
    return kind === '-' ? (value ?? '') : 'given'
  })
}

const read = (name: string): string => readFileSync(join(root, 'docker', name), 'utf8')
const load = (name: string): File => parse(withDefaults(read(name)), { merge: true }) as File
const files = { 'compose.yml': load('compose.yml'), 'stack.yml': load('stack.yml') }
const services = Object.entries(files).flatMap(([file, { services }]) =>
  Object.entries(services).map(([name, service]) => [`${file}: ${name}`, service] as const),
)

describe.each(services)('%s', (name, service) => {
  it('publishes nothing but on the loopback address', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(service.network_mode).not.toBe('host')
  })

  it('has limits of memory, processors, processes and logs', () => {
    const limits = service.deploy?.resources?.limits ?? {}
    expect(service.mem_limit ?? limits['memory']).toMatch(/^\d+[mg]$/)
    expect(Number(service.cpus ?? limits['cpus'])).toBeGreaterThan(0)
    expect(Number(service.pids_limit ?? limits['pids'])).toBeGreaterThan(0)
    expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' })
  })

  it('has no capabilities, no privileges, and a root that it cannot write to', () => {
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.cap_add).toBeUndefined()
    expect(service.privileged).toBeUndefined()
    expect(service.read_only).toBe(true)
    // Swarm has no such option.
    if (name.startsWith('compose')) expect(service.security_opt).toEqual(['no-new-privileges:true'])
  })

  it('holds no password, neither in its variables nor in an address', () => {
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      const isSecret = /PASSWORD|SECRET|TOKEN/.test(key)
      if (isSecret)
        expect([key, value]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/(run\/)?secrets\//)])
      expect(String(value)).not.toMatch(/:\/\/[^/\s@]*:[^/\s@]*@/)
    }
  })

  it('is root only where the socket of Docker, or a new volume, is', () => {
    const mountsSocket = JSON.stringify(service.volumes ?? []).includes('docker.sock')
    const isRoot = service.user === '0:0'
    expect(mountsSocket).toBe(name.endsWith(': docker-proxy'))
    expect(isRoot).toBe(/: (docker-proxy|secrets)$/.test(name))
    if (isRoot) expect(service.networks ?? []).toEqual(mountsSocket ? ['docker'] : [])
  })
})

describe.each(Object.entries(files))('%s', (name, { services, networks }) => {
  const settings = (service: string): Record<string, string> =>
    Object.fromEntries(Object.entries(services[service]?.environment ?? {}).map(([key, value]) => [key, String(value)]))

  it('keeps stores and proxy in networks without a way out', () => {
    expect(networks).toMatchObject({ stores: { internal: true }, docker: { internal: true } })
    for (const store of ['postgres', 'mongo']) expect(services[store]?.networks).toEqual(['stores'])
    // Where engines reach it, and nothing else that keeps data.
    const engines = name === 'compose.yml' ? 'redis' : 'engines'
    expect(services['redis']?.networks).toEqual(['stores', engines])
    if (engines === 'redis') expect(networks['redis']).toMatchObject({ internal: true })
  })

  it('gives the server settings that it takes, and reads each password from a file', () => {
    const env = settings('server')
    // Read last, and by another door than the rest: the launcher of swarms has settings of its own.
    const { LAUNCHER, ...rest } = env
    const parsed = parseConfig({ ...rest, LAUNCHER: LAUNCHER === 'swarm' ? 'docker' : LAUNCHER }, () => 'from-a-file')
    expect(parsed.ok ? [] : parsed.faults).toEqual([])
    expect(parsed).toMatchObject({
      config: {
        databaseUrl: 'postgresql://aw_trade:from-a-file@postgres:5432/aw_trade',
        mongoUrl: 'mongodb://aw_trade:from-a-file@mongo:27017/aw_trade?authSource=admin',
        redisUrl: 'redis://server:from-a-file@redis:6379',
      },
    })
    for (const key of Object.keys(env).filter((key) => key.endsWith('_FILE'))) {
      expect(FILE_KEYS).toContain(key.replace(/_FILE$/, ''))
    }
  })

  it('tells server and proxy the same of engines, and names the images of this version', () => {
    const engines = (service: string) =>
      Object.fromEntries(
        Object.entries(settings(service)).filter(([key]) => key.startsWith('ENGINE_') && key !== 'ENGINE_REDIS_URL'),
      )
    expect(engines('docker-proxy')).toEqual(engines('server'))
    expect(engines('server')['ENGINE_IMAGE']).toBe(`aw-trade-engine:${manifest.version}`)
    expect(services['server']?.image).toBe(`aw-trade-server:${manifest.version}`)
    expect(services['docker-proxy']?.image).toBe(services['server']?.image)
  })
})

it('names in .env.example every variable of the files, and no other', () => {
  const named = new Set([...read('.env.example').matchAll(/^#?([A-Z][A-Z_]*)=/gm)].map((match) => match[1]))
  const texts = [read('compose.yml'), read('stack.yml')].map((text) => text.replaceAll('$$', ''))
  const used = new Set(texts.flatMap((text) => [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1])))
  expect([...named].sort()).toEqual([...used].sort())
})

it('lets an operator set in either file what README.md tells operators to set', () => {
  const named = [...read('README.md').matchAll(/`((?:SWARM|COINBASE|TAPES)_[A-Z_]*[A-Z])`/g)].map((match) => match[1])
  const roles = [...read('README.md').matchAll(/`(_[A-Z]+)`/g)].map((match) => `SWARM_CONSTRAINTS${match[1]}`)
  const text = read('compose.yml') + read('stack.yml')
  expect([...named, ...roles].filter((name) => !text.includes(`\${${name}`))).toEqual([])
  expect(roles).toHaveLength(3)
})
