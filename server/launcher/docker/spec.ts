import { basename, dirname, resolve } from 'node:path'
import type { ContainerCreateOptions } from 'dockerode'
import * as z from 'zod'
import { isSecret, isSteering } from '../../../engines/domain/parameters.ts'
import type { DockerSettings } from './settings.ts'
import type { EngineSpec } from '../port.ts'

/** The ports on which engines serve in their containers. */
export const PORTS = { udp: 8888, tcp: 8080 } as const

/** How long an engine has to hand over what it holds when Docker stops it, in seconds; it gives up after ten itself. */
const STOP_SECONDS = 12
const NANO = 1_000_000_000
const SECONDS = NANO
/** The least memory that Docker grants. */
const LEAST_MEMORY = 6 * 1024 * 1024

/** Names of everything that one installation makes in Docker. */
export interface Naming {
  /** Random, kept in the data directory: tells what is ours on a Docker that others use too. */
  readonly instance: string
}

export const LABEL = {
  ours: 'aw-trade',
  instance: 'aw-trade.instance',
  owner: 'aw-trade.owner',
  role: 'aw-trade.role',
  entry: 'aw-trade.entry',
  simulation: 'aw-trade.simulation',
} as const

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const OWNER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/

/** The labels of what belongs to an owner. */
export function labelsOf({ instance }: Naming, owner: string): Record<string, string> {
  const simulation: Record<string, string> = UUID.test(owner) ? { [LABEL.simulation]: owner } : {}
  return { [LABEL.ours]: '1', [LABEL.instance]: instance, [LABEL.owner]: owner, ...simulation }
}

/** The name of an owner's network: internal, a bridge. */
export const networkName = ({ instance }: Naming, owner: string): string => `aw-trade-${instance}-${owner}`

/** The shared networks: `outbound` leads to the venue, `gate` only lets ports be published on the host's loopback. */
export const sharedNetworkName = ({ instance }: Naming, which: 'outbound' | 'gate'): string =>
  `aw-trade-${instance}.${which}`

export const containerName = (naming: Naming, spec: EngineSpec): string =>
  `${networkName(naming, spec.owner)}-${spec.entry}`

/** The name by which this server, where it is a container itself, reaches an owner's streamer: unique among all its networks. */
export const aliasForServer = (owner: string): string => `streamer-${owner}`

/** What the builder needs beyond the spec. */
export interface ContainerContext extends Naming {
  readonly settings: DockerSettings
  /** This server's folder of tapes. */
  readonly tapes: string
}

/** Only what only reads is kept from writing; a recording is written, and so is a tape that is generated. */
function mountOf(spec: EngineSpec, { settings, tapes }: ContainerContext) {
  if (spec.tape === null) return []
  if (resolve(dirname(spec.tape.path)) !== resolve(tapes)) {
    throw new Error(`The tape ${spec.tape.path} is not in ${tapes}, the only folder that engines in containers see.`)
  }
  const source = settings.tapes ?? resolve(tapes)
  return [
    {
      Type: source.startsWith('/') ? ('bind' as const) : ('volume' as const),
      Source: source,
      Target: '/tapes',
      ReadOnly: spec.tape.variable === 'TAPE_PATH' && spec.entry !== 'generate-tape',
    },
  ]
}

function environmentOf(spec: EngineSpec): readonly string[] {
  const { tape, serves } = spec
  const variables = {
    ...spec.env,
    CONTROL: 'stdio',
    ...(serves === null ? {} : { BIND_ADDR: `0.0.0.0:${PORTS[serves]}` }),
    ...(tape === null ? {} : { [tape.variable]: `/tapes/${basename(tape.path)}` }),
  }
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`)
}

/** The container of an engine, as Docker is asked for it. @throws Error where the rules of this file forbid it. */
export function containerOf(spec: EngineSpec, context: ContainerContext): ContainerCreateOptions {
  const { settings } = context
  const port = spec.serves === null ? null : `${PORTS[spec.serves]}/${spec.serves}`
  // A server on the host looks on at the market data: through its loopback, where nobody else can.
  const published = port !== null && spec.entry === 'streamer' && settings.serverContainer === null
  const network = networkName(context, spec.owner)
  const aliases = [spec.entry, ...(spec.entry === 'streamer' ? [aliasForServer(spec.owner)] : [])]
  const memory = settings.memoryMb * 1024 * 1024
  return checkContainer({
    name: containerName(context, spec),
    Image: settings.image,
    Cmd: [spec.entry],
    User: settings.user,
    Env: [...environmentOf(spec)],
    Labels: { ...labelsOf(context, spec.owner), [LABEL.role]: spec.role, [LABEL.entry]: spec.entry },
    Tty: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // A server that dies detaches; the next one must find standard input open.
    StdinOnce: false,
    StopTimeout: STOP_SECONDS,
    Healthcheck: {
      Test: ['CMD', '/bin/sh', '/app/alive.sh'],
      Interval: 10 * SECONDS,
      Timeout: 5 * SECONDS,
      StartPeriod: 5 * SECONDS,
      Retries: 3,
    },
    ...(published ? { ExposedPorts: { [port]: {} } } : {}),
    HostConfig: {
      NetworkMode: network,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=16m' },
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(settings.cpus * NANO),
      PidsLimit: settings.pids,
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      Mounts: mountOf(spec, context),
      ...(published ? { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } } : {}),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: aliases } } },
  })
}

const nameOf = (variable: string): string => variable.slice(0, variable.indexOf('='))

/** A variable of an engine, `NAME=value`, that has no say in which program runs. */
export const engineVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*=/, 'is no variable')
  .refine((text) => !text.includes('\0'), 'holds a zero byte')
  .refine((text) => !isSteering(nameOf(text)), 'decides which program runs')

/** Whose something is, as `labelsOf` says it, and no other label: by those of others it would pass for theirs. */
export const ownLabels = z.strictObject({
  [LABEL.ours]: z.literal('1'),
  [LABEL.instance]: z.string().min(1),
  [LABEL.owner]: z.string().regex(OWNER, 'is no name that Docker takes'),
  [LABEL.simulation]: z.string().optional(),
})

/** The same of an engine. */
export const engineLabels = ownLabels.extend({ [LABEL.role]: z.string().min(1), [LABEL.entry]: z.string().min(1) })

/** Of a container's log: at most 198 MB. */
export const logLimits = z.strictObject({
  'max-size': z.string().regex(/^\d{1,2}m$/),
  'max-file': z.string().regex(/^[12]$/),
})

const CREDENTIALS = /:\/\/[^/\s@]*:[^/\s@]*@/
const variable = engineVariable
  .refine((text) => !isSecret(nameOf(text)), 'names a secret, which engines never get')
  .refine((text) => !CREDENTIALS.test(text), 'holds an address with a password, which engines never get')

const mount = z.strictObject({
  Type: z.enum(['bind', 'volume']),
  Source: z.string().min(1),
  Target: z.literal('/tapes'),
  ReadOnly: z.boolean(),
})

/** Only on the host's own loopback, and on any free port. */
const binding = z.tuple([z.strictObject({ HostIp: z.literal('127.0.0.1'), HostPort: z.literal('') })])

const hostConfig = z
  .strictObject({
    NetworkMode: z.string().regex(/^aw-trade-[\w.-]+$/, 'must be a network of our own'),
    CapDrop: z.tuple([z.literal('ALL')]),
    SecurityOpt: z.tuple([z.literal('no-new-privileges')]),
    ReadonlyRootfs: z.literal(true),
    Tmpfs: z.strictObject({ '/tmp': z.string().regex(/^rw,noexec,nosuid,nodev,size=\d{1,2}m$/) }),
    Memory: z.number().int().min(LEAST_MEMORY),
    MemorySwap: z.number().int(),
    NanoCpus: z.number().int().positive(),
    PidsLimit: z.number().int().positive(),
    Init: z.literal(true),
    RestartPolicy: z.strictObject({ Name: z.literal('no') }),
    LogConfig: z.strictObject({
      Type: z.enum(['json-file', 'local']),
      Config: logLimits,
    }),
    Mounts: z.array(mount).max(1),
    PortBindings: z.record(z.string().regex(/^(8888\/udp|8080\/tcp)$/), binding).optional(),
  })
  .refine(({ Memory, MemorySwap }) => Memory === MemorySwap, 'must not swap')

/** All that a container of ours may be: whatever is not named here (privileges, devices, binds …) is refused. */
const container = z.strictObject({
  name: z.string().regex(/^aw-trade-[A-Za-z0-9_.-]+$/),
  Image: z.string().min(1),
  Cmd: z.tuple([z.enum(['streamer', 'algorithm', 'simulator', 'backtest', 'generate-tape', 'exchange-sandbox'])]),
  User: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, 'must be numbers, uid:gid, and not those of root'),
  Env: z.array(variable),
  Labels: engineLabels,
  Tty: z.literal(false),
  AttachStdin: z.literal(true),
  AttachStdout: z.literal(true),
  AttachStderr: z.literal(true),
  OpenStdin: z.literal(true),
  StdinOnce: z.literal(false),
  StopTimeout: z.number().int().min(1).max(60),
  Healthcheck: z.strictObject({
    Test: z.tuple([z.literal('CMD'), z.literal('/bin/sh'), z.literal('/app/alive.sh')]),
    Interval: z.number().int().positive(),
    Timeout: z.number().int().positive(),
    StartPeriod: z.number().int(),
    Retries: z.number().int().positive(),
  }),
  ExposedPorts: z.record(z.string(), z.strictObject({})).optional(),
  HostConfig: hostConfig,
  NetworkingConfig: z.strictObject({
    EndpointsConfig: z.record(z.string().regex(/^aw-trade-/), z.strictObject({ Aliases: z.array(z.string()) })),
  }),
})

/** Looks at every word that Docker is going to be told. @throws Error that names what is forbidden, without its value. */
export function checkContainer(options: ContainerCreateOptions): ContainerCreateOptions {
  const checked = container.safeParse(options)
  if (checked.success) return options
  const faults = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`This container is not allowed to be made: ${faults.join('; ')}`)
}
