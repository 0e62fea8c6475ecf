import { EnvReader } from '../../edge/process/env.ts'
import { isProduct, type Product } from '../../domain/market/product.ts'
import { LISTINGS } from '../listing.ts'

/** When market time begins to run. */
export type StartOn = 'at-once' | 'first-subscription'

/** What the sandbox's process is told by its variables. */
export interface SandboxConfig {
  readonly host: string
  readonly port: number
  readonly seed: number
  /** Empty: the platform's five. */
  readonly products: readonly Product[]
  readonly activity: number
  readonly speed: number
  /** When market time begins to run; null: at once where generated, else with the first subscription. */
  readonly startOn: StartOn | null
  /** Path of a raw capture to play instead of a generated market. */
  readonly capture: string | null
  /** Path of a tape to play instead of a generated market. */
  readonly tape: string | null
}

function numberOf(env: EnvReader, name: string, fallback: number, most: number): number {
  const text = env.text(name)
  if (text === undefined) return fallback
  const value = Number(text)
  if (value > 0 && value <= most) return value
  env.fault(`${name} must be a number above 0 and at most ${most}; got "${text}"`)
  return fallback
}

/**
 * Reads `BIND_ADDR`, `SANDBOX_SEED`, `SANDBOX_PRODUCTS`, `SANDBOX_ACTIVITY`, `SANDBOX_SPEED`, `SANDBOX_START`,
 * `SANDBOX_CAPTURE` and `SANDBOX_TAPE`.
 * @throws BadEnvironmentError with every fault
 */
export function parseConfig(variables: Readonly<Record<string, string | undefined>>): SandboxConfig {
  const env = new EnvReader(variables)
  const { host, port } = env.address('BIND_ADDR', { host: '127.0.0.1', port: 0 })
  const seed = env.text('SANDBOX_SEED') ?? '1'
  if (!/^\d{1,15}$/.test(seed)) env.fault(`SANDBOX_SEED must be a whole number of at most 15 digits; got "${seed}"`)
  const capture = env.text('SANDBOX_CAPTURE') ?? null
  const tape = env.text('SANDBOX_TAPE') ?? null
  if (capture !== null && tape !== null) env.fault('SANDBOX_CAPTURE and SANDBOX_TAPE exclude each other')
  const products = env.products('SANDBOX_PRODUCTS')
  const recorded = capture !== null || tape !== null
  if (recorded && products.length > 0) env.fault('SANDBOX_PRODUCTS does not go with a recording: it names its own')
  for (const product of recorded ? [] : products) {
    // A text that is no product id at all was refused already.
    if (LISTINGS.has(product) || !isProduct(product)) continue
    env.fault(`SANDBOX_PRODUCTS: no market is made in ${product}; there is ${[...LISTINGS.keys()].join(', ')}`)
  }
  const activity = numberOf(env, 'SANDBOX_ACTIVITY', 1, 10_000)
  const speed = numberOf(env, 'SANDBOX_SPEED', 1, 100_000)
  const startOn = env.text('SANDBOX_START') ?? null
  if (!isStart(startOn)) env.fault(`SANDBOX_START must be at-once or first-subscription; got "${startOn}"`)
  env.finish()
  return {
    host,
    port,
    seed: Number(seed),
    products,
    activity,
    speed,
    startOn: isStart(startOn) ? startOn : null,
    capture,
    tape,
  }
}

const isStart = (text: string | null): text is StartOn | null =>
  text === null || text === 'at-once' || text === 'first-subscription'
