import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { boundedFaults, unavailableFault } from '../errors.ts'
import { nodeId, readNodeId } from '../node-id.ts'
import { UserError } from '../user-error.ts'

const Input = builder.inputType('DeleteConfigurationInput', {
  fields: (t) => ({ configurationId: t.id({ required: true }) }),
})

interface PayloadShape {
  readonly configurationId: string | null
  readonly userErrors: readonly UserFault[]
}

const Payload = builder.objectRef<PayloadShape>('DeleteConfigurationPayload').implement({
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      resolve: ({ configurationId: id }) => (id === null ? null : nodeId('Configuration', id)),
    }),
    userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => boundedFaults(userErrors) }),
  }),
})

builder.mutationField('deleteConfiguration', (t) =>
  t.field({
    type: Payload,
    description: 'Removes a configuration with all its versions. Simulations keep the parameters they ran with.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const path = ['input', 'configurationId']
      const id = readNodeId(input.configurationId, 'Configuration', path)
      if (!id.ok) return { configurationId: null, userErrors: id.faults }
      try {
        if (await context.configurations.delete(id.value)) return { configurationId: id.value, userErrors: [] }
      } catch (error) {
        return { configurationId: null, userErrors: [unavailableFault(error, ['input'])] }
      }
      const fault = { message: 'There is no configuration with this id.', path, code: 'NOT_FOUND' }
      return { configurationId: null, userErrors: [fault] }
    },
  }),
)
