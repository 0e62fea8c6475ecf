/** `npm test`: sets up what is missing, then checks style and types and runs every test. Arguments go to vitest. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { endWithNpm, follow, root, setUp } from '../server/setup.mjs'
import { chooseLanes } from './lanes.mjs'

endWithNpm()
const { run, leftOut } = chooseLanes()
await setUp()

const only = process.argv.slice(2)
const everything = ['--import', 'tsx', join(root, 'tests/check/main.ts')]
const args = only.length === 0 ? everything : [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...only]
const environment = { LANES: run.length === 0 ? 'none' : run.map((lane) => lane.name).join(',') }
if (!existsSync(join(root, '../shared/marketdata'))) {
  console.log('Left out: the tests over recorded market data (../shared/marketdata is not there).')
}
if (leftOut.length > 0) {
  console.log(`Left out: ${leftOut.map((lane) => `${lane.name} (to run it: ${lane.how})`).join('; ')}.`)
}
const ended = await follow(process.execPath, args, environment)
process.exit(typeof ended === 'number' ? ended : 1)
