import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { LineSplitter } from '../../../engines/edge/process/line-splitter.ts'
import { DockerError } from './daemon.ts'

/** What befell a container. */
export interface ContainerEvent {
  /** `die`, `oom`, `kill`, `destroy`, `health_status: unhealthy` … */
  readonly action: string
  readonly containerId: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface DockerWatchOptions {
  /** Opens Docker's stream of events. @throws DockerError */
  readonly open: () => Promise<Readable>
  readonly onEvent: (event: ContainerEvent) => void
  /** The stream broke: Docker went away, or restarts. Called once until it is back. */
  readonly onDown: (reason: string) => void
  /** The stream is open (again); what happened before it opened is not in it. */
  readonly onUp: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/** Docker's stream of events: opened with the first need, and from then on again and again until it is disposed. */
export interface DockerWatch {
  /** Resolves when the stream is open. @throws DockerError where Docker cannot be reached now. */
  opened(): Promise<void>
  /** Why there is no stream, though there was one; null where there is, or never was. */
  down(): string | null
  dispose(): Promise<void>
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3_000

function readEvent(line: string): ContainerEvent | null {
  try {
    const { Action, Actor } = JSON.parse(line) as {
      Action?: unknown
      Actor?: { ID?: unknown; Attributes?: Record<string, string> }
    }
    if (typeof Action !== 'string' || typeof Actor?.ID !== 'string') return null
    return { action: Action, containerId: Actor.ID, attributes: Actor.Attributes ?? {} }
  } catch {
    // Not an event; a proxy between may say other things. What happened is found by looking, at the next chance.
    return null
  }
}

/** Follows Docker's events. */
export function watchDocker(options: DockerWatchOptions): DockerWatch {
  const stop = new AbortController()
  let opening: Promise<void> | null = null
  let stream: Readable | null = null
  let reopening: Promise<void> | null = null
  let reason: string | null = null

  const follow = (opened: Readable): void => {
    const lines = new LineSplitter()
    opened.on('data', (bytes: Buffer) => {
      for (const line of lines.push(bytes)) {
        const event = readEvent(line)
        if (event !== null) options.onEvent(event)
      }
    })
    opened.on('error', () => opened.destroy())
    opened.once('end', () => opened.destroy())
    opened.once('close', () => {
      stream = null
      opening = null
      if (stop.signal.aborted) return
      reason = 'its stream of events broke off'
      options.onDown(reason)
      reopening ??= reopen().finally(() => (reopening = null))
    })
  }
  const open = async (): Promise<void> => {
    const opened = await options.open()
    if (stop.signal.aborted) {
      opened.destroy()
      throw new DockerError('The launcher is closing.', null, null)
    }
    stream = opened
    reason = null
    follow(opened)
    try {
      await options.onUp()
    } catch (error) {
      opened.destroy()
      throw error
    }
  }
  const openOnce = (): Promise<void> => {
    opening ??= open().catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }
  const reopen = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS
    while (!stop.signal.aborted) {
      await delay(pause, undefined, { signal: stop.signal }).catch(() => undefined)
      if (stop.signal.aborted) return
      try {
        await openOnce()
        // It may have broken off again while `onUp` looked around.
        if (stream !== null) return
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
        if (!(error instanceof DockerError)) options.onError(error)
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  return {
    opened: openOnce,
    down: () => reason,
    async dispose() {
      stop.abort()
      stream?.destroy()
      await reopening
    },
  }
}
