import { builder } from '../builder.ts'
import type { EngineEntry } from '../context.ts'
import { EngineRoleEnum, LauncherKindEnum } from '../enums.ts'
import { nodeId } from '../node-id.ts'

/** An engine, with the run that it belongs to where it belongs to one alone. */
export type EngineShape = EngineEntry & { readonly simulationId?: string | null }

export const Engine = builder.objectRef<EngineShape>('Engine').implement({
  description: 'A process of a run, as it is now or as it ended.',
  fields: (t) => ({
    role: t.expose('role', { type: EngineRoleEnum }),
    state: t.exposeString('state', {
      description:
        '`starting`, `running`, `stopping` or `exited`; `released`: a shared streamer that the ended run no longer uses.',
    }),
    launcher: t.expose('launcher', { type: LauncherKindEnum }),
    pid: t.exposeInt('pid', { nullable: true }),
    containerId: t.exposeString('containerId', { nullable: true }),
    exitCode: t.exposeInt('exitCode', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    cpuPercent: t.exposeFloat('cpuPercent', { nullable: true }),
    memoryBytes: t.expose('memoryBytes', { type: 'BigInt', nullable: true }),
    memoryLimitBytes: t.expose('memoryLimitBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'What it may use at most; null where nothing holds it back, as with a plain process.',
    }),
    cpuLimit: t.exposeFloat('cpuLimit', { nullable: true, description: 'In processors; null: no limit.' }),
    pidsLimit: t.exposeInt('pidsLimit', {
      nullable: true,
      description: 'The most processes and threads it may have; null: no limit.',
    }),
    simulationId: t.id({
      nullable: true,
      description: 'The simulation that it serves; null where it serves several.',
      resolve: ({ simulationId = null }) => (simulationId === null ? null : nodeId('Simulation', simulationId)),
    }),
  }),
})

/** Engines as a run's row keeps them: JSON, in which a Date is a text. */
export function decodeEngines(stored: unknown): readonly EngineEntry[] {
  if (!Array.isArray(stored)) return []
  return (stored as (Omit<EngineEntry, 'startedAt'> & { startedAt: string | null })[]).map((engine) => ({
    ...engine,
    startedAt: engine.startedAt === null ? null : new Date(engine.startedAt),
  }))
}
