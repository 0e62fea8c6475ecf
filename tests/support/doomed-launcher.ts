/**
 * A launcher that is made to be killed: replays a tape over three engines without ever acknowledging an event, and tells
 * their process ids. Arguments: the folder of its marks, the tape, the run's spec as JSON.
 */
import { join } from 'node:path'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import { algorithmEnv, replayStreamerEnv, simulatorEnv } from '../../server/simulations/engine-env.ts'
import { createProcessLauncher } from '../../server/launcher/process.ts'
import { root } from '../../server/setup.mjs'

const [marks = '', tape = '', json = ''] = process.argv.slice(2)
const spec = JSON.parse(json) as SimulationSpec
const launcher = createProcessLauncher({ engines: join(root, 'dist/engines'), marks, env: process.env })
const [owner, host] = [spec.id, '127.0.0.1']

const streamer = launcher.launch({
  entry: 'streamer',
  role: 'STREAMER',
  owner,
  env: replayStreamerEnv(spec, tape, 'warn'),
})
const source = { host, port: (await streamer.ready) ?? 0 }
const algorithm = launcher.launch({
  entry: 'algorithm',
  role: 'ALGORITHM',
  owner,
  env: algorithmEnv(spec, source, 'warn'),
})
const upstream = { host, port: (await algorithm.ready) ?? 0 }
const simulator = launcher.launch({
  entry: 'simulator',
  role: 'SIMULATOR',
  owner,
  env: simulatorEnv(spec, upstream, 'warn'),
})
simulator.onMessage((message) => {
  if (message.type === 'events') process.send?.([streamer, algorithm, simulator].map((engine) => engine.entry().pid))
})
