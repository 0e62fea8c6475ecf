import { useQuery } from 'urql'
import type { CombinedError } from 'urql'
import { PresetQuery, RunQuery, type Preset, type RunToRepeat } from '../documents.ts'
import { blankDraft, draftOf, draftOfRun, type Catalogue, type Draft, type Market } from './draft.ts'
import type { Origin } from './origin.ts'

/** The version of a configuration that the form began with. */
export interface ChosenPreset {
  readonly configuration: Preset
  /** The chosen one. */
  readonly version: number
  readonly tags: readonly string[]
  readonly notes: string | null
}

/** What the form begins with. */
export interface Base {
  readonly draft: Draft
  readonly run: RunToRepeat | null
  readonly preset: ChosenPreset | null
  /** What the address asks for and is not there. */
  readonly missing: string | null
}

type BaseState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: CombinedError; readonly retry: () => void }
  | { readonly kind: 'ready'; readonly base: Base }

const LOADING: BaseState = { kind: 'loading' }

function fromDefaults(catalogue: Catalogue, market: Market | null, missing: string | null): Base {
  const blank = blankDraft(catalogue)
  return { draft: market === null ? blank : { ...blank, market }, run: null, preset: null, missing }
}

function fromPreset(configuration: Preset, version: number | null, market: Market): Base | null {
  const found = version === null ? configuration : configuration.versionAt
  if (found === null) return null
  const { tags, notes } = found
  const preset = { configuration, version: version ?? configuration.version, tags, notes }
  return { draft: draftOf(found.algorithm, found, market), run: null, preset, missing: null }
}

function isAbout(found: { readonly id: string } | null | undefined, id: string): boolean {
  return found?.id === id
}

function isVersion(found: Preset | null | undefined, id: string, version: number | null): boolean {
  return isAbout(found, id) && (version === null || found?.versionAt?.version === version)
}

/**
 * Reads what the form begins with.
 * @param catalogue null: not known yet
 * @param carried where and when it is to run, where another form has said so already
 */
export function useBase(origin: Origin, catalogue: Catalogue | null, carried: Market | null): BaseState {
  const id = origin.kind === 'defaults' ? '' : origin.id
  const version = origin.kind === 'configuration' ? origin.version : null
  const [run, askRun] = useQuery({ query: RunQuery, variables: { id }, pause: origin.kind !== 'run' })
  const [preset, askPreset] = useQuery({
    query: PresetQuery,
    variables: { id, version: version ?? 0 },
    pause: origin.kind !== 'configuration',
    // Somebody may have saved a newer version since.
    requestPolicy: 'cache-and-network',
  })
  if (catalogue === null) return LOADING
  if (origin.kind === 'defaults') return { kind: 'ready', base: fromDefaults(catalogue, carried, null) }
  const [state, ask] = origin.kind === 'run' ? ([run, askRun] as const) : ([preset, askPreset] as const)
  const answered = isAbout(run.data?.simulation, id) || isVersion(preset.data?.configuration, id, version)
  // Until the server has answered, what is there may be of another question, or what the cache can make of a part.
  if (!answered && (state.fetching || state.stale)) return LOADING
  if (!answered && state.error !== undefined)
    return { kind: 'failed', error: state.error, retry: () => ask({ requestPolicy: 'network-only' }) }
  if (state.data === undefined || state.data === null) return LOADING
  const blank = fromDefaults(catalogue, carried, null)
  if (origin.kind === 'run') {
    const found = run.data?.simulation ?? null
    const missing = 'There is no such simulation any more; the form begins with the defaults.'
    if (found === null) return { kind: 'ready', base: { ...blank, missing } }
    return { kind: 'ready', base: { draft: draftOfRun(found), run: found, preset: null, missing: null } }
  }
  const configuration = preset.data?.configuration ?? null
  if (configuration === null) {
    const missing = 'There is no such configuration any more; the form begins with the defaults.'
    return { kind: 'ready', base: { ...blank, missing } }
  }
  const missing = `"${configuration.name}" has no version ${version}; the form begins with the defaults.`
  const base = fromPreset(configuration, version, blank.draft.market) ?? { ...blank, missing }
  return { kind: 'ready', base }
}
