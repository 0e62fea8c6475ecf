import type { ConfigurationVersion, Outcome, ParameterCheck, UserFault } from '../context.ts'
import { isPrintableLine, normalName } from '../text.ts'

const MAX_NAME = 100
const MAX_NOTES = 10_000
const MAX_TAGS = 20
const MAX_TAG = 50
const MAX_SAVED_BY = 100

/** What a person decides of a version. */
export type Contents = Omit<ConfigurationVersion, 'version' | 'savedAt'>

/** The same, unchecked but for the types of texts. */
export interface GivenContents {
  readonly algorithm: string
  readonly algorithmParameters?: unknown
  readonly simulatorParameters?: unknown
  readonly tags?: readonly string[] | null | undefined
  readonly notes?: string | null | undefined
  readonly savedBy?: string | null | undefined
}

export function invalid(path: readonly string[], message: string): UserFault {
  return { message, path, code: 'INVALID_CONFIGURATION' }
}

/** The faults of a configuration's name; none where it is good. */
export function nameFaults(name: string, path: readonly string[]): readonly UserFault[] {
  const normal = normalName(name)
  if (isPrintableLine(normal) && normal.length <= MAX_NAME) return []
  return [invalid(path, `The name must have from 1 to ${MAX_NAME} characters, on one line, that can be seen.`)]
}

function textFaults(given: GivenContents, path: readonly string[]): readonly UserFault[] {
  const faults: UserFault[] = []
  const refuse = (field: string, message: string) => faults.push(invalid([...path, field], message))
  if ((given.notes ?? '').length > MAX_NOTES) refuse('notes', `Notes may have at most ${MAX_NOTES} characters.`)
  const tags = given.tags ?? []
  const badTag = tags.some((tag) => !isPrintableLine(normalName(tag)) || tag.length > MAX_TAG)
  if (tags.length > MAX_TAGS || badTag)
    refuse('tags', `At most ${MAX_TAGS} tags of 1 to ${MAX_TAG} characters that can be seen.`)
  const savedBy = normalName(given.savedBy ?? '')
  if (savedBy !== '' && (savedBy.length > MAX_SAVED_BY || !isPrintableLine(savedBy)))
    refuse('savedBy', `Who saves it may have at most ${MAX_SAVED_BY} characters, on one line, that can be seen.`)
  return faults
}

/** Checks what a version holds and fills in defaults; every fault at once, with paths below `path`. */
export function checkContents(
  given: GivenContents,
  path: readonly string[],
  parameters: ParameterCheck,
): Outcome<Contents> {
  const algorithm = parameters.algorithm(given.algorithm, given.algorithmParameters ?? {}, [
    ...path,
    'algorithmParameters',
  ])
  const simulator = parameters.simulator(given.simulatorParameters ?? {}, [...path, 'simulatorParameters'])
  const faults = [
    ...textFaults(given, path),
    ...(algorithm.ok ? [] : algorithm.faults),
    ...(simulator.ok ? [] : simulator.faults),
  ]
  if (faults.length > 0 || !algorithm.ok || !simulator.ok) return { ok: false, faults }
  const savedBy = normalName(given.savedBy ?? '')
  return {
    ok: true,
    value: {
      algorithm: given.algorithm,
      algorithmParameters: algorithm.value,
      simulatorParameters: simulator.value,
      tags: [...new Set((given.tags ?? []).map(normalName))],
      notes: given.notes?.normalize('NFC') ?? null,
      savedBy: savedBy === '' ? null : savedBy,
    },
  }
}
