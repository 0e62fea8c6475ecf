import { readSwitches } from '../domain/trading/switches.ts'
import { KERNEL_VERSION, type KernelVersion, type Parameters } from '../domain/simulation.ts'
import type { SimulatorCore } from './contract.ts'
import { simulatorParameters } from './parameters.ts'
import { RepeatedSwitches } from './repeated-switches.ts'
import { Simulator } from './simulator.ts'
import { createVersion1 } from './version1/simulator.ts'

export type { EndOfRun, SimulatorCore, SimulatorInput, SimulatorSnapshot } from './contract.ts'

/**
 * The simulator as a synchronous machine: market events and signals in stream order in, numbered events out.
 * @throws ZodError where the parameters are not right; check them first with `checkParameters`. `step` throws an Error
 * on any input after `end`.
 */
export function createSimulatorCore(parameters: Parameters, version: KernelVersion = KERNEL_VERSION): SimulatorCore {
  if (version === 1) return createVersion1(parameters)
  const simulator = new Simulator(parameters)
  const switches = readSwitches(simulatorParameters.parse(parameters).TRADING_SWITCHES)
  return switches.length === 0 ? simulator : new RepeatedSwitches(simulator, switches)
}
