import { randomUUID } from 'node:crypto'
import { isProduct, MAX_PRODUCTS, type Product } from '../../engines/domain/market/product.ts'
import {
  KERNEL_VERSION,
  type LauncherKind,
  type Parameters,
  type SimulationSpec,
} from '../../engines/domain/simulation.ts'
import type {
  AlgorithmEntry,
  ConfigurationRecord,
  ConfigurationStore,
  Outcome,
  ParameterCheck,
  SourceEntry,
  StartRequest,
  UserFault,
} from '../../schema/context.ts'
import { unavailableFault } from '../../schema/errors.ts'
import { isPrintableLine, quoted } from '../../schema/text.ts'
import type { Launcher } from '../launcher/port.ts'
import { TAPE_PREFIX, type SourceCatalog } from '../sources/catalog.ts'

/** The longest run: 31 days. */
export const MAX_DURATION_SECONDS = 31 * 24 * 60 * 60
/** The fastest replay; faster is what BACKTEST is for. */
export const MAX_SPEED = 1_000
export const MIN_SPEED = 0.01
const MAX_KEY_LENGTH = 200
const DEFAULT_SEED = 1

export interface RequestPorts {
  readonly algorithms: { list(): readonly AlgorithmEntry[]; find(name: string): AlgorithmEntry | null }
  readonly parameters: ParameterCheck
  readonly sources: SourceCatalog
  readonly configurations: Pick<ConfigurationStore, 'get'>
  /** Where engines can be launched on this server, the default first. */
  readonly launchers: readonly Pick<Launcher, 'kind' | 'available'>[]
}

/** A request that was found good. */
export interface CheckedRequest {
  readonly spec: SimulationSpec
  readonly launcher: LauncherKind
  readonly idempotencyKey: string | null
}

const at = (...path: string[]): readonly string[] => ['input', ...path]

/** Collects faults, so that all of them are told at once. */
class Faults {
  readonly list: UserFault[] = []

  add(code: string, path: readonly string[], message: string): void {
    this.list.push({ code, path, message })
  }

  take<Value>(outcome: Outcome<Value>): Value | null {
    if (outcome.ok) return outcome.value
    this.list.push(...outcome.faults)
    return null
  }
}

/** Checks what `startSimulation` was asked; every fault at once. */
export async function checkRequest(request: StartRequest, ports: RequestPorts): Promise<Outcome<CheckedRequest>> {
  const faults = new Faults()
  const parameters = await checkParameters(request, ports, faults)
  const { source, products } = await checkSource(request, ports.sources, faults)
  checkFigures(request, faults)
  const launcher = await checkLauncher(request, ports, faults)
  if (faults.list.length > 0 || parameters === null || source === null) return { ok: false, faults: faults.list }
  const spec: SimulationSpec = {
    id: randomUUID(),
    mode: request.mode,
    algorithm: request.algorithm,
    ...parameters,
    source: source.name,
    products,
    durationSeconds: request.durationSeconds ?? null,
    speed: request.speed ?? 1,
    seed: request.seed ?? DEFAULT_SEED,
    freshMarket: request.freshMarket ?? false,
    kernelVersion: KERNEL_VERSION,
  }
  return { ok: true, value: { spec, launcher, idempotencyKey: request.idempotencyKey ?? null } }
}

/** A launcher that this server has, and that can launch now: to be told so at the door beats a run that fails. */
async function checkLauncher(request: StartRequest, ports: RequestPorts, faults: Faults): Promise<LauncherKind> {
  const kind = request.launcher ?? ports.launchers[0]?.kind ?? 'PROCESS'
  const launcher = ports.launchers.find((one) => one.kind === kind)
  const offered = ports.launchers.map((one) => one.kind).join(', ')
  const fault =
    launcher === undefined
      ? `This server cannot launch engines with ${kind}; it offers ${offered}.`
      : ((await launcher.available?.()) ?? null)
  if (fault !== null) faults.add('LAUNCHER_UNAVAILABLE', at('launcher'), fault)
  return kind
}

interface CheckedParameters {
  readonly algorithmParameters: Parameters
  readonly simulatorParameters: Parameters
}

async function checkParameters(
  request: StartRequest,
  ports: RequestPorts,
  faults: Faults,
): Promise<CheckedParameters | null> {
  const known = ports.algorithms.find(request.algorithm) !== null
  if (!known) {
    const names = ports.algorithms.list().map((entry) => entry.name)
    faults.add(
      'UNKNOWN_ALGORITHM',
      at('algorithm'),
      `There is no algorithm ${quoted(request.algorithm)}; there are ${names.join(', ')}.`,
    )
  }
  const base = await readConfiguration(request, ports.configurations, faults)
  const algorithm = known
    ? faults.take(
        ports.parameters.algorithm(
          request.algorithm,
          overlay(base?.algorithmParameters, request.algorithmParameters),
          at('algorithmParameters'),
        ),
      )
    : null
  const simulator = faults.take(
    ports.parameters.simulator(
      overlay(base?.simulatorParameters, request.simulatorParameters),
      at('simulatorParameters'),
    ),
  )
  return algorithm === null || simulator === null
    ? null
    : { algorithmParameters: algorithm, simulatorParameters: simulator }
}

/** What was given, over what the configuration holds. What is no object is left for the check to refuse. */
function overlay(base: Parameters | undefined, given: unknown): unknown {
  if (given === undefined || given === null) return base ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) return given
  return { ...base, ...given }
}

async function readConfiguration(
  request: StartRequest,
  configurations: Pick<ConfigurationStore, 'get'>,
  faults: Faults,
): Promise<CheckedParameters | null> {
  if (request.configurationId === undefined || request.configurationId === null) return null
  let found: ConfigurationRecord | null
  try {
    found = await configurations.get(request.configurationId)
  } catch (error) {
    faults.list.push(unavailableFault(error, at('configurationId')))
    return null
  }
  if (found === null) {
    faults.add('NOT_FOUND', at('configurationId'), 'There is no such configuration.')
    return null
  }
  if (found.algorithm !== request.algorithm) {
    faults.add(
      'CONFIGURATION_MISMATCH',
      at('configurationId'),
      `Configuration "${found.name}" is for the algorithm "${found.algorithm}", not ${quoted(request.algorithm)}.`,
    )
  }
  return found
}

async function checkSource(
  request: StartRequest,
  sources: SourceCatalog,
  faults: Faults,
): Promise<{ source: SourceEntry | null; products: readonly Product[] }> {
  const live = request.mode === 'LIVE'
  const name = request.source ?? (live ? 'sandbox' : `${TAPE_PREFIX}sample`)
  const source = await sources.find(name)
  if (source === null) {
    const names = (await sources.list()).map((entry) => entry.name)
    faults.add('UNKNOWN_SOURCE', at('source'), `There is no source ${quoted(name)}; there are ${names.join(', ')}.`)
    return { source: null, products: [] }
  }
  if (live === source.name.startsWith(TAPE_PREFIX)) {
    const wanted = live ? 'a live source (sandbox or coinbase)' : 'a tape (a source whose name begins with "tape:")'
    faults.add('SOURCE_MISMATCH', at('source'), `${request.mode} needs ${wanted}; "${name}" is none.`)
  } else if (source.refusal !== undefined) {
    faults.add(source.refusal.code, at('source'), source.refusal.message)
  } else if (!source.available) {
    faults.add(
      'SOURCE_UNAVAILABLE',
      at('source'),
      `${source.description}. Try the source "sandbox", which needs no network.`,
    )
  } else {
    if (request.freshMarket === true && source.name !== 'sandbox') {
      const message = `freshMarket is for the source "sandbox" only: "${source.name}" is not generated for a run.`
      faults.add('FRESH_MARKET_NOT_APPLICABLE', at('freshMarket'), message)
    }
    return { source, products: checkProducts(request, source, faults) }
  }
  return { source, products: [] }
}

function checkProducts(request: StartRequest, source: SourceEntry, faults: Faults): readonly Product[] {
  const offered =
    request.mode === 'LIVE' ? source.products.filter((product) => product === 'BTC-USD') : ofOneQuote(source.products)
  const standard = (offered.length > 0 ? offered : source.products.slice(0, 1)).slice(0, MAX_PRODUCTS)
  const products = request.products ?? standard
  if (products.length === 0) faults.add('NO_PRODUCTS', at('products'), 'Name at least one product.')
  if (products.length > MAX_PRODUCTS) {
    faults.add(
      'TOO_MANY_PRODUCTS',
      at('products'),
      `A simulation takes at most ${MAX_PRODUCTS} products, not ${products.length}.`,
    )
  }
  for (const [index, product] of products.slice(0, MAX_PRODUCTS).entries()) {
    if (products.indexOf(product) < index) {
      const message = `"${product.slice(0, 40)}" is named twice; name each product once.`
      faults.add('DUPLICATE_PRODUCT', at('products', String(index)), message)
      continue
    }
    if (source.products.includes(product)) continue
    const offered = source.products.slice(0, 12).join(', ')
    const hint = product === 'MATIC-USD' ? ' MATIC was delisted in October 2025; its successor is POL-USD.' : ''
    const form = isProduct(product) ? '' : ' A product is named like BTC-USD.'
    const message = `The source "${source.name}" has no product "${product.slice(0, 40)}".${hint}${form} It has ${offered}${source.products.length > 12 ? ', …' : ''}.`
    faults.add('UNKNOWN_PRODUCT', at('products', String(index)), message)
  }
  const quotes = new Set(products.filter(isProduct).map((product) => product.split('-')[1]))
  if (quotes.size > 1) {
    faults.add(
      'MIXED_QUOTES',
      at('products'),
      `A simulation keeps one currency: name products that are quoted in the same (these are in ${[...quotes].join(', ')}).`,
    )
  }
  return products
}

/** The products that are quoted like the first. */
function ofOneQuote(products: readonly Product[]): readonly Product[] {
  return products.filter((product) => product.split('-')[1] === products[0]?.split('-')[1])
}

function checkFigures(request: StartRequest, faults: Faults): void {
  const { durationSeconds, speed, seed, idempotencyKey } = request
  if (typeof durationSeconds === 'number' && (durationSeconds < 1 || durationSeconds > MAX_DURATION_SECONDS)) {
    faults.add(
      'OUT_OF_RANGE',
      at('durationSeconds'),
      `durationSeconds must be from 1 to ${MAX_DURATION_SECONDS} (31 days), not ${durationSeconds}. Leave it out to run until stopped.`,
    )
  }
  if (typeof speed === 'number') {
    if (request.mode !== 'REPLAY') {
      const instead =
        request.mode === 'LIVE' ? 'A live feed has its own pace.' : 'A back-test always runs as fast as it can.'
      faults.add('SPEED_NOT_APPLICABLE', at('speed'), `speed is for REPLAY only. ${instead}`)
    } else if (!(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
      faults.add(
        'OUT_OF_RANGE',
        at('speed'),
        `speed must be from ${MIN_SPEED} to ${MAX_SPEED}, not ${speed}. For full speed use mode BACKTEST.`,
      )
    }
  }
  if (typeof seed === 'number' && seed < 0)
    faults.add('OUT_OF_RANGE', at('seed'), `seed must be 0 or more, not ${seed}.`)
  if (typeof idempotencyKey !== 'string') return
  if (idempotencyKey.length > MAX_KEY_LENGTH || !isPrintableLine(idempotencyKey)) {
    const message = `idempotencyKey must have 1 to ${MAX_KEY_LENGTH} characters, on one line, that can be seen.`
    faults.add('OUT_OF_RANGE', at('idempotencyKey'), message)
  }
}
