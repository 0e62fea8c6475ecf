import * as z from 'zod'
import { parametersFromEnv, type ParameterSchema } from '../../domain/parameters.ts'
import { isProduct, MAX_PRODUCTS, type Product } from '../../domain/market/product.ts'
import type { Parameters } from '../../domain/simulation.ts'

/** Variables that cannot be used, all of them. The process prints each on its line and exits with 1. */
export class BadEnvironmentError extends Error {
  override readonly name = 'BadEnvironmentError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** What `LOG_LEVEL` may be. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

/** A host and a UDP or TCP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Reads an engine's variables and collects every fault; {@link EnvReader.finish} then refuses them all at once.
 * What is read before may hold a stand-in where a fault was noted (a default, or undefined where there is none), so that
 * other variables can be checked on; nothing of it is used before `finish`.
 */
export class EnvReader {
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #faults: string[] = []

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env
  }

  /** All variables, for a reader of several that belong together. */
  all(): Readonly<Record<string, string | undefined>> {
    return this.#env
  }

  /** A variable as it stands, or undefined where it is not set or empty. */
  text(name: string): string | undefined {
    const value = this.#env[name]?.trim()
    return value === '' ? undefined : value
  }

  /** The variables that a schema names. */
  parameters<Schema extends ParameterSchema>(schema: Schema): z.output<Schema> {
    const outcome = parametersFromEnv(schema, this.#env)
    if (outcome.ok) return outcome.value as z.output<Schema>
    for (const fault of outcome.faults) this.fault(fault.message)
    return standIns(schema, this.#env) as z.output<Schema>
  }

  /** A variable of the form `host:port`. */
  address(name: string, fallback: Address): Address {
    const value = this.text(name)
    if (value === undefined) return fallback
    const match = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(value)
    if (match !== null && Number(match[2]) <= 65_535) return { host: match[1] ?? '', port: Number(match[2]) }
    this.fault(`${name} must be host:port, like ${fallback.host}:${fallback.port}; got "${value}"`)
    return fallback
  }

  /** A variable with product ids, comma separated; empty: none named. */
  products(name: string): readonly Product[] {
    const products = (this.text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    for (const product of products.filter((part) => !isProduct(part))) {
      this.fault(`${name}: "${product}" is no product id; one is written like BTC-USD`)
    }
    if (products.length > MAX_PRODUCTS)
      this.fault(`${name} names ${products.length} products; at most ${MAX_PRODUCTS} go`)
    return [...new Set(products)]
  }

  /** Notes a fault that the caller found. */
  fault(message: string): void {
    this.#faults.push(message)
  }

  /**
   * Looks at `LOG_LEVEL` and `CONTROL` too, which every engine has.
   * @throws BadEnvironmentError with every fault, where there is one.
   */
  finish(): void {
    const level = this.text('LOG_LEVEL')
    if (level !== undefined && !LOG_LEVELS.includes(level)) {
      this.fault(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}; got "${level}"`)
    }
    const control = this.text('CONTROL')
    if (control !== undefined && control !== 'stdio' && control !== 'redis')
      this.fault(`CONTROL must be stdio, redis or not set; got "${control}"`)
    if (this.#faults.length > 0) throw new BadEnvironmentError(this.#faults)
  }
}

/** The variables that are right, the defaults of the others. */
function standIns(schema: ParameterSchema, env: Readonly<Record<string, string | undefined>>): Parameters {
  const values = Object.entries(schema.shape).map(([key, type]): Parameters => {
    const one = z.object({ [key]: type })
    const outcomes = [parametersFromEnv(one, env), parametersFromEnv(one, {})]
    return outcomes.find((outcome) => outcome.ok)?.value ?? {}
  })
  return Object.assign({}, ...values) as Parameters
}
