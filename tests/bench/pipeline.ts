import { EIGHTHS } from '../../engines/domain/market/unit.ts'
import rsi from '../../engines/algorithm/strategies/rsi.ts'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { Tick } from '../../engines/domain/market/market.ts'
import { AMOUNT_ONE, SHARE_ONE, type Fixed } from '../../engines/domain/money.ts'
import { toFixed } from '../support/market/eighths.ts'
import { defaultsOf } from '../../engines/domain/parameters.ts'
import { DEFAULT_PRODUCTS } from '../../engines/domain/market/product.ts'
import { createPipeline } from '../../engines/pipeline/pipeline.ts'
import { simulatorParameters } from '../../engines/simulator/parameters.ts'
import { Simulator } from '../../engines/simulator/simulator.ts'

/** Ticks of one run; all in memory before the clock starts. */
const TICKS = 2_000_000

/** Share of the ticks that report a trade; 0.24 in the Binance recording, 0.03 in Coinbase's quotes. */
const TRADE_SHARE = 0.2

/** Market time between two ticks, microseconds: 1,000 ticks/s over five products. */
const SPACING = 1_000

export interface PipelineBench {
  /** Median of the runs. */
  readonly ticksPerSecond: number
  readonly runs: readonly number[]
  readonly ticks: number
  readonly trades: number
  readonly signals: number
  readonly fills: number
  /** Ledger at the end, to show that all runs did the same work. */
  readonly equity: string
}

/** mulberry32: a small seeded generator, so that every run sees the same market. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Five products' random walks in turn by chance; each tick moves the best sizes, a fifth of them trade. */
export function syntheticTicks(count: number, seed: number): Tick[] {
  const random = seeded(seed)
  const markets = DEFAULT_PRODUCTS.map((product, index) => ({
    product,
    price: toFixed([77_000, 2_600, 140, 0.21, 0.38][index]!),
    tradeId: 0,
    taker: 'BUY' as Tick['takerSide'],
  }))
  const ticks: Tick[] = []
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const market = markets[Math.floor(random() * markets.length)]!
    const step: Fixed = Math.max(1, Math.round(market.price / 10_000))
    if (market.tradeId === 0 || random() < TRADE_SHARE) {
      market.taker = random() < 0.5 ? 'BUY' : 'SELL'
      market.price += market.taker === 'BUY' ? step : -step
      market.tradeId += 1
    }
    const value = 20_000 * SHARE_ONE
    ticks.push({
      type: 'tick',
      unit: EIGHTHS,
      sequence,
      time: 1_790_000_000_000_000 + sequence * SPACING,
      product: market.product,
      price: market.price,
      size: Math.round((value / market.price) * random()) + 1,
      bid: market.price - step,
      bidSize: Math.round((value / market.price) * random() * SHARE_ONE) + 1,
      ask: market.price + step,
      askSize: Math.round((value / market.price) * random() * SHARE_ONE) + 1,
      tradeId: market.tradeId,
      takerSide: market.taker,
    })
  }
  return ticks
}

interface Run {
  readonly seconds: number
  readonly signals: number
  readonly fills: number
  readonly equity: bigint
}

function runOnce(ticks: readonly Tick[]): Run {
  const pipeline = createPipeline({
    algorithm: rsi,
    algorithmParameters: rsi.defaults,
    // Every signal goes through risk and matching, so that the ledger has work too.
    simulatorParameters: { ...defaultsOf(simulatorParameters), MIN_CONFIDENCE: 0 },
  })
  let signals = 0
  let fills = 0
  const count = (event: SimulatorEvent): void => {
    if (event.type === 'signal') signals += 1
    else if (event.type === 'fill') fills += 1
  }
  const start = process.hrtime.bigint()
  for (const tick of ticks) pipeline.step(tick, count)
  pipeline.end(count)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  return { seconds, signals, fills, equity: pipeline.snapshot().portfolio.equity }
}

/** How many orders rest at a time, and every how many ticks one of them is put in another place. */
const RESTING = 10
const REPLACED_EVERY = 50

/** One run of the simulator without an algorithm, with a bid and an offer in each product that follow the best prices. */
function restOnce(ticks: readonly Tick[]): number {
  const simulator = new Simulator({ ...defaultsOf(simulatorParameters), INITIAL_CAPITAL: 1e9 })
  const { broker } = simulator
  const ignore = (): void => undefined
  const own = new Map<string, number>()
  const start = process.cpuUsage().user
  for (const [index, tick] of ticks.entries()) {
    simulator.step(tick, ignore)
    if (index % REPLACED_EVERY !== 0) continue
    const side = (index / REPLACED_EVERY) % 2 === 0 ? 'BUY' : 'SELL'
    const off = Math.max(3, Math.round(tick.price / 1_000))
    const limit = side === 'BUY' ? tick.bid - off : tick.ask + off
    const name = `${tick.product} ${side}`
    const old = own.get(name)
    const moved = old === undefined ? null : broker.replace(old, { limit })
    const order = { product: tick.product, side, type: 'LIMIT', quantity: AMOUNT_ONE / 100n, limit } as const
    own.set(name, moved?.ok === true ? moved.id : broker.place(order).id)
  }
  const seconds = (process.cpuUsage().user - start) / 1e6
  // Now and then one has been filled, until it is its turn again.
  if (broker.openOrders.length < RESTING / 2) throw new Error(`only ${broker.openOrders.length} orders rest`)
  return Math.round(ticks.length / seconds)
}

/** Ticks a CPU-second through the simulator while ten orders rest and are replaced. */
export function benchResting(runs = 5): readonly number[] {
  const ticks = syntheticTicks(TICKS / 2, 1)
  restOnce(ticks)
  return Array.from({ length: runs }, () => restOnce(ticks))
}

/**
 * Ticks a second through RSI, risk, matching and the full ledger, on one core, in one process.
 * @param runs how many timed runs, after one that warms up.
 */
export async function benchPipeline(runs = 5): Promise<PipelineBench> {
  const ticks = syntheticTicks(TICKS, 1)
  let last = runOnce(ticks)
  const speeds: number[] = []
  for (let run = 0; run < runs; run += 1) {
    last = runOnce(ticks)
    speeds.push(Math.round(TICKS / last.seconds))
  }
  const sorted = [...speeds].sort((a, b) => a - b)
  const trades = new Set(ticks.map((tick) => `${tick.product} ${tick.tradeId}`)).size
  return {
    ticksPerSecond: sorted[Math.floor(sorted.length / 2)]!,
    runs: speeds,
    ticks: TICKS,
    trades,
    signals: last.signals,
    fills: last.fills,
    equity: last.equity.toString(),
  }
}
