import { within } from '../../engines/edge/within.ts'
import type { ComponentHealth } from '../../schema/context.ts'

/** What a look at a component found. */
export interface Finding {
  readonly status: ComponentHealth['status']
  /** What a person should know; null where there is nothing to say. */
  readonly message: string | null
  /** How long the component took to answer; null where there is nothing to ask. */
  readonly latencyMs: number | null
  /** Since when it is so, where that is known; else it is when it was first seen so. */
  readonly since?: Date
}

/** A component that the API's answers depend on. */
export interface HealthCheck {
  /** As the API shows it, e.g. `store`. */
  readonly name: string
  /** Looks at it now. What it throws is taken for a component that is down. */
  check(): Finding | Promise<Finding>
}

export interface HealthOptions {
  readonly checks: readonly HealthCheck[]
  readonly now: () => Date
  /** How long each may take to answer; 4,000 ms unless told otherwise. */
  readonly timeoutMs?: number
}

/** More than what the checks allow themselves: their own word says more than that none came. */
const TIMEOUT_MS = 4_000

/** One component, with the memory of since when it is as it is. */
class Component {
  readonly #check: HealthCheck
  readonly #now: () => Date
  #under: Promise<Finding> | null = null
  #known: { status: string; since: Date } | null = null

  constructor(check: HealthCheck, now: () => Date) {
    this.#check = check
    this.#now = now
  }

  async look(timeoutMs: number): Promise<ComponentHealth> {
    // One look at a time: a component that hangs must not pile them up, however often it is asked after.
    this.#under ??= this.#ask().finally(() => (this.#under = null))
    const { status, message, latencyMs, since } = await within(
      this.#under,
      timeoutMs,
      () => new Error(`did not answer within ${timeoutMs} ms`),
    ).catch(downBecause)
    if (this.#known?.status !== status) this.#known = { status, since: this.#now() }
    return { name: this.#check.name, status, message, latencyMs, since: since ?? this.#known.since }
  }

  async #ask(): Promise<Finding> {
    try {
      return await this.#check.check()
    } catch (error) {
      return downBecause(error)
    }
  }
}

function downBecause(error: unknown): Finding {
  return { status: 'down', message: error instanceof Error ? error.message : String(error), latencyMs: null }
}

/** Looks at all components at once, each within its time; in the order in which they were named. */
export function createHealth(options: HealthOptions): () => Promise<readonly ComponentHealth[]> {
  const components = options.checks.map((check) => new Component(check, options.now))
  return () => Promise.all(components.map((component) => component.look(options.timeoutMs ?? TIMEOUT_MS)))
}
