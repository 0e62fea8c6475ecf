import type { Algorithm } from './define-algorithm.ts'
import { faults, strategies } from './strategies/index.generated.ts'

/** What an algorithm tells about itself. */
export interface AlgorithmDescription {
  readonly name: string
  readonly title: string
  readonly description: string
  /** How it decides, in full; null: the author wrote none. */
  readonly documentation: string | null
  /** JSON Schema (draft 2020-12) of its parameters, with defaults, ranges and units. */
  readonly parametersSchema: Readonly<Record<string, unknown>>
  readonly defaults: Readonly<Record<string, unknown>>
  /** How many inputs a product needs before its first signal, at the defaults. */
  readonly warmUp: number
}

/** A strategy file that is left out, and why. */
export interface StrategyFault {
  /** Its name in `strategies/`. */
  readonly file: string
  readonly reason: string
}

/** All algorithms, by name. */
export interface Catalog {
  /** In order of name. */
  list(): readonly Algorithm[]
  find(name: string): Algorithm | null
}

/** @throws TypeError where two algorithms share a name. */
export function createCatalog(algorithms: readonly Algorithm[]): Catalog {
  const byName = new Map<string, Algorithm>()
  for (const algorithm of algorithms) {
    if (byName.has(algorithm.name)) throw new TypeError(`two strategies are called "${algorithm.name}"`)
    byName.set(algorithm.name, algorithm)
  }
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { list: () => sorted, find: (name) => byName.get(name) ?? null }
}

/** An algorithm's description, at its default parameters. */
export function describeAlgorithm(algorithm: Algorithm): AlgorithmDescription {
  const { name, title, description, documentation, parametersSchema, defaults } = algorithm
  const warmUp = algorithm.warmUp(defaults)
  return { name, title, description, documentation, parametersSchema, defaults, warmUp }
}

/**
 * Every algorithm that has a file in `strategies/`. The list of files is generated (`strategies.generate.mjs`) when the
 * project is set up, so a new algorithm is one new file and no edit anywhere else.
 */
export const catalog: Catalog = createCatalog(strategies)

/** Files of `strategies/` that cannot be used. */
export const strategyFaults: readonly StrategyFault[] = faults
