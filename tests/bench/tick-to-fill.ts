import { EIGHTHS } from '../../engines/domain/market/unit.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalog } from '../../engines/algorithm/catalog.ts'
import type { Tick } from '../../engines/domain/market/market.ts'
import { SHARE_ONE } from '../../engines/domain/money.ts'
import { defaultsOf } from '../../engines/domain/parameters.ts'
import type { LatencyFigures } from '../../engines/domain/quality.ts'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import { createTapeWriter } from '../../engines/edge/tape/writer.ts'
import { simulatorParameters } from '../../engines/simulator/parameters.ts'
import type { Launcher } from '../../server/launcher/port.ts'
import { runChain, testLauncher } from '../support/engines/engine-chain.ts'

const START = 1_767_571_200_000_000

/** Ticks at an even pace whose imbalance changes sides each time, so that each raises a signal that turns the position. */
function* evenTicks(count: number, perSecond: number): Generator<Tick> {
  for (let index = 0; index < count; index++) {
    const heavy = 9 * SHARE_ONE
    const [bidSize, askSize] = index % 2 === 0 ? [heavy, SHARE_ONE] : [SHARE_ONE, heavy]
    yield {
      type: 'tick',
      unit: EIGHTHS,
      product: 'BTC-USD',
      sequence: index + 1,
      time: START + Math.round((index * 1_000_000) / perSecond),
      price: 70_000 * SHARE_ONE,
      size: SHARE_ONE / 100,
      bid: 69_999 * SHARE_ONE,
      bidSize,
      ask: 70_001 * SHARE_ONE,
      askSize,
      tradeId: 1_000 + index,
      takerSide: 'BUY',
    }
  }
}

/**
 * From the streamer's send to the simulator's fill, over the three real engines, in microseconds; a fill at every tick.
 * The simulator measures it: the algorithm hands on the send time of the datagram that brought the tick.
 */
export async function benchTickToFill(count = 10_000, perSecond = 1000): Promise<LatencyFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-bench-'))
  const launcher = testLauncher()
  try {
    return await tickToFillOf(launcher, folder, count, perSecond)
  } finally {
    await launcher.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same over the engines of a launcher, which can see tapes in `folder`. */
export async function tickToFillOf(
  launcher: Launcher,
  folder: string,
  count = 10_000,
  perSecond = 1000,
): Promise<LatencyFigures> {
  const path = join(folder, 'even.tape')
  const tape = await createTapeWriter({ path, source: 'bench', products: ['BTC-USD'], startedAt: START })
  for (const tick of evenTicks(count, perSecond)) tape.write(tick)
  await tape.close()
  const parameters = { BOOK_LEVELS: 0, LOOKBACK_PERIODS: 1, MIN_VOLUME_THRESHOLD: 0, SIGNAL_COOLDOWN_MS: 0 }
  const spec: SimulationSpec = {
    id: 'bench-tick-to-fill',
    mode: 'REPLAY',
    algorithm: 'order-book-imbalance',
    algorithmParameters: { ...catalog.find('order-book-imbalance')?.defaults, ...parameters },
    simulatorParameters: { ...defaultsOf(simulatorParameters), MIN_CONFIDENCE: 0 },
    source: 'tape:even',
    products: ['BTC-USD'],
    durationSeconds: null,
    speed: 1,
    seed: 1,
  }
  const { reports } = await runChain(launcher, spec, path)
  await launcher.release(spec.id)
  // A tape of the same name would be continued.
  rmSync(path)
  const figures = reports.get('SIMULATOR')?.latency?.['tickToFill']
  if (figures === undefined) throw new Error('the simulator reported no latency: nothing was filled')
  return figures
}
