import { builder } from '../builder.ts'
import type { ConfigurationRecord, Outcome, UserFault } from '../context.ts'
import { boundedFaults, unavailableFault } from '../errors.ts'
import { UserError } from '../user-error.ts'
import { Configuration } from './configuration.ts'

interface PayloadShape {
  readonly configuration: ConfigurationRecord | null
  readonly userErrors: readonly UserFault[]
}

/** What mutations answer that make a configuration or a version of one. */
export function configurationPayload(name: 'SaveConfigurationPayload' | 'ImportConfigurationPayload') {
  return builder.objectRef<PayloadShape>(name).implement({
    fields: (t) => ({
      configuration: t.expose('configuration', { type: Configuration, nullable: true }),
      userErrors: t.field({ type: [UserError], resolve: ({ userErrors }) => boundedFaults(userErrors) }),
    }),
  })
}

/** An outcome as a payload; a store that is away is a user error like any other. */
export async function asPayload(work: Promise<Outcome<ConfigurationRecord>>): Promise<PayloadShape> {
  try {
    const outcome = await work
    return outcome.ok
      ? { configuration: outcome.value, userErrors: [] }
      : { configuration: null, userErrors: outcome.faults }
  } catch (error) {
    return { configuration: null, userErrors: [unavailableFault(error, ['input'])] }
  }
}
