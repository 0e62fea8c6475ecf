import type { EngineRole } from '../../engines/domain/simulation.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type { EngineEntry } from '../../schema/context.ts'
import type { EngineSaying } from '../launcher/port.ts'

/** An engine that says nothing for so long (it reports once a second) is told of as one that is not heard. */
const UNHEARD_MS = 5_000
/** One that has not said a word yet has longer: many that are launched at once, or whose image comes first, take their time. */
const UNBEGUN_MS = 15_000
/** The most that a run keeps of what cannot be believed, and how long a sentence of it may be. */
const MAX_DOUBTS = 40
const MAX_LENGTH = 500

/** An engine as its warnings need it. */
export interface SpeakingEngine {
  readonly role: EngineRole
  entry(): Pick<EngineEntry, 'state'>
  saying(): EngineSaying
}

/**
 * What is not as it should be with the engines of a run right now: what they say themselves, and which of them has not
 * been heard for long.
 * @param now monotonic milliseconds.
 */
export function engineWarnings(engines: readonly SpeakingEngine[], now: number): readonly string[] {
  return engines.flatMap((engine) => {
    if (engine.entry().state === 'exited') return []
    const { since, heardAt, warnings } = engine.saying()
    const silence = now - (heardAt ?? since)
    if (silence < (heardAt === null ? UNBEGUN_MS : UNHEARD_MS)) return warnings
    const seconds = Math.floor(silence / 1000)
    if (heardAt === null) {
      return [
        `The ${engine.role} has not said a word since it was launched, or taken over, ${seconds} s ago: it hangs, or its machine has no ` +
          'time for it. What its algorithm does when it is created may be why; a stop ends it.',
      ]
    }
    return [
      `The ${engine.role} has not been heard for ${seconds} s: it hangs, or cannot be reached. What it says once more then is ` +
        'taken up; what it did not process meanwhile is told as lost.',
      ...warnings,
    ]
  })
}

/** Market time at which the market began that one of the engines generates; null: none does, or has said so yet. */
export function marketStart(engines: readonly SpeakingEngine[]): Micros | null {
  for (const engine of engines) {
    const { marketStartedAt } = engine.saying()
    if (marketStartedAt !== undefined) return marketStartedAt
  }
  return null
}

/** From where on, and why, the figures of a run cannot be believed. What was noted once stays. */
export class Doubts {
  readonly #noted: Set<string>

  /** @param noted what is stored of the run already. */
  constructor(noted: readonly string[] = []) {
    this.#noted = new Set(noted)
  }

  /** @returns whether any of it is new. Beyond {@link MAX_DOUBTS} nothing is added: the first say from where on. */
  note(sentences: readonly string[]): boolean {
    const before = this.#noted.size
    for (const sentence of sentences) {
      if (this.#noted.size >= MAX_DOUBTS) break
      this.#noted.add(sentence.slice(0, MAX_LENGTH).replaceAll(/\0|\p{Cs}/gu, '\uFFFD'))
    }
    return this.#noted.size > before
  }

  all(): readonly string[] {
    return [...this.#noted]
  }
}
