import { basename, dirname, resolve } from 'node:path'
import type { EngineRole } from '../../../engines/domain/simulation.ts'
import type { DockerSettings } from '../docker/settings.ts'
import { LABEL, labelsOf, PORTS, type Naming } from '../docker/spec.ts'
import type { EngineSpec } from '../port.ts'

/** How engines are run as services of a swarm; `server/config.ts` reads it from variables. */
export interface SwarmSettings {
  /** `SWARM_NETWORK`: the attachable overlay network that engines, and Redis, are on; made where it is not there. */
  readonly network: string
  /**
   * `SWARM_PUBLISH`: whether streamers publish their port on the host they run on, for a server that is not on the
   * network itself. It can then be reached by whoever reaches that host.
   */
  readonly publish: boolean
  /** `SWARM_CONSTRAINTS`, with `_STREAMER`, `_ALGORITHM` and `_SIMULATOR`: placement constraints as Docker writes them. */
  readonly constraints: Readonly<Record<EngineRole | 'ALL', readonly string[]>>
}

export interface ServiceContext extends Naming {
  readonly docker: DockerSettings
  readonly swarm: SwarmSettings
  /** This server's folder of tapes. */
  readonly tapes: string
  /** Redis as engines reach it; without a password. null: it is in the secret. */
  readonly redisUrl: string | null
  /** The Docker secret that holds Redis's address; null: `redisUrl` has it. */
  readonly secret: { readonly id: string; readonly name: string } | null
}

const NANO = 1_000_000_000
/** Where a service's secret is found in its container. */
const SECRET_FILE = 'redis_url'
/** Docker takes names of at most 63 characters. */
const MAX_NAME = 63

/** The name of an engine's service, by which others on the network find it. */
export function serviceName({ instance }: Naming, owner: string, entry: string): string {
  return `aw-${instance}-${owner.replaceAll('-', '')}-${entry}`.slice(0, MAX_NAME)
}

function variables(spec: EngineSpec, context: ServiceContext): readonly string[] {
  const { tape, serves, owner, entry } = spec
  const all = {
    ...spec.env,
    CONTROL: 'redis',
    ENGINE_NAME: serviceName(context, owner, entry),
    ...(context.redisUrl === null
      ? { REDIS_URL_FILE: `/run/secrets/${SECRET_FILE}` }
      : { REDIS_URL: context.redisUrl }),
    ...(serves === null ? {} : { BIND_ADDR: `0.0.0.0:${PORTS[serves]}` }),
    ...(tape === null ? {} : { [tape.variable]: `/tapes/${basename(tape.path)}` }),
  }
  return Object.entries(all).map(([name, value]) => `${name}=${value}`)
}

function mounts(spec: EngineSpec, { docker, tapes }: ServiceContext) {
  const scratch = { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 16 * 1024 * 1024 } }
  if (spec.tape === null) return [scratch]
  if (resolve(dirname(spec.tape.path)) !== resolve(tapes)) {
    throw new Error(`The tape ${spec.tape.path} is not in ${tapes}, the only folder that engines in services see.`)
  }
  const source = docker.tapes ?? resolve(tapes)
  const readOnly = spec.tape.variable === 'TAPE_PATH' && spec.entry !== 'generate-tape'
  const type = source.startsWith('/') ? 'bind' : 'volume'
  return [scratch, { Type: type, Source: source, Target: '/tapes', ReadOnly: readOnly }]
}

/** A service of one engine, as Docker is asked for it; its body has no type of its own in the client. */
export function serviceOf(spec: EngineSpec, context: ServiceContext): Record<string, unknown> {
  const { docker, swarm, secret } = context
  const port = spec.serves === null ? null : PORTS[spec.serves]
  const published = swarm.publish && spec.entry === 'streamer' && port !== null
  const labels = { ...labelsOf(context, spec.owner), [LABEL.role]: spec.role, [LABEL.entry]: spec.entry }
  return {
    Name: serviceName(context, spec.owner, spec.entry),
    Labels: labels,
    Mode: { Replicated: { Replicas: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: docker.image,
        Args: [spec.entry],
        Labels: labels,
        User: docker.user,
        Env: variables(spec, context),
        ReadOnly: true,
        Init: true,
        CapabilityDrop: ['ALL'],
        // Docker knows it of services from version 25 on, and leaves it out of account before.
        Privileges: { NoNewPrivileges: true },
        StopGracePeriod: 12 * NANO,
        Mounts: mounts(spec, context),
        HealthCheck: {
          Test: ['CMD', '/bin/sh', '/app/alive.sh'],
          // A swarm gives a service its name only once it is healthy. `StartInterval` is known from Docker 25 on.
          Interval: 3 * NANO,
          StartInterval: NANO / 2,
          Timeout: 5 * NANO,
          StartPeriod: 15 * NANO,
          Retries: 3,
        },
        ...(secret === null
          ? {}
          : {
              Secrets: [
                {
                  SecretID: secret.id,
                  SecretName: secret.name,
                  File: { Name: SECRET_FILE, UID: '0', GID: '0', Mode: 0o444 },
                },
              ],
            }),
      },
      Resources: {
        Limits: {
          NanoCPUs: Math.round(docker.cpus * NANO),
          MemoryBytes: docker.memoryMb * 1024 * 1024,
          Pids: docker.pids,
        },
      },
      // An engine that ended has lost what it knew: another one in its place would not be the run that was asked for.
      RestartPolicy: { Condition: 'none' },
      Placement: { Constraints: [...swarm.constraints.ALL, ...swarm.constraints[spec.role]] },
      Networks: [{ Target: swarm.network }],
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '2' } },
      ForceUpdate: 0,
    },
    UpdateConfig: { Parallelism: 1, Order: 'stop-first', FailureAction: 'pause' },
    EndpointSpec: {
      // Names lead to the task itself: engines compare the address that answers with the one they asked.
      Mode: 'dnsrr',
      ...(published ? { Ports: [{ Protocol: 'udp', TargetPort: port, PublishMode: 'host' }] } : {}),
    },
  }
}
