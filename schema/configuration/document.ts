import * as z from 'zod'
import { isKeepableTime, KEEPABLE_TIMES, MICROS_PER_MILLISECOND } from '../../engines/domain/time.ts'
import type { ConfigurationHistory, ConfigurationVersion, Outcome, ParameterCheck, UserFault } from '../context.ts'
import { normalName, quoted } from '../text.ts'
import { checkContents, invalid, nameFaults } from './check.ts'

/** What `format` of a document says; the number beside it rises with every change that older readers cannot read. */
const FORMAT = 'aw-trade/configuration'
const FORMAT_VERSION = 1
/** How many versions a document holds at most. */
export const MAX_DOCUMENT_VERSIONS = 1_000

/** Parameters in one order, so that the same configuration is the same document wherever it is kept. */
function sorted(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** A configuration as the document that `importConfiguration` reads. */
export function writeDocument({ name, createdAt, versions }: ConfigurationHistory): Readonly<Record<string, unknown>> {
  return {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    name,
    createdAt: createdAt.toISOString(),
    versions: versions.map((version) => ({
      version: version.version,
      savedAt: version.savedAt.toISOString(),
      savedBy: version.savedBy,
      algorithm: version.algorithm,
      algorithmParameters: sorted(version.algorithmParameters),
      simulatorParameters: sorted(version.simulatorParameters),
      tags: [...version.tags],
      notes: version.notes,
    })),
  }
}

const text = z.string('must be a text')
const time = z.iso
  .datetime({ error: 'must be a time like 2026-09-02T07:44:10.104Z', abort: true })
  .refine((text) => isKeepableTime(Date.parse(text) * MICROS_PER_MILLISECOND), `must be a time ${KEEPABLE_TIMES}`)
const parameters = z.record(z.string(), z.unknown(), 'must be an object').default({})

const Version = z.strictObject(
  {
    // One below the most that 32 bits hold, so that there is always a next one.
    version: z.int('must be a whole number').min(1, 'must be 1 or more').max(2_147_483_646, 'is too large'),
    savedAt: time,
    savedBy: text.nullable().default(null),
    algorithm: text.max(100, 'is too long'),
    algorithmParameters: parameters,
    simulatorParameters: parameters,
    tags: z.array(text, 'must be a list of texts').default([]),
    notes: text.nullable().default(null),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
)

const Document = z.strictObject(
  {
    format: z.literal(FORMAT, `must be "${FORMAT}"`),
    formatVersion: z.literal(FORMAT_VERSION, `must be ${FORMAT_VERSION}, the only one that this server knows`),
    name: text,
    createdAt: time.optional(),
    versions: z
      .array(Version, 'must be a list of versions')
      .min(1, 'must hold at least one version')
      .max(MAX_DOCUMENT_VERSIONS, `may hold at most ${MAX_DOCUMENT_VERSIONS} versions`),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
)

function shapeFaults(error: z.ZodError, path: readonly string[]): readonly UserFault[] {
  return error.issues.flatMap((issue) => {
    const place = issue.path.map(String)
    const at = [...path, ...place]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => invalid([...at, key], `${quoted(key, 50)} is nothing that a document holds.`))
    const what = place.length === 0 ? 'The document' : place.join('.')
    return [invalid(at, `${what} ${issue.message}.`)]
  })
}

/** Reads a document that somebody gives; every fault at once, with paths below `path`. */
export function readDocument(
  given: unknown,
  path: readonly string[],
  check: ParameterCheck,
): Outcome<ConfigurationHistory> {
  const parsed = Document.safeParse(given)
  if (!parsed.success) return { ok: false, faults: shapeFaults(parsed.error, path) }
  const { name, createdAt, versions } = parsed.data
  const faults: UserFault[] = [...nameFaults(name, [...path, 'name'])]
  const first = versions[0]?.version ?? 1
  const checked = versions.flatMap(({ version, savedAt, ...contents }, index): ConfigurationVersion[] => {
    const at = [...path, 'versions', String(index)]
    if (version !== first + index)
      faults.push(
        invalid([...at, 'version'], `Versions are consecutive: ${first + index} is due here, not ${version}.`),
      )
    const outcome = checkContents(contents, at, check)
    if (outcome.ok) return [{ ...outcome.value, version, savedAt: new Date(savedAt) }]
    faults.push(...outcome.faults)
    return []
  })
  if (faults.length > 0) return { ok: false, faults }
  const since = createdAt === undefined ? checked[0]?.savedAt : new Date(createdAt)
  return { ok: true, value: { name: normalName(name), createdAt: since ?? new Date(), versions: checked } }
}
