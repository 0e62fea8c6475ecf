import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../../server/setup.mjs'
import { openDocker } from './docker.ts'
import { librariesOf } from './store-images.ts'

/** A Docker that has the images, built from the Dockerfiles. */
export interface ImagesDocker {
  /** As `DOCKER_HOST` takes it. */
  readonly host: string
  /** What `npm run images` printed. */
  readonly built: string
}

const BUILD_BASE = 'aw-trade-build-base:test'

function run(command: string, args: readonly string[], env: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`)
  return stdout
}

/** What the tools that build the page are linked with, and a base made of Node's own libraries lacks. */
function addLibraries(env: Record<string, string>): void {
  const context = mkdtempSync(join(tmpdir(), 'aw-trade-base-'))
  try {
    const folder = join(root, 'node_modules/@rolldown')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const tools = files.filter((name) => name.endsWith('.node')).map((name) => join(folder, name))
    for (const library of librariesOf(tools)) {
      mkdirSync(join(context, 'root', dirname(library)), { recursive: true })
      cpSync(realpathSync(library), join(context, 'root', library))
    }
    writeFileSync(join(context, 'Dockerfile'), `FROM ${BUILD_BASE}\nCOPY root/ /\n`)
    run('docker', ['build', '--tag', BUILD_BASE, context], env)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

async function build(): Promise<ImagesDocker & { remove(): Promise<void> }> {
  // For whoever works on these tests: a Docker that has the images spares two minutes.
  const present = process.env['TEST_DOCKER_HOST']
  if (present !== undefined) return { host: present, built: '', remove: () => Promise.resolve() }
  const docker = await openDocker()
  try {
    const env = { DOCKER_HOST: docker.host, DOCKER_BUILDKIT: '0', BUILD_IMAGE: BUILD_BASE }
    const base = join(root, '../shared/tools/base-image.sh')
    run('bash', [base, 'node:22-bookworm-slim'], env)
    run('bash', [base, '--npm', BUILD_BASE], env)
    addLibraries(env)
    // Nothing is pulled: the bases above have the names that the Dockerfiles and the variables say.
    const built = run('npm', ['run', '--silent', 'images', '--', '--network=host'], env)
    return { host: docker.host, built, remove: () => docker.remove() }
  } catch (error) {
    await docker.remove()
    throw error
  }
}

/** What the lanes share: each is set up with modules of its own, so that only the process is common to them. */
interface Shared {
  images: ReturnType<typeof build> | null
  users: number
}

const SHARED = Symbol.for('aw-trade.test.images')
const home = globalThis as { [SHARED]?: Shared }

/** The one Docker of all lanes that are set up in this process, whose images are built once; given back by each lane. */
export async function useImages(): Promise<ImagesDocker & { release(): Promise<void> }> {
  const shared = (home[SHARED] ??= { images: null, users: 0 })
  shared.users++
  shared.images ??= build()
  const images = await shared.images
  return {
    host: images.host,
    built: images.built,
    async release() {
      shared.users--
      if (shared.users > 0) return
      shared.images = null
      await images.remove()
    },
  }
}
