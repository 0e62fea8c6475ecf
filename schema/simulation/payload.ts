import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { boundedFaults } from '../errors.ts'
import { UserError } from '../user-error.ts'
import { Simulation } from './simulation.ts'

/** What became of a simulation that a mutation was about: its database id, or why there is none. */
export interface SimulationOutcome {
  readonly simulationId: string | null
  readonly userErrors: readonly UserFault[]
}

/** The payload type of a mutation that answers with a simulation. */
export function simulationPayload(name: 'StartSimulationPayload' | 'StopSimulationPayload') {
  return builder.objectRef<SimulationOutcome>(name).implement({
    fields: (t) => ({
      simulation: t.field({
        type: Simulation,
        nullable: true,
        resolve: ({ simulationId: id }, _args, context) =>
          id === null ? null : context.prisma.simulation.findUnique({ where: { id } }),
      }),
      userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => boundedFaults(userErrors) }),
    }),
  })
}
