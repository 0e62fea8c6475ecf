import { builder } from '../builder.ts'
import { readNodeId } from '../node-id.ts'
import { simulationPayload } from './payload.ts'

const Input = builder.inputType('StopSimulationInput', {
  fields: (t) => ({ simulationId: t.id({ required: true }) }),
})

const Payload = simulationPayload('StopSimulationPayload')

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
        : { simulationId: null, about: id.value, userErrors: outcome.faults }
    },
  }),
)
