/**
 * A launcher that is made to be killed: replays a tape over three engines without ever acknowledging an event, and tells
 * their process ids. Arguments: the folder of its marks, the tape, the run's spec as JSON.
 */
import { join } from 'node:path'
import type { SimulationSpec } from '../../../engines/domain/simulation.ts'
import { algorithmEngine, replayStreamer, simulatorEngine } from '../../../server/simulations/engine-specs.ts'
import { createProcessLauncher } from '../../../server/launcher/process.ts'
import { root } from '../../../server/setup.mjs'
import { insideOf } from './live-chain.ts'

const [marks = '', tape = '', json = ''] = process.argv.slice(2)
const spec = JSON.parse(json) as SimulationSpec
const launcher = createProcessLauncher({ engines: join(root, 'dist/engines'), marks, env: process.env })
const owner = spec.id

const streamer = launcher.launch({ ...replayStreamer(spec, tape, 'warn'), owner })
const algorithm = launcher.launch({ ...algorithmEngine(spec, await insideOf(streamer), 'warn'), owner })
const simulator = launcher.launch({ ...simulatorEngine(spec, await insideOf(algorithm), 'warn'), owner })
simulator.onMessage((message) => {
  if (message.type === 'events') process.send?.([streamer, algorithm, simulator].map((engine) => engine.entry().pid))
})
