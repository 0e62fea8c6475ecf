/** `npm run bench`: every figure of the README's table; names after `--` choose some. Leave the machine alone meanwhile. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, setUp } from '../../server/setup.mjs'

await setUp()
const main = join(root, 'tests/bench/main.ts')
const result = spawnSync(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(result.status ?? 1)
