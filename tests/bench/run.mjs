/** `npm run bench`: every figure of the README's table; names after `--` choose some. Leave the machine alone meanwhile. */
import { join } from 'node:path'
import { endWithNpm, follow, root, setUp } from '../../server/setup.mjs'

endWithNpm()
await setUp()
const main = join(root, 'tests/bench/main.ts')
const ended = await follow(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)])
process.exit(typeof ended === 'number' ? ended : 1)
