import type { MarketEvent } from '../domain/market/market.ts'
import type { Signal } from '../domain/trading/signal.ts'
import type { Parameters } from '../domain/simulation.ts'
import type { Core, Emit } from '../domain/step.ts'
import type { Algorithm } from './define-algorithm.ts'

/**
 * One run of one algorithm as a synchronous machine: market events in, signals out.
 * @throws ZodError where the parameters are not right; check them first with `checkParameters`.
 */
export function createAlgorithmCore(algorithm: Algorithm, parameters: Parameters): Core<MarketEvent, Signal> {
  const instance = algorithm.create(parameters)
  return {
    step(event: MarketEvent, emit: Emit<Signal>): void {
      if (event.type === 'tick') instance.onTick(event, emit)
      else if (event.type === 'book') instance.onBook(event, emit)
      else if (event.type === 'feed') instance.onFeed(event)
      else if (event.type === 'bar') instance.onBar?.(event, emit)
    },
  }
}
