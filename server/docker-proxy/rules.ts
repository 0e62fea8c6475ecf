import * as z from 'zod'
import { checkContainer, LABEL, ownLabels } from '../launcher/docker/spec.ts'
import type { ProxyLimits } from './limits.ts'
import { serviceFault } from './swarm-rules.ts'

/** A request as the proxy looks at it. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** The JSON of the body; undefined: none. */
  readonly body: unknown
}

/** Something whose label must be looked at before the request goes on: nothing but what bears ours may be touched. */
export interface Touched {
  readonly kind: 'containers' | 'networks' | 'services'
  readonly id: string
}

/** What becomes of a request: nothing of it is sent on but what stands here. */
export type Ruling =
  | { readonly allowed: false; readonly reason: string }
  | {
      readonly allowed: true
      readonly path: string
      readonly body: unknown
      readonly touches: readonly Touched[]
      /** Whether it becomes a two-way stream. */
      readonly hijack?: boolean
    }

const NAME = /^[\w][\w.-]{0,254}$/
const network = z
  .strictObject({
    Name: z.string().regex(/^aw-trade-[\w.-]+$/),
    Driver: z.literal('bridge'),
    CheckDuplicate: z.literal(true),
    Internal: z.boolean(),
    Labels: ownLabels,
    Options: z
      .strictObject({
        'com.docker.network.bridge.enable_icc': z.literal('false'),
        'com.docker.network.bridge.enable_ip_masquerade': z.literal('false').optional(),
      })
      .optional(),
  })
  .refine(
    ({ Internal, Options }) => Internal || Options !== undefined,
    'it leads outside, and its containers see each other',
  )
const connection = z.strictObject({
  Container: z.string().regex(NAME),
  EndpointConfig: z.strictObject({ Aliases: z.array(z.string().regex(NAME)) }),
})
/** Under no name but its own, so that nobody takes it for Redis. */
const nameless = z.strictObject({
  Container: z.string().regex(NAME),
  EndpointConfig: z.strictObject({ Aliases: z.tuple([]) }),
})
const disconnection = z.strictObject({ Container: z.string().regex(NAME), Force: z.boolean() })

const refuse = (reason: string): Ruling => ({ allowed: false, reason })
const allow = (path: string, touches: readonly Touched[] = [], body: unknown = undefined): Ruling => ({
  allowed: true,
  path,
  body,
  touches,
})

/** Reads a body by a schema, and goes on with what it read. */
function reading<Body>(schema: z.ZodType<Body>, body: unknown, then: (body: Body) => Ruling): Ruling {
  const read = schema.safeParse(body)
  if (read.success) return then(read.data)
  return refuse(read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}

/** The container of an engine: by the launcher's own rules, and beyond them of our image, volume and limits alone. */
function createContainer(body: unknown, limits: ProxyLimits): Ruling {
  const options = body as Parameters<typeof checkContainer>[0]
  try {
    checkContainer(options)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  const { Image, HostConfig = {}, NetworkingConfig, name = '' } = options
  const { NetworkMode = '' } = HostConfig
  if (Object.keys(NetworkingConfig?.EndpointsConfig ?? {}).some((other) => other !== NetworkMode)) {
    return refuse('it is in more than one network')
  }
  if (Image !== limits.image) return refuse(`the image is not ${limits.image}`)
  const strange = (HostConfig.Mounts ?? []).filter(
    ({ Type, Source }) => Type !== 'volume' || Source !== limits.tapes || Source.startsWith('/'),
  )
  if (strange.length > 0) return refuse(`something else than the volume ${limits.tapes} is mounted`)
  if (HostConfig.PortBindings !== undefined) return refuse('a port is published')
  if ((HostConfig.Memory ?? Infinity) > limits.memoryMb * 1024 * 1024)
    return refuse('it has more memory than engines get')
  if ((HostConfig.NanoCpus ?? Infinity) > limits.cpus * 1e9) return refuse('it has more processors than engines get')
  if ((HostConfig.PidsLimit ?? Infinity) > limits.pids) return refuse('it has more processes than engines get')
  const touched = [{ kind: 'networks' as const, id: NetworkMode }]
  return allow(`/containers/create?name=${encodeURIComponent(name)}`, touched, body)
}

/** A list or a stream of events, of what bears our label alone. */
function listing(path: string, query: URLSearchParams, keep: readonly string[]): Ruling {
  const filters = z.looseObject({ label: z.array(z.string()) }).safeParse(parseJson(query.get('filters') ?? '') ?? null)
  const ours = `${LABEL.instance}=`
  if (!filters.success || !filters.data.label.some((label) => label.startsWith(ours) && label !== ours)) {
    return refuse(`it is not limited to the label ${LABEL.instance}`)
  }
  return allow(`${path}?${kept(query, [...keep, 'filters'])}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Those parameters of a query that go on. */
function kept(query: URLSearchParams, names: readonly string[]): string {
  const pairs = names.flatMap((name) => query.getAll(name).map((value) => [name, value] as [string, string]))
  return new URLSearchParams(pairs).toString()
}

/** What is done with one container. */
function withContainer(method: string, id: string, action: string, query: URLSearchParams): Ruling {
  const touched = [{ kind: 'containers' as const, id }]
  const path = `/containers/${id}`
  switch (`${method} ${action}`) {
    case 'GET json':
      return allow(`${path}/json`, touched)
    case 'POST start':
      return allow(`${path}/start`, touched)
    case 'POST kill':
      return allow(`${path}/kill?${kept(query, ['signal'])}`, touched)
    case 'POST attach':
      return {
        allowed: true,
        path: `${path}/attach?stream=1&stdin=1&stdout=1&stderr=1&logs=0`,
        body: undefined,
        touches: touched,
        hijack: true,
      }
    case 'DELETE ':
      return allow(`${path}?${kept(query, ['force', 'v'])}`, touched)
    default:
      return refuse('engines are not dealt with in this way')
  }
}

/** What is done with one network. */
function withNetwork({ method, body }: Asked, id: string, action: string, limits: ProxyLimits): Ruling {
  const path = `/networks/${id}`
  if (id === limits.redisNetwork) {
    if (`${method} ${action}` !== 'POST connect') return refuse('it is not a network of the engines alone')
    return reading(nameless, body, (read) =>
      allow(`${path}/connect`, [{ kind: 'containers', id: read.Container }], read),
    )
  }
  const touched: Touched = { kind: 'networks', id }
  const member = (container: string): readonly Touched[] =>
    container === limits.serverContainer ? [touched] : [touched, { kind: 'containers', id: container }]
  switch (`${method} ${action}`) {
    case 'GET ':
    case 'DELETE ':
      return allow(path, [touched])
    case 'POST connect':
      return reading(connection, body, (read) => allow(`${path}/connect`, member(read.Container), read))
    case 'POST disconnect':
      // Who is in a network of ours may be anybody that was let in; to be taken out of it harms nobody else.
      return reading(disconnection, body, (read) => allow(`${path}/disconnect`, [touched], read))
    default:
      return refuse('networks are not dealt with in this way')
  }
}

/** Whether it is only asked for the one network that the engines of a swarm share. */
function isSwarmNetwork(query: URLSearchParams, { swarmNetwork }: ProxyLimits): boolean {
  const one = z.strictObject({ name: z.tuple([z.literal(swarmNetwork)]) })
  return one.safeParse(parseJson(query.get('filters') ?? '')).success
}

/** What is done with one service of a swarm. */
function withService(method: string, id: string, action: string, query: URLSearchParams): Ruling {
  const touched: readonly Touched[] = [{ kind: 'services', id }]
  switch (`${method} ${action}`) {
    case 'GET logs':
      return allow(`/services/${id}/logs?${kept(query, ['follow', 'stdout', 'stderr', 'tail'])}`, touched)
    case 'DELETE ':
      return allow(`/services/${id}`, touched)
    default:
      return refuse('services are not dealt with in this way')
  }
}

/**
 * Whether a request may go on to Docker, and as what. It knows just what the launcher does; all else is refused, above
 * all what would run another program, mount a folder of the host, or look into what is not ours.
 */
export function ruleOn(asked: Asked, limits: ProxyLimits): Ruling {
  const { method, url, body } = asked
  const [before = '', after = ''] = url.split('?', 2)
  const query = new URLSearchParams(after)
  const path = before.replace(/^\/v1\.\d{1,3}(?=\/)/, '')
  const [, kind, id = '', action = '', ...more] = path.split('/')
  switch (`${method} ${path}`) {
    case 'GET /_ping':
      return allow('/_ping')
    case 'GET /events':
      return listing('/events', query, [])
    case 'GET /containers/json':
      return listing('/containers/json', query, ['all'])
    case 'GET /networks':
      return isSwarmNetwork(query, limits)
        ? allow(`/networks?${kept(query, ['filters'])}`)
        : listing('/networks', query, [])
    case 'GET /info':
    case 'GET /nodes':
      return allow(path)
    case 'GET /services':
    case 'GET /tasks':
      return listing(path, query, [])
    case 'POST /services/create': {
      const fault = serviceFault(body, limits)
      return fault === null ? allow('/services/create', [], body) : refuse(fault)
    }
    case 'POST /containers/create':
      return createContainer(body, limits)
    case 'POST /networks/create':
      return reading(network, body, (read) => allow('/networks/create', [], read))
    case `GET /images/${limits.image}/json`:
    case `GET /images/${encodeURIComponent(limits.image)}/json`:
      return allow(`/images/${limits.image}/json`)
  }
  if (more.length > 0 || !NAME.test(id)) return refuse('there is nothing of that name here')
  if (kind === 'containers') return withContainer(method, id, action, query)
  if (kind === 'networks') return withNetwork(asked, id, action, limits)
  if (kind === 'services') return withService(method, id, action, query)
  return refuse('there is nothing of that name here')
}
