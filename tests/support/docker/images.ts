import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { findProgram } from '../../lanes.mjs'
import { root } from '../../../server/setup.mjs'
import { ENGINE_IMAGE, KEPT_PARTS, openDocker, SERVER_IMAGE, type TestDocker } from './docker.ts'
import { alone, keep, workIn } from './kept.ts'
import { buildStoreImages, filesOfStoreImages, librariesOf } from './store-images.ts'

const NODE_BASE = 'node:22-bookworm-slim'
const BUILD_BASE = 'aw-trade-build-base:test'
const MAKE_BASE = join(root, '../shared/tools/base-image.sh')
/** Stages that are made of the packages alone; named, so that the layers outlive the sources that they were built with. */
const LASTING = ['packages', 'production']

async function run(command: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${Buffer.concat(said).toString()}`)
}

/** The tools that build the page are linked with what a base made of Node's own libraries lacks. */
function toolsOfPage(): readonly string[] {
  const folder = join(root, 'node_modules/@rolldown')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((name) => name.endsWith('.node')).map((name) => join(folder, name))
}

async function addLibraries(env: Record<string, string>): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'aw-trade-base-'))
  try {
    for (const library of librariesOf(toolsOfPage())) {
      mkdirSync(join(context, 'root', dirname(library)), { recursive: true })
      cpSync(realpathSync(library), join(context, 'root', library))
    }
    writeFileSync(join(context, 'Dockerfile'), `FROM ${BUILD_BASE}\nCOPY root/ /\n`)
    await run('docker', ['build', '--tag', BUILD_BASE, context], env)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

/** Whether a path, seen from the project, is left out of what images are built from. */
function ignored(): (path: string) => boolean {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const parts = { '**/': '(.*/)?', '*': '[^/]*' } as Record<string, string>
  const asExpression = (pattern: string): string =>
    pattern.replaceAll(/\*\*\/|\*|[.+^${}()|[\]\\]/g, (found) => parts[found] ?? `\\${found}`)
  const whole = new RegExp(`^(${patterns.map(asExpression).join('|')})$`)
  return (path) => whole.test(path)
}

/** Every file that an image may be built from. */
function sources(): readonly string[] {
  const isIgnored = ignored()
  const below = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (isIgnored(relative(root, path))) return []
      return entry.isDirectory() ? below(path) : [path]
    })
  return below(root).toSorted()
}

/** What is on this machine by this path: its size and time say as much as its text, and are quicker to read. */
function onMachine(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `${path} ${realpathSync(path)} ${size} ${mtimeMs}`
}

const hashOf = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** All that the base images, and a Docker's own folder, depend on. */
function keyOfBases(): string {
  const programs = ['node', 'npm', 'sh', 'cat', 'sed', 'grep', 'dockerd', 'containerd', 'docker'].flatMap(
    (name) => findProgram(name) ?? [],
  )
  const certificates = ['/etc/ssl/certs/ca-certificates.crt'].filter((path) => existsSync(path))
  // Libraries of a checkout's own are the same wherever the lock file is.
  const tools = toolsOfPage()
  const libraries = librariesOf([...programs, ...tools]).filter((path) => !path.startsWith(root))
  const npm = join(dirname(dirname(realpathSync(findProgram('npm') ?? ''))), 'package.json')
  const own = ['images.ts', 'docker.ts'].map((name) => join(root, 'tests/support/docker', name))
  return hashOf([
    process.version,
    ...[...programs, ...certificates, ...libraries].map(onMachine),
    ...[MAKE_BASE, npm, ...own].map((path) => readFileSync(path)),
  ])
}

/** All that the images depend on. */
function keyOfImages(bases: string): string {
  return hashOf([
    bases,
    ...filesOfStoreImages().map(onMachine),
    readFileSync(join(root, 'tests/support/docker/store-images.ts')),
    ...sources().flatMap((path) => [relative(root, path), readFileSync(path)]),
  ])
}

/** Builds the images from the Dockerfiles, in a Docker that keeps the layers which only the packages make. */
async function build(docker: TestDocker): Promise<void> {
  const env = { DOCKER_HOST: docker.host, DOCKER_BUILDKIT: '0', BUILD_IMAGE: BUILD_BASE }
  const present = (await docker.api.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  if (!present.includes(NODE_BASE)) await run('bash', [MAKE_BASE, NODE_BASE], env)
  if (!present.includes(BUILD_BASE)) {
    await run('bash', [MAKE_BASE, '--npm', BUILD_BASE], env)
    await addLibraries(env)
  }
  // Nothing is pulled: the bases above have the names that the Dockerfiles and the variables say.
  await run('npm', ['run', '--silent', 'images', '--', '--network=host'], env)
  for (const stage of LASTING) {
    const flags = ['--file', 'docker/server.Dockerfile', '--target', stage, '--tag', `aw-trade-${stage}:test`]
    await run('docker', ['build', ...flags, '--network=host', '--build-arg', `BUILD_IMAGE=${BUILD_BASE}`, '.'], env)
  }
  await docker.api.pruneImages()
}

/** Fills a folder with the images, as a Docker that has nothing else keeps them. */
async function fill(draft: string, bases: string): Promise<void> {
  const docker = await openDocker({ dataRoot: draft })
  try {
    await workIn('builder', bases, async (place) => {
      const builder = await openDocker({ dataRoot: place })
      try {
        await build(builder)
        const images = [ENGINE_IMAGE, SERVER_IMAGE, NODE_BASE].join(' ')
        const bring = `docker --host ${builder.host} save ${images} | docker --host ${docker.host} load`
        await run('bash', ['-o', 'pipefail', '-c', bring], {})
      } finally {
        await builder.remove()
      }
    })
    buildStoreImages(docker.host)
  } finally {
    await docker.remove()
  }
  // A Docker makes the rest by itself; some of it is written to in place, and is never to be shared.
  for (const name of readdirSync(draft)) {
    if (!KEPT_PARTS.includes(name)) rmSync(join(draft, name), { recursive: true, force: true })
  }
}

/**
 * The folder of the images that are built from the Dockerfiles and the sources as they are, with those of the stores; see
 * `openDocker` and `openDockerHosts`, which start with them. Built where this machine has not built them before.
 */
export function keepImages(): Promise<string> {
  const bases = keyOfBases()
  return alone(() => keep('images', keyOfImages(bases), (draft) => fill(draft, bases)))
}
