import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { boundedFaults } from '../errors.ts'
import { nodeId, readNodeId } from '../node-id.ts'
import { UserError } from '../user-error.ts'

const Input = builder.inputType('DeleteSimulationInput', {
  fields: (t) => ({ simulationId: t.id({ required: true }) }),
})

interface PayloadShape {
  readonly simulationId: string | null
  readonly userErrors: readonly UserFault[]
}

const Payload = builder.objectRef<PayloadShape>('DeleteSimulationPayload').implement({
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      resolve: ({ simulationId }) => (simulationId === null ? null : nodeId('Simulation', simulationId)),
    }),
    userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => boundedFaults(userErrors) }),
  }),
})

builder.mutationField('deleteSimulation', (t) =>
  t.field({
    type: Payload,
    description: 'Removes a simulation that has ended, with all that belongs to it.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = readNodeId(input.simulationId, 'Simulation', ['input', 'simulationId'])
      if (!id.ok) return { simulationId: null, userErrors: id.faults }
      const outcome = await context.simulations.delete(id.value)
      return outcome.ok
        ? { simulationId: outcome.value, userErrors: [] }
        : { simulationId: null, userErrors: outcome.faults }
    },
  }),
)
