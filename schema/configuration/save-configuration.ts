import { builder } from '../builder.ts'
import type { ConfigurationRecord, Context, Outcome, UserFault } from '../context.ts'
import { UserError } from '../user-error.ts'
import { Configuration } from './configuration.ts'

const MAX_NAME = 100
const MAX_NOTES = 10_000
const MAX_TAGS = 20
const MAX_TAG = 50

const Input = builder.inputType('SaveConfigurationInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: 'Saving under a known name makes its next version.' }),
    algorithm: t.string({ required: true }),
    algorithmParameters: t.field({ type: 'JSON' }),
    simulatorParameters: t.field({ type: 'JSON' }),
    tags: t.stringList(),
    notes: t.string(),
    expectedVersion: t.int({
      description: 'The version that is being changed; refused where somebody has saved a newer one. 0: must be new.',
    }),
  }),
})

interface PayloadShape {
  readonly configuration: ConfigurationRecord | null
  readonly userErrors: readonly UserFault[]
}

const Payload = builder.objectRef<PayloadShape>('SaveConfigurationPayload').implement({
  fields: (t) => ({
    configuration: t.expose('configuration', { type: Configuration, nullable: true }),
    userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => [...userErrors] }),
  }),
})

function textFaults(input: typeof Input.$inferInput): UserFault[] {
  const faults: UserFault[] = []
  const refuse = (field: string, message: string) =>
    faults.push({ message, path: ['input', field], code: 'INVALID_CONFIGURATION' })
  const name = input.name.trim()
  if (name.length === 0 || name.length > MAX_NAME)
    refuse('name', `The name must have from 1 to ${MAX_NAME} characters.`)
  if ((input.notes ?? '').length > MAX_NOTES) refuse('notes', `Notes may have at most ${MAX_NOTES} characters.`)
  const tags = input.tags ?? []
  const badTag = tags.some((tag) => tag.trim() === '' || tag.length > MAX_TAG)
  if (tags.length > MAX_TAGS || badTag) refuse('tags', `At most ${MAX_TAGS} tags of 1 to ${MAX_TAG} characters.`)
  if ((input.expectedVersion ?? 0) < 0) refuse('expectedVersion', 'Versions begin with 1; 0 means that it must be new.')
  return faults
}

/** Checks everything, so that all faults are told at once, and only then saves. */
async function save(input: typeof Input.$inferInput, context: Context): Promise<Outcome<ConfigurationRecord>> {
  const faults = textFaults(input)
  const take = (outcome: Outcome<Readonly<Record<string, unknown>>>) => {
    if (outcome.ok) return outcome.value
    faults.push(...outcome.faults)
    return {}
  }
  const { algorithm, parameters } = { algorithm: input.algorithm, parameters: context.parameters }
  const algorithmParameters = take(
    parameters.algorithm(algorithm, input.algorithmParameters ?? {}, ['input', 'algorithmParameters']),
  )
  const simulatorParameters = take(
    parameters.simulator(input.simulatorParameters ?? {}, ['input', 'simulatorParameters']),
  )
  if (faults.length > 0) return { ok: false, faults }
  return context.configurations.save({
    name: input.name.trim(),
    algorithm,
    algorithmParameters,
    simulatorParameters,
    tags: [...new Set((input.tags ?? []).map((tag) => tag.trim()))],
    notes: input.notes ?? null,
    expectedVersion: input.expectedVersion ?? null,
  })
}

builder.mutationField('saveConfiguration', (t) =>
  t.field({
    type: Payload,
    description: 'Makes a new version each time.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: async (_root, { input }, context) => {
      const outcome = await save(input, context)
      return outcome.ok
        ? { configuration: outcome.value, userErrors: [] }
        : { configuration: null, userErrors: outcome.faults }
    },
  }),
)
