import { describe, expect, it } from 'vitest'
import { containerOf } from '../launcher/docker/spec.ts'
import type { DockerSettings } from '../launcher/docker/settings.ts'
import type { ProxyLimits } from './limits.ts'
import { ruleOn } from './rules.ts'

const LIMITS: ProxyLimits = {
  image: 'aw-trade-engine:1',
  tapes: 'aw-trade-tapes',
  memoryMb: 256,
  cpus: 1,
  pids: 64,
  redisNetwork: 'aw-trade-redis',
  serverContainer: 'aw-trade-server',
  swarmNetwork: 'aw-trade-engines',
}
const settings: DockerSettings = { ...LIMITS, host: 'tcp://docker-proxy:2375', user: '1000:1000' }

/** What the launcher asks for a streamer that plays a tape. */
const streamer = (changes: Partial<DockerSettings> = {}) =>
  containerOf(
    {
      entry: 'streamer',
      role: 'STREAMER',
      owner: 'someone',
      serves: 'udp',
      outbound: false,
      tape: { variable: 'TAPE_PATH', path: '/data/tapes/monday.tape' },
      env: { PRODUCTS: 'BTC-USD' },
    },
    { instance: 'abc', tapes: '/data/tapes', settings: { ...settings, ...changes } },
  )

const rule = (method: string, url: string, body?: unknown) => ruleOn({ method, url, body }, LIMITS)
const filters = (label: readonly string[]) => encodeURIComponent(JSON.stringify({ label }))
const labels = { 'aw-trade': '1', 'aw-trade.instance': 'abc', 'aw-trade.owner': 'someone' }
const network = { Name: 'aw-trade-abc-someone', Driver: 'bridge', CheckDuplicate: true, Internal: true, Labels: labels }

describe('what the launcher asks of Docker', () => {
  it('goes on, written anew, once the network is known to be ours', () => {
    const body = streamer()
    // The client library says it all twice; of the address only the name goes on.
    expect(rule('POST', '/containers/create?name=other&HostConfig=%7B%22Privileged%22%3Atrue%7D', body)).toEqual({
      allowed: true,
      path: '/containers/create?name=aw-trade-abc-someone-streamer',
      body,
      touches: [{ kind: 'networks', id: 'aw-trade-abc-someone' }],
    })
  })

  it.each<[method: string, url: string, body: unknown, path: string, touches: number]>([
    ['GET', '/_ping', undefined, '/_ping', 0],
    ['GET', '/v1.43/images/aw-trade-engine:1/json', undefined, '/images/aw-trade-engine:1/json', 0],
    ['POST', '/containers/abc/start', undefined, '/containers/abc/start', 1],
    ['POST', '/containers/abc/kill?signal=SIGKILL&x=1', undefined, '/containers/abc/kill?signal=SIGKILL', 1],
    ['GET', '/containers/abc/json', undefined, '/containers/abc/json', 1],
    ['DELETE', '/containers/abc?force=true&v=true', undefined, '/containers/abc?force=true&v=true', 1],
    ['POST', '/networks/create', network, '/networks/create', 0],
    ['GET', '/networks/n', undefined, '/networks/n', 1],
    ['DELETE', '/networks/n', undefined, '/networks/n', 1],
    [
      'POST',
      '/networks/n/connect',
      { Container: 'aw-trade-server', EndpointConfig: { Aliases: [] } },
      '/networks/n/connect',
      1,
    ],
    ['POST', '/networks/n/connect', { Container: 'c', EndpointConfig: { Aliases: ['s'] } }, '/networks/n/connect', 2],
    ['POST', '/networks/n/disconnect', { Container: 'c', Force: true }, '/networks/n/disconnect', 1],
    [
      'POST',
      '/networks/aw-trade-redis/connect',
      { Container: 'c', EndpointConfig: { Aliases: [] } },
      '/networks/aw-trade-redis/connect',
      1,
    ],
  ])('goes on: %s %s', (method, url, body, path, touches) => {
    const ruling = rule(method, url, body)
    expect(ruling).toMatchObject({ allowed: true, path })
    expect(ruling.allowed ? ruling.touches : []).toHaveLength(touches)
  })

  it('is listed by our label', () => {
    for (const path of ['/containers/json', '/networks', '/events']) {
      expect(rule('GET', `${path}?all=true&filters=${filters(['aw-trade.instance=abc'])}`)).toMatchObject({
        allowed: true,
      })
      for (const label of [[], ['aw-trade.instance='], ['com.docker.compose.project=x']]) {
        expect(rule('GET', `${path}?filters=${filters(label)}`).allowed).toBe(false)
      }
      expect(rule('GET', path).allowed).toBe(false)
      expect(rule('GET', `${path}?filters=nonsense`).allowed).toBe(false)
    }
  })

  it('is attached to as a stream, and never with what a container said before', () => {
    expect(rule('POST', '/containers/abc/attach?logs=1')).toMatchObject({
      allowed: true,
      hijack: true,
      path: '/containers/abc/attach?stream=1&stdin=1&stdout=1&stderr=1&logs=0',
    })
  })
})

describe('a container', () => {
  const made = (changes: Record<string, unknown>, host: Record<string, unknown> = {}) => {
    const body = streamer()
    return rule('POST', '/containers/create', { ...body, ...changes, HostConfig: { ...body.HostConfig, ...host } })
  }
  const logs = (size: string) => ({ Type: 'json-file', Config: { 'max-size': size, 'max-file': '2' } })
  const mount = { Type: 'volume', Target: '/tapes', ReadOnly: true }

  it.each<[what: string, ruling: ReturnType<typeof rule>]>([
    ['without a body', rule('POST', '/containers/create')],
    ['of another image', made({ Image: 'alpine' })],
    ['with another program', made({ Cmd: ['sh'] })],
    ['with another entry point', made({ Entrypoint: ['sh'] })],
    ['that is root', made({ User: '0:0' })],
    ['with privileges', made({}, { Privileged: true })],
    ['with capabilities', made({}, { CapAdd: ['SYS_ADMIN'] })],
    ['in the network of the host', made({}, { NetworkMode: 'host' })],
    ['with a bind', made({}, { Binds: ['/:/host'] })],
    ['with a folder of the host', made({}, { Mounts: [{ ...mount, Type: 'bind', Source: '/' }] })],
    ['with another volume', made({}, { Mounts: [{ ...mount, Source: 'aw-trade_secret-postgres' }] })],
    ['with a health check of its own', made({ Healthcheck: { ...streamer().Healthcheck, Test: ['CMD-SHELL', 'id'] } })],
    ['with code for Node', made({ Env: ['NODE_OPTIONS=--import=data:text/javascript,0'] })],
    ['with a library for the loader', made({ Env: ['LD_PRELOAD=/tapes/x.so'] })],
    ['with programs of its own', made({ Env: ['PATH=/tapes'] })],
    ['with a /tmp that runs programs', made({}, { Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,exec,size=16m' } })],
    ['with a log without end', made({}, { LogConfig: logs('999999999m') })],
    [
      'that passes for a service of Compose',
      made({ Labels: { ...streamer().Labels, 'com.docker.compose.service': 'postgres' } }),
    ],
    ['in a network whose name is a path', made({}, { NetworkMode: 'aw-trade-abc/../bridge' })],
    ['with more memory', made({}, { Memory: 512 * 1024 * 1024, MemorySwap: 512 * 1024 * 1024 })],
    ['with more processors', made({}, { NanoCpus: 2e9 })],
    ['with more processes', made({}, { PidsLimit: 65 })],
    ['with a port', made({}, { PortBindings: { '8888/udp': [{ HostIp: '127.0.0.1', HostPort: '' }] } })],
    ['in two networks', made({ NetworkingConfig: { EndpointsConfig: { 'aw-trade-prod_stores': { Aliases: [] } } } })],
  ])('%s is refused', (_what, ruling) => {
    expect(ruling.allowed).toBe(false)
  })
})

describe('whatever else may be asked', () => {
  it.each<[method: string, url: string, body?: unknown]>([
    ['POST', '/containers/abc/exec', { Cmd: ['sh'] }],
    ['POST', '/exec/abc/start'],
    ['GET', '/containers/abc/archive?path=/'],
    ['PUT', '/containers/abc/archive?path=/'],
    ['GET', '/containers/abc/logs'],
    ['POST', '/containers/abc/update', {}],
    ['POST', '/containers/abc/stop'],
    ['POST', '/build'],
    ['POST', '/images/create?fromImage=x'],
    ['GET', '/images/json'],
    ['GET', '/images/alpine/json'],
    ['DELETE', '/images/aw-trade-engine:1'],
    ['POST', '/volumes/create', {}],
    ['GET', '/volumes'],
    ['POST', '/services/create', {}],
    ['GET', '/secrets'],
    ['POST', '/swarm/init', {}],
    ['POST', '/containers/create/', {}],
    ['POST', '//containers/create', {}],
    ['POST', '/v1.43/../containers/create', {}],
    ['GET', '/containers/../images/json'],
    ['GET', '/containers/a%2Fb/json'],
    ['POST', '/containers/a/b/start'],
    ['POST', '/networks/create', { ...network, Driver: 'macvlan' }],
    ['POST', '/networks/create', { ...network, Name: 'stores' }],
    ['POST', '/networks/create', { ...network, Labels: {} }],
    ['POST', '/networks/create', { ...network, Labels: { ...labels, 'com.docker.compose.network': 'stores' } }],
    ['POST', '/networks/create', { ...network, Internal: false }],
    ['POST', '/networks/create', { ...network, IPAM: { Config: [] } }],
    ['POST', '/networks/n/connect', { Container: 'c', EndpointConfig: { Aliases: [], IPAMConfig: {} } }],
    ['POST', '/networks/n/connect'],
    ['POST', '/networks/aw-trade-redis/connect', { Container: 'c', EndpointConfig: { Aliases: ['redis'] } }],
    ['DELETE', '/networks/aw-trade-redis'],
    ['POST', '/networks/aw-trade-redis/disconnect', { Container: 'redis', Force: true }],
  ])('is refused: %s %s', (method, url, body) => {
    expect(rule(method, url, body).allowed).toBe(false)
  })
})
