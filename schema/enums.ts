import type { EngineRole, LauncherKind, SimulationStatus } from '../engines/domain/simulation.ts'
import { SIMULATION_MODES } from '../engines/domain/simulation.ts'
import type { Side } from '../engines/domain/side.ts'
import { builder } from './builder.ts'

const statuses = [
  'STARTING',
  'RUNNING',
  'STOPPING',
  'COMPLETED',
  'STOPPED',
  'FAILED',
] as const satisfies SimulationStatus[]
const roles = ['STREAMER', 'ALGORITHM', 'SIMULATOR'] as const satisfies EngineRole[]
const launchers = ['PROCESS', 'DOCKER', 'SWARM'] as const satisfies LauncherKind[]
const sides = ['BUY', 'SELL'] as const satisfies Side[]

export const SimulationModeEnum = builder.enumType('SimulationMode', { values: SIMULATION_MODES })
export const SimulationStatusEnum = builder.enumType('SimulationStatus', { values: statuses })
export const EngineRoleEnum = builder.enumType('EngineRole', { values: roles })
export const LauncherKindEnum = builder.enumType('LauncherKind', { values: launchers })
export const SideEnum = builder.enumType('Side', { values: sides })
