import type * as z from 'zod'
import type { Bar, BookSnapshot, FeedStatus, Tick } from '../domain/market/market.ts'
import { defaultsOf, jsonSchemaOf, takenName, type ParameterSchema } from '../domain/parameters.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { Emit } from '../domain/step.ts'
import type { Handlers, Inputs, InstrumentView, PortfolioAccount, ProductAccount } from './author/contract.ts'
import type { Strategy } from './author/strategy.ts'

/**
 * One run of an algorithm: it owns its state (kept apart per product), asks no clock, and answers the same events with
 * the same signals. Times and cooldowns are market time.
 */
export interface AlgorithmInstance {
  onTick(tick: Tick, emit: Emit<Signal>): void
  onBook(book: BookSnapshot, emit: Emit<Signal>): void
  /** A bar of a source that tells no single trades. Absent: it looks at none. */
  onBar?(bar: Bar, emit: Emit<Signal>): void
  /** What became of the feed; after `RECONNECTING` a product's book is unknown until its next snapshot. */
  onFeed(status: FeedStatus): void
}

/** What every algorithm declares of itself. */
export interface Declaration<Schema extends ParameterSchema> {
  /** Unique, lower case with hyphens; what the API and the environment call it. */
  readonly name: string
  readonly title: string
  /** In a sentence or two. */
  readonly description: string
  /**
   * How it decides, in full, for who will run it: what it reads, when it signals, how sure it is, what it cannot see.
   * Plain text, paragraphs apart by an empty line.
   */
  readonly documentation?: string | null
  /**
   * The parameters. Keys are the environment variables' names, of which the engines and the simulator have some already; each has a default and `.meta({ title, description })`,
   * where it makes sense `unit` and `sweep: { min, max, step }` too.
   */
  readonly parameters: Schema
}

/** An algorithm that raises signals, which the simulator's risk rules make orders of. */
export interface SignalDefinition<Schema extends ParameterSchema> extends Declaration<Schema> {
  /** How many inputs (trades, books) of a product come before its first signal. */
  warmUp(parameters: z.output<Schema>): number
  create(parameters: z.output<Schema>): AlgorithmInstance
}

/** What an algorithm declares that trades on its account: it sees its position, orders and fills, and gives the orders itself. */
interface AccountDeclaration<Schema extends ParameterSchema> extends Declaration<Schema> {
  /** What it wants to be told; it gets nothing else. */
  readonly inputs: Inputs | ((parameters: z.output<Schema>) => Inputs)
  /** How many inputs of a product come before its first order; absent: none. */
  warmUp?(parameters: z.output<Schema>): number
}

/** One that trades each product by itself: an instance a product, made when that is first seen. */
export interface ProductDefinition<Schema extends ParameterSchema> extends AccountDeclaration<Schema> {
  product(parameters: z.output<Schema>, instrument: InstrumentView): Handlers<ProductAccount>
}

/** One that trades over all products. */
export interface PortfolioDefinition<Schema extends ParameterSchema> extends AccountDeclaration<Schema> {
  portfolio(parameters: z.output<Schema>): Handlers<PortfolioAccount>
}

/** What a strategy's author writes: one file `strategies/<name>.ts` with this as its default export. */
export type AlgorithmDefinition<Schema extends ParameterSchema> =
  SignalDefinition<Schema> | ProductDefinition<Schema> | PortfolioDefinition<Schema>

/** An algorithm as the catalogue, the core and the server hold it: whatever its parameters' type. */
export interface Algorithm {
  readonly name: string
  readonly title: string
  readonly description: string
  /** null: the author wrote none. */
  readonly documentation: string | null
  readonly parameters: ParameterSchema
  /** JSON Schema (draft 2020-12) of the parameters. */
  readonly parametersSchema: Readonly<Record<string, unknown>>
  readonly defaults: Parameters
  /** @throws ZodError where the parameters are not right; check them first with `checkParameters`. */
  warmUp(parameters: Parameters): number
  /**
   * @throws ZodError where the parameters are not right; check them first with `checkParameters`. TypeError of one that trades on its
   * account, which is run by {@link strategy}.
   */
  create(parameters: Parameters): AlgorithmInstance
  /** Of one that trades on its account: the strategy at its parameters. null: it raises signals. @throws ZodError as above */
  readonly strategy: ((parameters: Parameters) => Strategy) | null
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const VARIABLE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/

/**
 * Declares an algorithm.
 * @throws TypeError that lists all that is wrong with the declaration itself (name, parameters without default or
 * description): an author's mistake, found when the file is first loaded.
 */
export function defineAlgorithm<Schema extends ParameterSchema>(definition: AlgorithmDefinition<Schema>): Algorithm {
  const { name, title, description, documentation = null, parameters } = definition
  const faults = faultsOf(name, parameters)
  if (faults.length > 0) throw new TypeError(`algorithm "${name}": ${faults.join('; ')}`)
  return {
    name,
    title,
    description,
    documentation,
    parameters,
    parametersSchema: jsonSchemaOf(parameters),
    defaults: defaultsOf(parameters),
    warmUp: (given) => definition.warmUp?.(parameters.parse(given) as z.output<Schema>) ?? 0,
    create: (given) => {
      if ('create' in definition) return definition.create(parameters.parse(given) as z.output<Schema>)
      throw new TypeError(`algorithm "${name}" trades on its account, and raises no signals`)
    },
    strategy:
      'create' in definition ? null : (given) => strategyOf(definition, parameters.parse(given) as z.output<Schema>),
  }
}

function strategyOf<Schema extends ParameterSchema>(
  definition: ProductDefinition<Schema> | PortfolioDefinition<Schema>,
  parameters: z.output<Schema>,
): Strategy {
  const inputs = typeof definition.inputs === 'function' ? definition.inputs(parameters) : definition.inputs
  return 'product' in definition
    ? { inputs, product: (instrument) => definition.product(parameters, instrument) }
    : { inputs, portfolio: () => definition.portfolio(parameters) }
}

function faultsOf(name: string, parameters: ParameterSchema): readonly string[] {
  const faults: string[] = []
  if (!NAME.test(name)) faults.push('a name is lower case letters and digits, parts joined by hyphens')
  const properties = (jsonSchemaOf(parameters)['properties'] ?? {}) as Record<string, Record<string, unknown>>
  for (const [key, property] of Object.entries(properties)) {
    if (!VARIABLE.test(key)) faults.push(`${key} is not the name of an environment variable`)
    const taken = takenName(key)
    if (taken !== null) faults.push(`${key} ${taken}`)
    if (!('default' in property)) faults.push(`${key} has no default`)
    if (typeof property['title'] !== 'string') faults.push(`${key} has no .meta({ title })`)
    if (typeof property['description'] !== 'string') faults.push(`${key} has no .meta({ description })`)
  }
  return faults
}
