import type { Logger } from 'pino'
import { Bell } from '../../engines/edge/bell.ts'
import { deferred, type Deferred } from '../../engines/edge/deferred.ts'
import { isBadData } from '../store/outage.ts'
import type { RunPatch, RunStore } from '../store/port.ts'

/** Waits between attempts to write; the last one repeats. */
const RETRY_MS = [100, 250, 500, 1_000, 2_000, 5_000]
/** The longest reason, in characters, that is written where the store did not take the whole change. */
const MAX_REASON_LENGTH = 2_000

/**
 * Writes changes of runs, in order per run, as soon as the store can be reached. Of a change that the store can never
 * take, the figures are given up, so that a run still gets its final status.
 */
export interface RunPersistence {
  /**
   * Resolves when the change is written, or given up because this is disposed of.
   * @param more is read from the store right before, and written with the change: as often as it takes.
   */
  persist(simulationId: string, patch: RunPatch, more?: () => Promise<RunPatch>): Promise<void>
  /** Since when a change waits for the store to take it; null: none does. */
  waitingSince(): Date | null
  /** Makes one last attempt at what waits, then gives it up. */
  dispose(): Promise<void>
}

export interface PersistenceOptions {
  readonly runs: Pick<RunStore, 'patch'>
  /** Called after a change is written. */
  readonly onWritten: (simulationId: string, patch: RunPatch) => void
  readonly log: Logger
}

interface Waiting {
  patch: RunPatch
  readonly more: (() => Promise<RunPatch>) | null
  readonly written: Deferred<void>
}

/** What of a change must reach the store whatever happens to the rest, in a form that it can take. */
function essentialsOf({ status, statusReason, startedAt, endedAt }: RunPatch): RunPatch {
  const isMoment = (date: Date | undefined): date is Date => date !== undefined && !Number.isNaN(date.getTime())
  return {
    ...(status === undefined ? {} : { status }),
    ...(statusReason === undefined ? {} : { statusReason: statusReason === null ? null : plainText(statusReason) }),
    ...(isMoment(startedAt) ? { startedAt } : {}),
    ...(isMoment(endedAt) ? { endedAt } : {}),
  }
}

/** Without control characters and halves of characters, and of a length that any store takes. */
function plainText(text: string): string {
  return text
    .slice(0, MAX_REASON_LENGTH)
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, '\uFFFD')
    .trim()
}

/**
 * Makes a {@link RunPersistence}. Figures that wait are merged into one change, so a run's queue holds no more than
 * its few changes of status.
 */
export function createRunPersistence(options: PersistenceOptions): RunPersistence {
  const queues = new Map<string, Waiting[]>()
  const drains = new Set<Promise<void>>()
  /** Since when the change of each run that is being written waits; the oldest first. */
  const underWay = new Map<string, Date>()
  const disposing = new Bell()
  let disposed = false

  const pause = async (milliseconds: number): Promise<void> => {
    const over = deferred<void>()
    const timer = setTimeout(over.resolve, milliseconds)
    await disposing.orElse(over.promise)
    clearTimeout(timer)
  }
  const tellWritten = (simulationId: string, patch: RunPatch): void => {
    try {
      options.onWritten(simulationId, patch)
    } catch (error) {
      // It is written: a listener's bug is no reason to write it again.
      options.log.error({ simulationId, err: error }, 'a change of a run was written, but could not be told')
    }
  }
  const write = async (simulationId: string, { patch: whole, more }: Waiting): Promise<void> => {
    let patch = whole
    for (let attempt = 0; ; attempt++) {
      const last = disposed
      try {
        const added = patch === whole ? await more?.() : undefined
        await options.runs.patch(simulationId, { ...added, ...patch })
        tellWritten(simulationId, patch)
        return
      } catch (error) {
        if (isBadData(error)) {
          const told = patch === whole ? 'the store cannot take a change of a run' : 'nor what matters most of it'
          options.log.error({ simulationId, patch, err: error }, told)
          if (patch !== whole || whole.status === undefined) return
          patch = essentialsOf(whole)
          continue
        }
        if (attempt === 0 || last)
          options.log.warn({ simulationId, patch, err: error }, 'a change of a run cannot be written')
        if (last) return
        await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0)
      }
    }
  }
  const drain = async (simulationId: string, queue: Waiting[]): Promise<void> => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      // Taken off before it is written: what comes in meanwhile must not be merged into it.
      queue.shift()
      underWay.set(simulationId, new Date())
      await write(simulationId, next)
      underWay.delete(simulationId)
      next.written.resolve()
    }
    queues.delete(simulationId)
  }

  return {
    waitingSince: () => underWay.values().next().value ?? null,
    persist(simulationId, patch, more) {
      const queue = queues.get(simulationId)
      const last = queue?.at(-1)
      if (last !== undefined && last.patch.status === undefined && patch.status === undefined) {
        last.patch = { ...last.patch, ...patch }
        return last.written.promise
      }
      const waiting: Waiting = { patch, more: more ?? null, written: deferred() }
      if (queue !== undefined) queue.push(waiting)
      else {
        const started = [waiting]
        queues.set(simulationId, started)
        const drained = drain(simulationId, started).finally(() => drains.delete(drained))
        drains.add(drained)
      }
      return waiting.written.promise
    },
    async dispose() {
      disposed = true
      disposing.ring()
      await Promise.all(drains)
    },
  }
}
