import { builder } from '../builder.ts'
import type { UserFault } from '../context.ts'
import { LauncherKindEnum, SimulationModeEnum } from '../enums.ts'
import { readNodeId } from '../node-id.ts'
import { simulationPayload } from './payload.ts'

const Input = builder.inputType('StartSimulationInput', {
  fields: (t) => ({
    algorithm: t.string({ required: true, description: 'Its name, see `algorithms`.' }),
    algorithmParameters: t.field({ type: 'JSON', description: 'Only what differs from the defaults.' }),
    simulatorParameters: t.field({ type: 'JSON', description: 'Only what differs from the defaults.' }),
    configurationId: t.id({ description: 'Parameters that the two above override.' }),
    mode: t.field({ type: SimulationModeEnum, defaultValue: 'LIVE' }),
    source: t.string({ description: '`sandbox` where nothing is said; see `sources`.' }),
    products: t.stringList(),
    durationSeconds: t.int({ description: 'Absent: until stopped, or to the end of the tape.' }),
    speed: t.float({ description: 'REPLAY only: 1 is the recorded pace.' }),
    seed: t.int({ description: 'Seed of a generated market.' }),
    freshMarket: t.boolean({
      description:
        'Source `sandbox` only: a market of its own, which begins with this simulation, so that the same seed gives it the ' +
        'same ticks. Else it shares one with all others of its seed, and joins it as it stands.',
    }),
    launcher: t.field({ type: LauncherKindEnum }),
    idempotencyKey: t.string({ description: 'The same key returns the same run.' }),
  }),
})

const Payload = simulationPayload('StartSimulationPayload')

builder.mutationField('startSimulation', (t) =>
  t.field({
    type: Payload,
    description: 'Starts a simulation and returns as soon as it is on its way.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const failed = (userErrors: readonly UserFault[]) => ({ simulationId: null, userErrors })
      const configurationId = input.configurationId ?? null
      const configuration =
        configurationId === null ? null : readNodeId(configurationId, 'Configuration', ['input', 'configurationId'])
      if (configuration?.ok === false) return failed(configuration.faults)
      const request = { ...input, mode: input.mode ?? 'LIVE', configurationId: configuration?.value ?? null }
      const outcome = await context.simulations.start(request)
      return outcome.ok ? { simulationId: outcome.value, userErrors: [] } : failed(outcome.faults)
    },
  }),
)
