import { builder, LOOK_COST } from '../builder.ts'
import type { ResourceUse } from '../context.ts'
import { Engine } from './engine.ts'

const DatabaseUse = builder.objectRef<ResourceUse['database']>('DatabaseUse').implement({
  description: 'Connections of this server to its database.',
  fields: (t) => ({
    size: t.exposeInt('size', { description: 'The most there may be (`DATABASE_POOL_SIZE`).' }),
    open: t.exposeInt('open'),
    idle: t.exposeInt('idle', { description: 'Of the open ones, those that nobody uses now.' }),
    waiting: t.exposeInt('waiting', { description: 'Queries that wait for a connection.' }),
  }),
})

const EventQueueUse = builder.objectRef<ResourceUse['eventQueue']>('EventQueueUse').implement({
  description: 'Events and log lines in memory that wait to be written.',
  fields: (t) => ({
    waiting: t.exposeInt('waiting'),
    bound: t.exposeInt('bound', {
      description: 'From so many on, engines wait and log lines are dropped (`STORE_QUEUE_EVENTS`).',
    }),
  }),
})

const TapesUse = builder.objectRef<ResourceUse['tapes']>('TapesUse').implement({
  description: 'Room that all tapes together take.',
  fields: (t) => ({
    bytes: t.expose('bytes', { type: 'BigInt' }),
    limitBytes: t.expose('limitBytes', {
      type: 'BigInt',
      description: 'From so much on, live sources are no longer recorded (`RECORD_LIMIT_BYTES`); 0: they never are.',
    }),
  }),
})

const Resources = builder.objectRef<ResourceUse>('Resources').implement({
  description: 'What the platform may use, and uses.',
  fields: (t) => ({
    maxSimulations: t.exposeInt('maxSimulations'),
    runningSimulations: t.exposeInt('runningSimulations'),
    runningEngines: t.exposeInt('runningEngines'),
    cpuCount: t.exposeInt('cpuCount'),
    cpuLimit: t.exposeFloat('cpuLimit', {
      nullable: true,
      description: 'Processors that the container of the server may use; null where nothing holds it back.',
    }),
    totalMemoryBytes: t.expose('totalMemoryBytes', { type: 'BigInt' }),
    memoryLimitBytes: t.expose('memoryLimitBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'Memory that the container of the server may use; null where nothing holds it back.',
    }),
    serverMemoryBytes: t.expose('serverMemoryBytes', { type: 'BigInt' }),
    serverCpuPercent: t.exposeFloat('serverCpuPercent', { nullable: true }),
    database: t.field({ type: DatabaseUse, resolve: (use) => use.database }),
    eventQueue: t.field({ type: EventQueueUse, resolve: (use) => use.eventQueue }),
    tapes: t.field({ type: TapesUse, resolve: (use) => use.tapes }),
    engines: t.field({ type: [Engine], resolve: (use) => [...use.engines] }),
  }),
})

builder.queryField('resources', (t) =>
  t.field({
    type: Resources,
    complexity: { field: LOOK_COST },
    resolve: (_root, _args, context) => context.resources(),
  }),
)
