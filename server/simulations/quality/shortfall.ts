import { addCounts, emittedTo, type DataQuality, type Emitted, type Reached } from '../../../engines/domain/quality.ts'
import type { EngineRole } from '../../../engines/domain/simulation.ts'
import type { EngineEnd } from '../../../engines/edge/process/control.ts'
import type { EngineExit } from '../../launcher/port.ts'
import type { Ending } from '../ending/ending.ts'
import type { SpeakingEngine } from '../warnings.ts'
import type { Figures } from './figures.ts'

/** The way from one engine to the next, as both told of it last. */
export interface Hop {
  readonly taker: EngineRole
  /** What the taker subscribes to; empty: all. */
  readonly filter: readonly string[]
  /** null: its source, or the taker, has not said. */
  readonly emitted: Emitted | null
  readonly reached: Reached | null
}

/** The ways from the streamer to the algorithm, and from there to the simulator, as they were told of last. */
export function hopsOf(
  engines: readonly Pick<SpeakingEngine, 'role' | 'saying'>[],
  figures: Pick<Figures, 'reached'>,
  products: readonly string[],
): readonly Hop[] {
  const emitted = (role: EngineRole) => engines.find((engine) => engine.role === role)?.saying().emitted ?? null
  return [
    { taker: 'ALGORITHM', filter: products, emitted: emitted('STREAMER'), reached: figures.reached('ALGORITHM') },
    { taker: 'SIMULATOR', filter: [], emitted: emitted('ALGORITHM'), reached: figures.reached('SIMULATOR') },
  ]
}

/** How the engines of a run ended. */
export interface LastOfRun {
  readonly ending: Ending
  /** Whether the simulator was there and had subscribed: before that there is nothing it could lack. */
  readonly connected: boolean
  /** The simulator's; null: it said none. */
  readonly lastWord: EngineEnd | null
  readonly exits: readonly { readonly role: EngineRole; readonly exit: EngineExit }[]
  readonly hops: readonly Hop[]
}

/** What a run did not process of the market that was there for it. */
export interface Shortfall {
  /** For a person. */
  readonly sentence: string
  /** About so many messages: what was told once a second is compared. */
  readonly lost: number
}

const isOrderly = ({ code, signal }: EngineExit): boolean => code === 0 && signal === null

/**
 * What a run lacks because an engine of it did not come to its end: it hung, or was killed. null where the simulator was told
 * that nothing more would come, which only an algorithm that has processed all says, or where nothing was cut short.
 */
export function shortfallOf({ ending, connected, lastWord, exits, hops }: LastOfRun): Shortfall | null {
  if (!connected || (lastWord !== null && lastWord.whole !== false)) return null
  const disorderly = exits.filter(({ role, exit }) => role !== 'STREAMER' && !isOrderly(exit)).map(({ role }) => role)
  // An algorithm whose simulator hangs cannot finish, through no fault of its own.
  const broken = disorderly.includes('SIMULATOR') ? disorderly.filter((role) => role === 'SIMULATOR') : disorderly
  // A run that failed for another reason ended where it was; one whose simulator left in order said all it had.
  if (broken.length === 0 && (ending.status === 'FAILED' || lastWord === null)) return null
  const lost = hops.filter(({ taker }) => broken.includes(taker)).reduce((sum, hop) => sum + behind(hop), 0)
  const who = broken[0] === undefined ? 'an engine' : `the ${broken[0]}`
  const many = lost === 0 ? 'how much of it is missing is not known' : `some ${lost} messages of it are missing`
  return { sentence: `The market was not processed to the end, since ${who} did not finish: ${many}.`, lost }
}

function behind({ filter, emitted, reached }: Hop): number {
  if (emitted === null || reached === null || emitted.publisher !== reached.publisher) return 0
  return Math.max(0, (emittedTo(emitted, filter) ?? 0) - reached.count)
}

/** The figures of a run that lacks something. */
export function withShortfall(quality: DataQuality, { lost }: Shortfall): DataQuality {
  return { ...quality, lost: addCounts(quality.lost, lost), lossUnknown: true }
}
