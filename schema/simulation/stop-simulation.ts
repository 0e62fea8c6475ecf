import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { readNodeId } from '../node-id.ts'
import { UserError } from '../user-error.ts'
import { Simulation } from './simulation.ts'

const Input = builder.inputType('StopSimulationInput', {
  fields: (t) => ({ simulationId: t.id({ required: true }) }),
})

interface PayloadShape {
  readonly simulationId: string | null
  readonly userErrors: readonly UserFault[]
}

const Payload = builder.objectRef<PayloadShape>('StopSimulationPayload').implement({
  fields: (t) => ({
    simulation: t.field({
      type: Simulation,
      nullable: true,
      resolve: ({ simulationId: id }, _args, context) =>
        id === null ? null : context.prisma.simulation.findUnique({ where: { id } }),
    }),
    userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => [...userErrors] }),
  }),
})

builder.mutationField('stopSimulation', (t) =>
  t.field({
    type: Payload,
    description: 'Returns when nothing of the simulation runs any more.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = readNodeId(input.simulationId, 'Simulation', ['input', 'simulationId'])
      if (!id.ok) return { simulationId: null, userErrors: id.faults }
      const outcome = await context.simulations.stop(id.value)
      return outcome.ok
        ? { simulationId: outcome.value, userErrors: [] }
        : { simulationId: null, userErrors: outcome.faults }
    },
  }),
)
