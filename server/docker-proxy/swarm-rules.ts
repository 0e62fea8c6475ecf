import * as z from 'zod'
import { engineLabels, engineVariable, logLimits } from '../launcher/docker/spec.ts'
import type { ProxyLimits } from './limits.ts'

const scratch = z.strictObject({
  Type: z.literal('tmpfs'),
  Target: z.literal('/tmp'),
  TmpfsOptions: z.strictObject({
    SizeBytes: z
      .number()
      .int()
      .positive()
      .max(64 * 1024 * 1024),
  }),
})

/**
 * All that a service of ours may be, as `swarm/spec.ts` makes it: whatever is not named here (secrets, other mounts, ports,
 * privileges) is refused.
 */
function serviceSchema(limits: ProxyLimits) {
  const tapes = z.strictObject({
    Type: z.literal('volume'),
    Source: z.literal(limits.tapes),
    Target: z.literal('/tapes'),
    ReadOnly: z.boolean(),
  })
  const container = z.strictObject({
    Image: z.literal(limits.image),
    Args: z.tuple([z.enum(['streamer', 'algorithm', 'simulator', 'backtest', 'generate-tape', 'exchange-sandbox'])]),
    Labels: engineLabels,
    User: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, 'must be numbers, uid:gid, and not those of root'),
    Env: z.array(engineVariable),
    ReadOnly: z.literal(true),
    Init: z.literal(true),
    CapabilityDrop: z.tuple([z.literal('ALL')]),
    Privileges: z.strictObject({ NoNewPrivileges: z.literal(true) }),
    StopGracePeriod: z.number().int().positive(),
    Mounts: z.array(z.discriminatedUnion('Type', [scratch, tapes])).max(2),
    HealthCheck: z.strictObject({
      Test: z.tuple([z.literal('CMD'), z.literal('/bin/sh'), z.literal('/app/alive.sh')]),
      Interval: z.number().int().positive(),
      StartInterval: z.number().int().positive(),
      Timeout: z.number().int().positive(),
      StartPeriod: z.number().int().positive(),
      Retries: z.number().int().positive(),
    }),
  })
  const most = z.strictObject({
    NanoCPUs: z
      .number()
      .int()
      .positive()
      .max(limits.cpus * 1e9, 'is more than engines get'),
    MemoryBytes: z
      .number()
      .int()
      .positive()
      .max(limits.memoryMb * 1024 * 1024, 'is more than engines get'),
    Pids: z.number().int().positive().max(limits.pids, 'is more than engines get'),
  })
  return z.strictObject({
    Name: z.string().regex(/^aw-[\w.-]{1,60}$/),
    Labels: engineLabels,
    Mode: z.strictObject({ Replicated: z.strictObject({ Replicas: z.literal(1) }) }),
    TaskTemplate: z.strictObject({
      ContainerSpec: container,
      Resources: z.strictObject({ Limits: most }),
      RestartPolicy: z.strictObject({ Condition: z.literal('none') }),
      Placement: z.strictObject({ Constraints: z.array(z.string()) }),
      Networks: z.tuple([z.strictObject({ Target: z.literal(limits.swarmNetwork) })]),
      LogDriver: z.strictObject({
        Name: z.literal('json-file'),
        Options: logLimits,
      }),
      ForceUpdate: z.literal(0),
    }),
    UpdateConfig: z.strictObject({
      Parallelism: z.literal(1),
      Order: z.literal('stop-first'),
      FailureAction: z.literal('pause'),
    }),
    EndpointSpec: z.strictObject({ Mode: z.literal('dnsrr') }),
  })
}

/** Why a service may not be made; null: it may. */
export function serviceFault(body: unknown, limits: ProxyLimits): string | null {
  const read = serviceSchema(limits).safeParse(body)
  if (read.success) return null
  return read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}
