import type { ContainerCreateOptions } from 'dockerode'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalog } from '../../../engines/algorithm/catalog.ts'
import { defaultsOf, takenName } from '../../../engines/domain/parameters.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import { simulatorParameters } from '../../../engines/simulator/parameters.ts'
import {
  algorithmEngine,
  backtestEngine,
  liveStreamer,
  replayStreamer,
  sandboxEngine,
  simulatorEngine,
  type OwnerlessSpec,
} from '../../simulations/engine-specs.ts'
import type { DockerSettings } from './settings.ts'
import { checkContainer, containerOf, type ContainerContext } from './spec.ts'
import type { EngineSpec } from '../port.ts'

const settings: DockerSettings = {
  host: 'unix:///nowhere',
  image: 'aw-trade-engine:test',
  memoryMb: 128,
  cpus: 0.5,
  pids: 32,
  tapes: null,
  user: '1000:1000',
  redisNetwork: null,
  serverContainer: null,
}
const context: ContainerContext = { instance: '0badcafe', settings, tapes: '/data/tapes' }
const SIMULATION = '6f1e6a38-5f0e-4c0c-9a43-0a7c3c1d2e3f'
const spec: EngineSpec = {
  entry: 'streamer',
  role: 'STREAMER',
  owner: SIMULATION,
  serves: 'udp',
  outbound: false,
  tape: { variable: 'TAPE_PATH', path: '/data/tapes/sample.tape' },
  env: { SOURCE: 'tape', PRODUCTS: 'BTC-USD' },
}
const built = (changes: Partial<EngineSpec> = {}, more: Partial<DockerSettings> = {}): ContainerCreateOptions =>
  containerOf({ ...spec, ...changes }, { ...context, settings: { ...settings, ...more } })

describe('the container of an engine', () => {
  it('has no rights, a root that cannot be written, limits on all it could take too much of, and a health check', () => {
    expect(built().HostConfig).toEqual({
      NetworkMode: `aw-trade-0badcafe-${SIMULATION}`,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=16m' },
      Memory: 128 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      NanoCpus: 500_000_000,
      PidsLimit: 32,
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      Mounts: [{ Type: 'bind', Source: '/data/tapes', Target: '/tapes', ReadOnly: true }],
      PortBindings: { '8888/udp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    })
    expect(built()).toMatchObject({
      User: '1000:1000',
      Cmd: ['streamer'],
      OpenStdin: true,
      StdinOnce: false,
      Tty: false,
    })
    expect(built().Healthcheck?.Test).toEqual(['CMD', '/bin/sh', '/app/alive.sh'])
  })

  it('says whose it is, and is found by the names of its role and, for the server alone, its owner', () => {
    const { name, Labels, NetworkingConfig } = built()
    expect(name).toBe(`aw-trade-0badcafe-${SIMULATION}-streamer`)
    expect(Labels).toEqual({
      'aw-trade': '1',
      'aw-trade.instance': '0badcafe',
      'aw-trade.owner': SIMULATION,
      'aw-trade.simulation': SIMULATION,
      'aw-trade.role': 'STREAMER',
      'aw-trade.entry': 'streamer',
    })
    const network = `aw-trade-0badcafe-${SIMULATION}`
    expect(NetworkingConfig?.EndpointsConfig).toEqual({
      [network]: { Aliases: ['streamer', `streamer-${SIMULATION}`] },
    })
    expect(built({ owner: 'sandbox-1-docker', tape: null }).Labels).not.toHaveProperty(['aw-trade.simulation'])
  })

  it('is told its own variables, its channel, its address and its tape, and nothing else', () => {
    expect(built().Env).toEqual([
      'SOURCE=tape',
      'PRODUCTS=BTC-USD',
      'CONTROL=stdio',
      'BIND_ADDR=0.0.0.0:8888',
      'TAPE_PATH=/tapes/sample.tape',
    ])
  })

  it.each<[what: string, changes: Partial<EngineSpec>, settings: Partial<DockerSettings>, mounts: unknown]>([
    ['no tape', { tape: null }, {}, []],
    [
      'a tape to be recorded',
      { tape: { variable: 'RECORD_PATH', path: '/data/tapes/new.tape' } },
      {},
      [{ Type: 'bind', Source: '/data/tapes', Target: '/tapes', ReadOnly: false }],
    ],
    [
      'a tape to be generated',
      { entry: 'generate-tape', serves: null },
      {},
      [{ Type: 'bind', Source: '/data/tapes', Target: '/tapes', ReadOnly: false }],
    ],
    ['a volume', {}, { tapes: 'tapes' }, [{ Type: 'volume', Source: 'tapes', Target: '/tapes', ReadOnly: true }]],
    [
      'a path that only the host of Docker has',
      {},
      { tapes: '/srv/tapes' },
      [{ Type: 'bind', Source: '/srv/tapes', Target: '/tapes', ReadOnly: true }],
    ],
  ])('mounts what it needs of the tapes: %s', (_what, changes, more, mounts) => {
    expect(built(changes, more).HostConfig?.Mounts).toEqual(mounts)
  })

  it('publishes a port for a server on the host alone, and only that of a streamer', () => {
    const ports = (changes: Partial<EngineSpec>, more: Partial<DockerSettings> = {}) => {
      const { ExposedPorts, HostConfig } = built(changes, more)
      return [ExposedPorts, HostConfig?.PortBindings]
    }
    expect(ports({}, { serverContainer: 'api', tapes: 'tapes' })).toEqual([undefined, undefined])
    expect(ports({ entry: 'algorithm', role: 'ALGORITHM', tape: null })).toEqual([undefined, undefined])
    expect(ports({ entry: 'exchange-sandbox', serves: 'tcp', tape: null })).toEqual([undefined, undefined])
  })

  it.each<[what: string, changes: Partial<EngineSpec>, settings: Partial<DockerSettings>, told: RegExp]>([
    ['a tape elsewhere', { tape: { variable: 'TAPE_PATH', path: '/etc/passwd' } }, {}, /not in \/data\/tapes/],
    ['a way out of the folder', { tape: { variable: 'TAPE_PATH', path: '/data/tapes/../x.tape' } }, {}, /not in/],
    ['a password', { env: { POSTGRES_PASSWORD: 'hunter2' } }, {}, /Env\.0: names a secret/],
    ['a token', { env: { GITHUB_TOKEN: 'hunter2' } }, {}, /names a secret/],
    ['a key', { env: { API_KEY: 'hunter2' } }, {}, /names a secret/],
    ['an address with a password', { env: { URL: 'redis://me:hunter2@redis:6379' } }, {}, /address with a password/],
    ['an address with a password alone', { env: { URL: 'redis://:hunter2@redis' } }, {}, /address with a password/],
    ['a variable that is none', { env: { 'a b': 'c' } }, {}, /is no variable/],
    ['a zero byte', { env: { A: 'b\0C=d' } }, {}, /zero byte/],
    ['root', {}, { user: '0:0' }, /User/],
    ['the group of root', {}, { user: '1000:0' }, /User/],
    ['a user by name', {}, { user: 'root' }, /User/],
    ['no memory limit', {}, { memoryMb: 0 }, /Memory/],
    ['no processor limit', {}, { cpus: 0 }, /NanoCpus/],
    ['no limit on processes', {}, { pids: 0 }, /PidsLimit/],
    ['no image', {}, { image: '' }, /Image/],
    ['an owner that is no name', { owner: '../x' }, {}, /owner/],
  ])('is not made with %s', (_what, changes, more, told) => {
    expect(() => built(changes, more)).toThrow(told)
    // The value itself is not repeated.
    expect(() => built(changes, more)).not.toThrow(/hunter2/)
  })
})

describe('whatever is asked of Docker', () => {
  const asked = (change: (options: ContainerCreateOptions & Record<string, unknown>) => void) => {
    const options = structuredClone(built()) as ContainerCreateOptions & Record<string, unknown>
    change(options)
    return () => checkContainer(options)
  }
  const host = (values: Record<string, unknown>) => asked((options) => Object.assign(options.HostConfig ?? {}, values))

  it('is let through where nothing was changed', () => {
    expect(asked(() => undefined)).not.toThrow()
  })

  it.each<[what: string, check: () => unknown]>([
    ['privileges', host({ Privileged: true })],
    ['the network of the host', host({ NetworkMode: 'host' })],
    ['the processes of the host', host({ PidMode: 'host' })],
    ['the memory of the host', host({ IpcMode: 'host' })],
    ['a bind', host({ Binds: ['/:/host'] })],
    ['a device', host({ Devices: [{ PathOnHost: '/dev/mem' }] })],
    ['a capability', host({ CapAdd: ['SYS_ADMIN'] })],
    ['fewer capabilities dropped', host({ CapDrop: ['NET_RAW'] })],
    ['new privileges', host({ SecurityOpt: ['seccomp=unconfined'] })],
    ['a root that can be written', host({ ReadonlyRootfs: false })],
    ['swap', host({ MemorySwap: -1 })],
    ['no memory limit', host({ Memory: undefined })],
    ['no limit on processes', host({ PidsLimit: -1 })],
    ['restarts', host({ RestartPolicy: { Name: 'always' } })],
    ['no init', host({ Init: false })],
    ['logs without a bound', host({ LogConfig: { Type: 'json-file', Config: {} } })],
    ['a mount elsewhere', host({ Mounts: [{ Type: 'bind', Source: '/', Target: '/host', ReadOnly: true }] })],
    ['a port for everybody', host({ PortBindings: { '8888/udp': [{ HostIp: '0.0.0.0', HostPort: '' }] } })],
    ['another port', host({ PortBindings: { '22/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } })],
    ['another program', asked((options) => Object.assign(options, { Cmd: ['sh'] }))],
    ['another entry point', asked((options) => Object.assign(options, { Entrypoint: ['sh'] }))],
    ['no health check', asked((options) => Object.assign(options, { Healthcheck: undefined }))],
    ['no labels', asked((options) => Object.assign(options, { Labels: {} }))],
  ])('is refused with %s', (_what, check) => {
    expect(check).toThrow(/not allowed/)
  })

  it('is refused with any word that is not known', () => {
    const known = Object.keys(built().HostConfig ?? {})
    const strange = fc.string({ minLength: 1 }).filter((name) => !known.includes(name) && name !== '__proto__')
    fc.assert(fc.property(strange, fc.anything(), (name, value) => void expect(host({ [name]: value })).toThrow()))
  })
})

describe('the variables of an engine', () => {
  const tape = '/data/tapes/sample.tape'
  const redis = 'redis://redis:6379'
  const source = { host: 'streamer', port: 8_888 }
  const venue = { source: 'coinbase', wsUrl: 'wss://venue', restUrl: 'https://venue', silenceMs: 1_000 } as const
  /** A run that says all that a run can say. */
  const runOf = (algorithm: string, mode: SimulationSpec['mode']): SimulationSpec => ({
    id: SIMULATION,
    mode,
    algorithm,
    algorithmParameters: catalog.find(algorithm)?.defaults ?? {},
    simulatorParameters: defaultsOf(simulatorParameters),
    source: 'tape:sample',
    products: ['BTC-USD'],
    durationSeconds: 60,
    speed: 1,
    seed: 1,
  })
  const engines: readonly OwnerlessSpec[] = [
    sandboxEngine(1, 'info', 'first-subscription'),
    liveStreamer({ ...venue, record: tape }, 'info'),
    ...catalog.list().flatMap(({ name }) => {
      const run = runOf(name, 'REPLAY')
      return [
        replayStreamer(run, tape, 'info', 7),
        algorithmEngine(run, source, 'info', 7),
        simulatorEngine(run, source, 'info', redis, 7),
        backtestEngine(run, tape, 'info', redis),
      ]
    }),
  ]

  it.each(engines.map((engine) => [engine.entry, engine] as const))(
    'are all let into its container (%s)',
    (_entry, engine) => {
      const { Env } = containerOf({ ...engine, owner: SIMULATION }, context)
      for (const [name, value] of Object.entries(engine.env)) expect(Env).toContain(`${name}=${value}`)
    },
  )

  it('cannot be those of an algorithm, too', () => {
    const run = { ...runOf('rsi', 'REPLAY'), algorithmParameters: {} }
    const own = [algorithmEngine(run, source, 'info', 7), backtestEngine(run, tape, 'info', redis)]
    const names = own.flatMap(({ env, tape: file }) => [...Object.keys(env), ...(file === null ? [] : [file.variable])])
    expect(names.filter((name) => takenName(name) === null)).toEqual([])
  })
})
