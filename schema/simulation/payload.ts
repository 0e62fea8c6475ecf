import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { boundedFaults, doneUnread } from '../errors.ts'
import { nodeId } from '../node-id.ts'
import { UserError } from '../user-error.ts'
import { Simulation } from './simulation.ts'

/** What became of a simulation that a mutation was about: its database id, or why there is none. */
export interface SimulationOutcome {
  readonly simulationId: string | null
  /** The one that was named, where the mutation names one and did not do what it was asked. */
  readonly about?: string
  readonly userErrors: readonly UserFault[]
}

/** The payload type of a mutation that answers with a simulation. */
export function simulationPayload(name: 'StartSimulationPayload' | 'StopSimulationPayload' | 'SetTradingPayload') {
  return builder.objectRef<SimulationOutcome>(name).implement({
    fields: (t) => ({
      simulation: t.field({
        type: Simulation,
        nullable: true,
        resolve: ({ simulationId: id }, _args, context) =>
          id === null
            ? null
            : context.prisma.simulation.findUnique({ where: { id } }).catch((error: unknown) => {
                throw doneUnread(nodeId('Simulation', id), error)
              }),
      }),
      simulationId: t.id({
        nullable: true,
        description:
          'What this is about, also where `simulation` cannot be read right now; null: no simulation was started.',
        resolve({ simulationId, about }) {
          const id = simulationId ?? about ?? null
          return id === null ? null : nodeId('Simulation', id)
        },
      }),
      userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => boundedFaults(userErrors) }),
    }),
  })
}
