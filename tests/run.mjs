/** `npm test`: sets up what is missing, checks style and types, then runs every test. Arguments go to vitest. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from '../server/setup.mjs'
import { chooseLanes } from './lanes.mjs'

const { run, leftOut } = chooseLanes()
await setUp()

const bin = (name) => join(root, 'node_modules', ...name.split('/'))
const only = process.argv.slice(2)
const checks = [
  [bin('eslint/bin/eslint.js'), '.'],
  [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
  [bin('typescript/bin/tsc'), '--noEmit'],
  [bin('typescript/bin/tsc'), '--noEmit', '-p', 'client'],
]
const steps = [...(only.length === 0 ? checks : []), [bin('vitest/vitest.mjs'), 'run', ...only]]
const env = { ...process.env, LANES: run.length === 0 ? 'none' : run.map((lane) => lane.name).join(',') }
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
if (!existsSync(join(root, '../shared/marketdata'))) {
  console.log('Left out: the tests over recorded market data (../shared/marketdata is not there).')
}
if (leftOut.length > 0) {
  console.log(`Left out: ${leftOut.map((lane) => `${lane.name} (to run it: ${lane.how})`).join('; ')}.`)
}
