/** Leaves of package.json's dependencies, in the image that builds the server, those that its bundle does not hold. */
import { readFileSync, writeFileSync } from 'node:fs'
import { NOT_BUNDLED } from '../server/setup.mjs'

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const manifest = read('package.json')
const kept = Object.entries(manifest.dependencies).filter(([name]) => NOT_BUNDLED.includes(name))
if (kept.length !== NOT_BUNDLED.length) throw new Error('server/setup.mjs names packages that package.json does not')
const less = { dependencies: Object.fromEntries(kept), devDependencies: {} }
writeFileSync('package.json', JSON.stringify({ ...manifest, ...less }))
// The lock file says of the project itself what package.json says; the rest of it stays, for the versions that it holds.
const lock = read('package-lock.json')
lock.packages[''] = { ...lock.packages[''], ...less }
writeFileSync('package-lock.json', JSON.stringify(lock))
