import { builder } from '../builder.ts'
import type { ConfigurationRecord, Context, Outcome } from '../context.ts'
import { normalName } from '../text.ts'
import { nameFaults } from './check.ts'
import { readDocument } from './document.ts'
import { asPayload, configurationPayload } from './payload.ts'

const Input = builder.inputType('ImportConfigurationInput', {
  fields: (t) => ({
    document: t.field({ type: 'JSON', required: true, description: 'What `Configuration.export` gave.' }),
    name: t.string({ description: 'Another name than the one in the document.' }),
  }),
})

const Payload = configurationPayload('ImportConfigurationPayload')

async function restore(input: typeof Input.$inferInput, context: Context): Promise<Outcome<ConfigurationRecord>> {
  const read = readDocument(input.document, ['input', 'document'], context.parameters)
  const name = input.name ?? null
  const faults = [...(name === null ? [] : nameFaults(name, ['input', 'name'])), ...(read.ok ? [] : read.faults)]
  if (!read.ok || faults.length > 0) return { ok: false, faults }
  return context.configurations.restore(name === null ? read.value : { ...read.value, name: normalName(name) })
}

builder.mutationField('importConfiguration', (t) =>
  t.field({
    type: Payload,
    description:
      'Makes a configuration with all the versions of an exported document, numbers and times included, or nothing. ' +
      'Its name must be free. Every version is checked as one that is saved.',
    args: { input: t.arg({ type: Input, required: true }) },
    resolve: (_root, { input }, context) => asPayload(restore(input, context)),
  }),
)
