import type { LatencyFigures } from '../../engines/domain/quality.ts'
import { openDockerLauncher } from '../support/docker/docker-launcher.ts'
import { benchFirstTick } from './platform.ts'
import { benchTickToFill, tickToFillOf } from './tick-to-fill.ts'

const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'

/** Why nothing can be measured in Docker here; null where it can. */
export async function whyNoDocker(): Promise<string | null> {
  const launcher = openDockerLauncher(host)
  try {
    return await launcher.available()
  } finally {
    await launcher.remove()
  }
}

/** From the mutation's send to the first tick of a subscriber, in milliseconds, four containers being started for it. */
export function benchDockerFirstTick(): Promise<readonly number[]> {
  return benchFirstTick(5, { LAUNCHER: 'docker', DOCKER_HOST: host })
}

/** From tick to fill in containers and in processes, in turn, so that both meet the same machine. */
export async function benchDockerTickToFill(
  rounds = 5,
): Promise<readonly { readonly containers: LatencyFigures; readonly processes: LatencyFigures }[]> {
  const launcher = openDockerLauncher(host)
  try {
    const runs = []
    for (let round = 0; round < rounds; round++) {
      const containers = await tickToFillOf(launcher, launcher.tapes)
      runs.push({ containers, processes: await benchTickToFill() })
    }
    return runs
  } finally {
    await launcher.remove()
  }
}
