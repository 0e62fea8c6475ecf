/**
 * `npm run images`: builds every image of this folder's Dockerfiles, tagged with the version of package.json.
 *
 *   npm run images                            builds aw-trade-engine and aw-trade-server
 *   npm run images -- engine                  only the one
 *   npm run images -- --network=host          goes to `docker build`, as every other argument that begins with a dash
 *   NODE_IMAGE=… BUILD_IMAGE=… npm run images other base images: of what runs, and of what builds (which needs npm)
 *   IMAGE_PREFIX=registry.example/team/       names that can be pushed
 *
 * Works with BuildKit and, by DOCKER_BUILDKIT=0, with the classic builder. DOCKER_HOST is honoured.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endWithNpm, follow, root } from '../server/setup.mjs'

endWithNpm()
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const IMAGES = ['engine', 'server']

const asked = process.argv.slice(2)
const flags = asked.filter((argument) => argument.startsWith('-'))
const names = asked.filter((argument) => !argument.startsWith('-'))
const unknown = names.filter((name) => !IMAGES.includes(name))
if (unknown.length > 0) {
  console.error(`There is no image ${unknown.join(', ')}; there are ${IMAGES.join(', ')}.`)
  process.exit(1)
}
const bases = ['NODE_IMAGE', 'BUILD_IMAGE'].flatMap((name) =>
  process.env[name] ? ['--build-arg', `${name}=${process.env[name]}`] : [],
)

for (const name of names.length > 0 ? names : IMAGES) {
  const tag = `${process.env.IMAGE_PREFIX ?? ''}aw-trade-${name}:${version}`
  const startedAt = Date.now()
  const build = ['build', '--file', `docker/${name}.Dockerfile`, '--tag', tag, ...bases, ...flags, '.']
  const ended = await follow('docker', build).catch((error) => {
    console.error(`"docker" cannot be run (${error.message}). Install Docker's command line first.`)
    process.exit(1)
  })
  if (ended !== 0) process.exit(typeof ended === 'number' ? ended : 1)
  const look = ['image', 'inspect', '--format', '{{.Size}}', tag]
  const size = Number(spawnSync('docker', look, { encoding: 'utf8' }).stdout)
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  console.log(`${tag}: ${Math.round(size / 1e6)} MB in ${seconds} s`)
}
