import { runEngine } from '../edge/process/process.ts'
import { createSimulatorCore } from './core.ts'
import { startSimulator } from './engine.main.ts'

await runEngine('simulator', (process) => startSimulator(process, createSimulatorCore))
