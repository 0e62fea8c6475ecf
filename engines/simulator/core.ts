import { KERNEL_VERSION, type KernelVersion, type Parameters } from '../domain/simulation.ts'
import type { SimulatorCore } from './contract.ts'
import { Simulator } from './simulator.ts'
import { createVersion1 } from './version1/simulator.ts'

export type { EndOfRun, SimulatorCore, SimulatorInput, SimulatorSnapshot } from './contract.ts'

/**
 * The simulator as a synchronous machine: market events and signals in stream order in, numbered events out.
 * @throws ZodError where the parameters are not right; check them first with `checkParameters`. `step` throws an Error
 * on any input after `end`.
 */
export function createSimulatorCore(parameters: Parameters, version: KernelVersion = KERNEL_VERSION): SimulatorCore {
  return version === 1 ? createVersion1(parameters) : new Simulator(parameters)
}
