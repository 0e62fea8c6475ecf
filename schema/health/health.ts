import { builder, LOOK_COST } from '../builder.ts'
import type { ComponentHealth } from '../context.ts'

const HealthComponent = builder.objectRef<ComponentHealth>('HealthComponent').implement({
  fields: (t) => ({
    name: t.exposeString('name', { description: 'e.g. `store`, `configurations`, `bus`, `launcher`, `feed`.' }),
    status: t.exposeString('status', { description: '`up`, `degraded` or `down`.' }),
    message: t.exposeString('message', { nullable: true }),
    latencyMs: t.exposeFloat('latencyMs', { nullable: true }),
    since: t.expose('since', { type: 'DateTime', nullable: true }),
  }),
})

/** The worst of the parts. */
export function overallStatus(components: readonly ComponentHealth[]): ComponentHealth['status'] {
  if (components.some((component) => component.status === 'down')) return 'down'
  return components.some((component) => component.status === 'degraded') ? 'degraded' : 'up'
}

const Health = builder.objectRef<readonly ComponentHealth[]>('Health').implement({
  fields: (t) => ({
    status: t.string({ description: 'The worst of the parts.', resolve: overallStatus }),
    components: t.field({ type: [HealthComponent], resolve: (components) => [...components] }),
  }),
})

builder.queryField('health', (t) =>
  t.field({ type: Health, complexity: { field: LOOK_COST }, resolve: (_root, _args, context) => context.health() }),
)
