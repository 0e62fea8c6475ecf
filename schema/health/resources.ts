import { builder } from '../builder.ts'
import type { ResourceUse } from '../context.ts'
import { Engine } from './engine.ts'

const Resources = builder.objectRef<ResourceUse>('Resources').implement({
  description: 'What the platform may use, and uses.',
  fields: (t) => ({
    maxSimulations: t.exposeInt('maxSimulations'),
    runningSimulations: t.exposeInt('runningSimulations'),
    runningEngines: t.exposeInt('runningEngines'),
    cpuCount: t.exposeInt('cpuCount'),
    totalMemoryBytes: t.expose('totalMemoryBytes', { type: 'BigInt' }),
    serverMemoryBytes: t.expose('serverMemoryBytes', { type: 'BigInt' }),
    serverCpuPercent: t.exposeFloat('serverCpuPercent', { nullable: true }),
    engines: t.field({ type: [Engine], resolve: (use) => [...use.engines] }),
  }),
})

builder.queryField('resources', (t) =>
  t.field({ type: Resources, resolve: (_root, _args, context) => context.resources() }),
)
