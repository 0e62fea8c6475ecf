import { runEngine } from '../../../engines/edge/process/process.ts'
import { startSimulator } from '../../../engines/simulator/engine.main.ts'
import { createScriptedCore } from './scripted-simulator.ts'

await runEngine('simulator', (process) => startSimulator(process, createScriptedCore))
