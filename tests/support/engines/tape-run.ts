import { join } from 'node:path'
import { catalog } from '../../../engines/algorithm/catalog.ts'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { MarketEvent } from '../../../engines/domain/market/market.ts'
import { defaultsOf } from '../../../engines/domain/parameters.ts'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import { createFingerprint } from '../../../engines/edge/fingerprint.ts'
import { createTapeWriter } from '../../../engines/edge/tape/writer.ts'
import { readTape } from '../../../engines/edge/tape/reader.ts'
import { createPipeline } from '../../../engines/pipeline/pipeline.ts'
import { cutWindow } from '../../../engines/pipeline/tape-window.ts'
import { simulatorParameters } from '../../../engines/simulator/parameters.ts'

/** Writes market events onto a tape. @returns its path. */
export async function writeTape(
  folder: string,
  name: string,
  batches: Iterable<readonly MarketEvent[]>,
): Promise<string> {
  const path = join(folder, `${name}.tape`)
  const tape = await createTapeWriter({ path, source: 'test', products: [], startedAt: 0, maxWaiting: 10_000_000 })
  for (const batch of batches) for (const event of batch) tape.write(event)
  await tape.close()
  return path
}

/** A REPLAY at full speed, by an algorithm with some of its parameters changed, whose every signal is confident enough. */
export function specOf(
  algorithm: string,
  products: readonly string[],
  parameters: Record<string, unknown> = {},
): SimulationSpec {
  const found = catalog.find(algorithm)
  if (found === null) throw new Error(`no algorithm ${algorithm}`)
  return {
    id: `${algorithm}-run`,
    mode: 'REPLAY',
    algorithm,
    algorithmParameters: { ...found.defaults, ...parameters },
    simulatorParameters: { ...defaultsOf(simulatorParameters), MIN_CONFIDENCE: 0 },
    source: 'tape:test',
    products,
    durationSeconds: null,
    speed: 1_000_000_000,
    seed: 1,
  }
}

/** Runs a spec over a tape as the cores composed, in memory. */
export function runPure(spec: SimulationSpec, tape: string): readonly SimulatorEvent[] {
  const algorithm = catalog.find(spec.algorithm)
  if (algorithm === null) throw new Error(`no algorithm ${spec.algorithm}`)
  const pipeline = createPipeline({ ...spec, algorithm })
  const events: SimulatorEvent[] = []
  const emit = (event: SimulatorEvent): void => void events.push(event)
  for (const batch of cutWindow(readTape(tape), spec)) for (const event of batch) pipeline.step(event, emit)
  pipeline.end(emit)
  return events
}

/** How many fills there are. */
export const fills = (events: readonly SimulatorEvent[]): number => {
  return events.filter((event) => event.type === 'fill').length
}

export function fingerprintOf(events: readonly SimulatorEvent[]): string {
  const fingerprint = createFingerprint()
  for (const event of events) if (event.type === 'fill') fingerprint.add(event.fill)
  return fingerprint.value()
}
