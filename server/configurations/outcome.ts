import type { ConfigurationDraft, ConfigurationRecord, ConfigurationVersion, Outcome } from '../../schema/context.ts'

/**
 * How often a save is tried again when another one was quicker. At least one of those that race gets through in each
 * round, so that only more savers at once than this can wear one out.
 */
export const MAX_TRIES = 64

/** The version that a draft becomes. */
export function versionFrom(draft: ConfigurationDraft, version: number, savedAt: Date): ConfigurationVersion {
  const { algorithm, algorithmParameters, simulatorParameters, tags, notes, savedBy } = draft
  return { version, algorithm, algorithmParameters, simulatorParameters, tags, notes, savedBy, savedAt }
}

const refused = (code: string, path: readonly string[], message: string): Outcome<ConfigurationRecord> => ({
  ok: false,
  faults: [{ code, path, message }],
})

/** Somebody has saved a newer version than the one that was to be changed. `current` 0: there is none. */
export function staleVersion({ name, expectedVersion }: ConfigurationDraft, current: number) {
  const message =
    current === 0
      ? `There is no configuration "${name}" yet, so version ${expectedVersion} cannot be changed.`
      : `"${name}" is at version ${current}, not ${expectedVersion}. Look at what changed, then save again.`
  return refused('STALE_VERSION', ['input', 'expectedVersion'], message)
}

/** Others were quicker {@link MAX_TRIES} times. */
export function tooManySavers(name: string) {
  return refused('CONFLICT', ['input', 'name'], `Others save "${name}" all the time. Look at it, then save again.`)
}

/** A configuration is to be made whose name another has. */
export function nameTaken(name: string) {
  const message = `There is a configuration "${name}" already. Delete it first, or give another name.`
  return refused('NAME_TAKEN', ['input', 'name'], message)
}
