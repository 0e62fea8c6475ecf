import { LONG_TEXT } from '../arguments.ts'
import { builder } from '../builder.ts'
import type { ConfigurationRecord, Context, Outcome } from '../context.ts'
import { normalName } from '../text.ts'
import { checkContents, invalid, nameFaults } from './check.ts'
import { asPayload, configurationPayload } from './payload.ts'

const Input = builder.inputType('SaveConfigurationInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: 'Saving under a known name makes its next version.' }),
    algorithm: t.string({ required: true }),
    algorithmParameters: t.field({ type: 'JSON' }),
    simulatorParameters: t.field({ type: 'JSON' }),
    tags: t.stringList(),
    notes: t.string({ extensions: LONG_TEXT }),
    savedBy: t.string({ description: 'Who saves it: any text, kept with the version. It is not checked.' }),
    expectedVersion: t.int({
      description: 'The version that is being changed; refused where somebody has saved a newer one. 0: must be new.',
    }),
  }),
})

const Payload = configurationPayload('SaveConfigurationPayload')

/** Checks everything, so that all faults are told at once, and only then saves. */
async function save(input: typeof Input.$inferInput, context: Context): Promise<Outcome<ConfigurationRecord>> {
  const path = ['input']
  const faults = [...nameFaults(input.name, [...path, 'name'])]
  if ((input.expectedVersion ?? 0) < 0)
    faults.push(invalid([...path, 'expectedVersion'], 'Versions begin with 1; 0 means that it must be new.'))
  const contents = checkContents(input, path, context.parameters)
  if (!contents.ok || faults.length > 0)
    return { ok: false, faults: [...faults, ...(contents.ok ? [] : contents.faults)] }
  const expectedVersion = input.expectedVersion ?? null
  return context.configurations.save({ ...contents.value, name: normalName(input.name), expectedVersion })
}

builder.mutationField('saveConfiguration', (t) =>
  t.field({
    type: Payload,
    description: 'Makes a new version each time.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: (_root, { input }, context) => asPayload(save(input, context)),
  }),
)
