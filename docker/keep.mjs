/** Leaves of package.json's dependencies, in the image that builds the server, those that its bundle does not hold. */
import { readFileSync, writeFileSync } from 'node:fs'
import { NOT_BUNDLED } from '../server/setup.mjs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const kept = Object.entries(manifest.dependencies).filter(([name]) => NOT_BUNDLED.includes(name))
if (kept.length !== NOT_BUNDLED.length) throw new Error('server/setup.mjs names packages that package.json does not')
writeFileSync('package.json', JSON.stringify({ ...manifest, dependencies: Object.fromEntries(kept) }))
