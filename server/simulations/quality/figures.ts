import type { EngineReport } from '../../../engines/edge/process/control.ts'
import { joinQuality, type DataQuality, type LatencyFigures, type Reached } from '../../../engines/domain/quality.ts'
import type { EngineRole } from '../../../engines/domain/simulation.ts'
import type { RunPatch } from '../../store/port.ts'

/** What the engines of a run measured, each the newest. */
export class Figures {
  readonly #quality = new Map<EngineRole, DataQuality>()
  readonly #reached = new Map<EngineRole, Reached>()
  #progress: number | null = null
  readonly #latency = new Map<string, LatencyFigures>()

  hear(role: EngineRole, report: EngineReport): void {
    if (report.quality !== undefined) this.#quality.set(role, report.quality)
    if (report.reached !== undefined) this.#reached.set(role, report.reached)
    if (report.progress !== undefined && report.progress !== null) this.#progress = report.progress
    for (const [name, figures] of Object.entries(report.latency ?? {})) this.#latency.set(name, figures)
  }

  /** How far an engine has come in what its source emitted; null: it has not said. */
  reached(role: EngineRole): Reached | null {
    return this.#reached.get(role) ?? null
  }

  /** The figures of all UDP hops together; undefined before any engine reported. */
  hops(): DataQuality | undefined {
    const [first, ...others] = this.#quality.values()
    return first && others.reduce(joinQuality, first)
  }

  /** As the store keeps them. @param dataQuality of the hops and of the feed. */
  patch(dataQuality: DataQuality | undefined): RunPatch {
    const latency = {
      tickToSignal: this.#latency.get('tickToSignal') ?? null,
      signalToFill: this.#latency.get('signalToFill') ?? null,
      tickToFill: this.#latency.get('tickToFill') ?? null,
    }
    return {
      latency,
      ...(this.#progress === null ? {} : { progress: this.#progress }),
      ...(dataQuality === undefined ? {} : { dataQuality }),
    }
  }
}
