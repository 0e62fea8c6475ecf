import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { root } from '../../../server/setup.mjs'
import { openDocker } from '../../support/docker.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `DOCKER_HOST` of the lane's Docker, which has the images. */
    dockerHost: string
    /** What `npm run images` printed. */
    imagesBuilt: string
  }
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

/** One Docker for all files of the lane, with the images built from the Dockerfiles. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  // For whoever works on these tests: a Docker that has the images spares two minutes.
  const present = process.env.TEST_DOCKER_HOST
  if (present !== undefined) {
    project.provide('dockerHost', present)
    project.provide('imagesBuilt', '')
    return () => Promise.resolve()
  }
  const docker = await openDocker()
  try {
    const env = { DOCKER_HOST: docker.host, DOCKER_BUILDKIT: '0', BUILD_IMAGE: BUILD_BASE }
    const base = join(root, '../shared/tools/base-image.sh')
    run('bash', [base, 'node:22-bookworm-slim'], env)
    run('bash', [base, '--npm', BUILD_BASE], env)
    // Nothing is pulled: the bases above have the names that the Dockerfiles and the variables say.
    const built = run('npm', ['run', '--silent', 'images', '--', '--network=host'], env)
    project.provide('dockerHost', docker.host)
    project.provide('imagesBuilt', built)
    return () => docker.remove()
  } catch (error) {
    await docker.remove()
    throw error
  }
}
