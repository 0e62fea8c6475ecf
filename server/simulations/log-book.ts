import type { EngineRole } from '../../engines/domain/simulation.ts'
import type { Micros } from '../../engines/domain/time.ts'
import type { LogRecord } from '../../schema/context.ts'
import type { EngineLine } from '../launcher/port.ts'

/** Numbers the lines of each run's engines from 1. */
export interface LogBook {
  next(simulationId: string, role: EngineRole, line: EngineLine): LogRecord
  /** The run goes on here; its newest line so far has this number. */
  goOn(simulationId: string, sequence: number): void
  /** The run has ended and will log nothing more. */
  forget(simulationId: string): void
}

/** The most characters of a line that are kept. */
const MAX_LINE = 4_000

export function createLogBook(options: { readonly now: () => Micros }): LogBook {
  const sequences = new Map<string, number>()
  return {
    next(simulationId, role, { level, message }) {
      const sequence = (sequences.get(simulationId) ?? 0) + 1
      sequences.set(simulationId, sequence)
      return { sequence, time: options.now(), role, level, message: message.slice(0, MAX_LINE) }
    },
    goOn: (simulationId, sequence) => void sequences.set(simulationId, sequence),
    forget: (simulationId) => void sequences.delete(simulationId),
  }
}
