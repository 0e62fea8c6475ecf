/** `npm test`: sets up what is missing, then checks style and types and runs every test. Arguments go to vitest. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from '../server/setup.mjs'
import { chooseLanes } from './lanes.mjs'

const { run, leftOut } = chooseLanes()
await setUp()

const only = process.argv.slice(2)
const everything = ['--import', 'tsx', join(root, 'tests/check/main.ts')]
const args = only.length === 0 ? everything : [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...only]
const env = { ...process.env, LANES: run.length === 0 ? 'none' : run.map((lane) => lane.name).join(',') }
if (!existsSync(join(root, '../shared/marketdata'))) {
  console.log('Left out: the tests over recorded market data (../shared/marketdata is not there).')
}
if (leftOut.length > 0) {
  console.log(`Left out: ${leftOut.map((lane) => `${lane.name} (to run it: ${lane.how})`).join('; ')}.`)
}
const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
process.exit(status ?? 1)
