import { builder } from '../builder.ts'
import { readNodeId } from '../node-id.ts'
import { TradingStateEnum } from '../order/enums.ts'
import { simulationPayload } from './payload.ts'

const Input = builder.inputType('SetTradingInput', {
  fields: (t) => ({
    simulationId: t.id({ required: true }),
    state: t.field({ type: TradingStateEnum, required: true }),
  }),
})

const Payload = simulationPayload('SetTradingPayload')

builder.mutationField('setTrading', (t) =>
  t.field({
    type: Payload,
    description:
      'Changes what a simulation may do that is RUNNING, LIVE or REPLAY. Returns once its simulator has taken that up, after the ' +
      'newest market event that it had seen.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = readNodeId(input.simulationId, 'Simulation', ['input', 'simulationId'])
      if (!id.ok) return { simulationId: null, userErrors: id.faults }
      const outcome = await context.simulations.setTrading(id.value, input.state)
      return outcome.ok
        ? { simulationId: outcome.value, userErrors: [] }
        : { simulationId: null, about: id.value, userErrors: outcome.faults }
    },
  }),
)
