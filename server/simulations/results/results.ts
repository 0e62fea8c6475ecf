import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { Metrics } from '../../../engines/domain/trading/metrics.ts'
import { NO_DATA_YET, type Reached } from '../../../engines/domain/quality.ts'
import type { EngineRole, SimulationSpec } from '../../../engines/domain/simulation.ts'
import type { EngineEnd, EngineReport } from '../../../engines/edge/process/control.ts'
import type { RunPatch } from '../../store/port.ts'
import { neverStored } from '../ending/final-word.ts'
import { Figures } from '../quality/figures.ts'
import { withShortfall, type Shortfall } from '../quality/shortfall.ts'
import type { Intake } from '../events/intake.ts'
import { recount, type StoredEvents } from './recount.ts'
import { ToldFigures } from './told-figures.ts'

export interface ResultsOptions {
  readonly spec: SimulationSpec
  /** The metrics that are written; null: none. */
  readonly metrics: Metrics | null
  readonly intake: Pick<Intake, 'newestStored' | 'newestTaken' | 'quality'>
  readonly stored: StoredEvents
}

/** What a run shows once it has ended. */
export interface LastResults {
  readonly figures: RunPatch
  /** More, which is to be read from the store. */
  readonly more?: () => Promise<RunPatch>
}

/** The figures of a run: of those that its engines tell, the ones that what is stored bears out. */
export class Results {
  readonly #options: ResultsOptions
  readonly #figures = new Figures()
  readonly #told = new ToldFigures()
  #metrics: Metrics | null
  /** Sequence of the event that ends a run, which holds its whole result; null: it has not come. */
  #finishedAt: number | null = null

  constructor(options: ResultsOptions) {
    this.#options = options
    this.#metrics = options.metrics
  }

  /** Takes an engine's report. */
  hear(role: EngineRole, report: EngineReport): void {
    this.#figures.hear(role, report)
    if (role !== 'SIMULATOR') return
    const { metrics, last } = report
    const figures = { ...(metrics === undefined ? {} : { metrics }), ...this.#measured() }
    this.#told.tell(last ?? this.#options.intake.newestTaken, figures)
  }

  /** How far an engine has come in what its source emitted; null: it has not said. */
  reached(role: EngineRole): Reached | null {
    return this.#figures.reached(role)
  }

  /** Looks at an event that is new. */
  note(event: SimulatorEvent): void {
    if (event.type !== 'finished') return
    this.#finishedAt = event.sequence
    // An engine that outlived an older server may say nothing of ruin.
    const ruin = event.ruin ?? null
    this.#told.tell(event.sequence, { metrics: event.metrics, ...(ruin === null ? {} : { ruin }) })
  }

  /** Takes out the figures that may be written by now; null: none are new. */
  due(): RunPatch | null {
    const figures = this.#told.upTo(this.#options.intake.newestStored)
    this.#metrics = figures?.metrics ?? this.#metrics
    return figures
  }

  /**
   * The figures of a run that is over: the newest where all of it is stored, else those of what is.
   * @param lastWord the simulator's; null: it did not say it.
   * @param shortfall what the run did not process of its market; null: nothing that is known of.
   */
  last(lastWord: EngineEnd | null, shortfall: Shortfall | null): LastResults {
    const { intake, spec, stored } = this.#options
    const told = lastWord !== null && neverStored(lastWord, intake.newestStored) === null
    // Of one that a fault ended, the last figures were told before its last events.
    const toldAll = told && lastWord.reason !== 'FAILED'
    const finished = this.#finishedAt !== null && this.#finishedAt <= intake.newestStored
    if (!toldAll && !finished) {
      const figures = { ...this.due(), ...this.#lacking(shortfall) }
      return { figures, more: () => recount(spec, this.#metrics, stored) }
    }
    const newest = this.#told.upTo(Number.POSITIVE_INFINITY)
    // A fingerprint is of all fills, or says nothing.
    const fingerprint = toldAll ? (lastWord?.fingerprint ?? null) : null
    const measured = { ...this.#measured(), ...this.#lacking(shortfall) }
    return { figures: { ...newest, ...measured, ...(fingerprint === null ? {} : { fingerprint }) } }
  }

  #lacking(shortfall: Shortfall | null): RunPatch {
    if (shortfall === null) return {}
    const quality = this.#options.intake.quality(this.#figures.hops()) ?? NO_DATA_YET
    return { dataQuality: withShortfall(quality, shortfall) }
  }

  #measured(): RunPatch {
    return this.#figures.patch(this.#options.intake.quality(this.#figures.hops()))
  }
}
