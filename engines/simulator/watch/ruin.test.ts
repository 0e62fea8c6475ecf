import { expect, it } from 'vitest'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { SimulatorSnapshot } from '../contract.ts'
import { RuinWatch } from './ruin.ts'

const liquidation = (reason: 'MAINTENANCE' | 'RUIN'): SimulatorEvent => ({
  type: 'liquidation',
  sequence: 1,
  time: 1,
  liquidation: { reason, equity: 0n, required: 0n, products: [] },
})
const holding = (...positions: readonly object[]) => ({
  snapshot: () => ({ portfolio: { positions } }) as unknown as SimulatorSnapshot,
})

it('ends a run once all is lost and nothing is held any more, and not by a liquidation that leaves something', () => {
  const watch = new RuinWatch()
  watch.hear(liquidation('MAINTENANCE'))
  expect(watch.isOver(holding())).toBe(false)
  watch.hear(liquidation('RUIN'))
  expect(watch.isOver(holding({}))).toBe(false)
  expect(watch.isOver(holding())).toBe(true)
})
