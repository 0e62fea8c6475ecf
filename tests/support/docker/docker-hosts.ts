import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { findProgram } from '../../lanes.mjs'
import { root } from '../../../server/setup.mjs'
import { endProcessesOf, layImages } from './docker.ts'

/** A Docker host of its own: a dockerd in a network namespace. */
export interface DockerHost {
  /** `host-1`, …: the name by which a swarm knows it. */
  readonly name: string
  readonly address: string
  /** As `DOCKER_HOST` takes it. */
  readonly host: string
  readonly api: Docker
}

const SCRIPT = join(root, '../shared/tools/docker-hosts.sh')
/** Of the machine itself, on the network that joins the hosts. */
export const HOSTS_GATEWAY = '10.99.0.254'

function script(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('bash', [SCRIPT, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  })
  if (status !== 0) throw new Error(`docker-hosts.sh ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}

/** Several Docker hosts, joined by a bridge; all of it is gone after `remove`. */
export interface DockerHosts {
  readonly hosts: readonly DockerHost[]
  /** Ends a host's dockerd as the loss of the host would; what it ran is gone with it. */
  lose(host: DockerHost): void
  remove(): Promise<void>
}

/** Takes away what hosts of an earlier run left that was cut short: namespaces in which nothing runs, and their bridge. */
function clearLeftovers(count: number): void {
  const ip = (...args: readonly string[]) => spawnSync(findProgram('ip') ?? 'ip', args, { encoding: 'utf8' })
  const names = Array.from({ length: count }, (_, index) => `host-${index + 1}`)
  const present = names.filter((name) => ip('netns', 'list').stdout.includes(name))
  const used = present.filter((name) => ip('netns', 'pids', name).stdout.trim() !== '')
  if (used.length > 0)
    throw new Error(`the namespaces ${used.join(', ')} are in use: other hosts of this kind run here`)
  for (const name of present) ip('netns', 'del', name)
  // Where there is none, nothing is to be deleted.
  ip('link', 'del', 'awhosts0')
}

/** @param images with which every host starts; see `keepImages`. */
export function openDockerHosts(count: number, images: string): DockerHosts {
  clearLeftovers(count)
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-hosts-'))
  for (let host = 1; host <= count; host++) layImages(images, join(folder, `host-${host}`, 'data'))
  const lines = script('up', folder, String(count)).trim().split('\n')
  const hosts = lines.map((line): DockerHost => {
    const [name = '', address = '', host = ''] = line.split(' ')
    return { name, address, host, api: new Docker({ socketPath: host.slice('unix://'.length) }) }
  })
  return {
    hosts,
    lose({ name }) {
      const home = join(folder, name)
      process.kill(Number(readFileSync(join(home, 'pid'), 'utf8')), 'SIGKILL')
      // A host that is lost takes everything on it along: its containerd, and what runs its containers with what they run.
      endProcessesOf(home)
    },
    async remove() {
      // A swarm would start anew what is taken away here, and each dockerd would wait for it to end. Of a host that is lost
      // nobody answers.
      await Promise.allSettled(hosts.map(({ api }) => api.swarmLeave({ force: true })))
      script('down', folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A host counts as lost after three heartbeats that did not come; by themselves they are five seconds apart. */
const SWARM = { Dispatcher: { HeartbeatPeriod: 2_000_000_000 } }

/** Joins hosts to a swarm whose manager is the first one. */
export async function joinSwarm([manager, ...workers]: readonly DockerHost[]): Promise<void> {
  if (manager === undefined) throw new Error('a swarm needs a host')
  const listen = { ListenAddr: '0.0.0.0:2377' }
  await manager.api.swarmInit({ ...listen, AdvertiseAddr: manager.address, Spec: SWARM })
  const { JoinTokens } = (await manager.api.swarmInspect()) as { JoinTokens: { Worker: string } }
  for (const worker of workers) {
    const join = { RemoteAddrs: [`${manager.address}:2377`], JoinToken: JoinTokens.Worker }
    await worker.api.swarmJoin({ ...listen, AdvertiseAddr: worker.address, ...join })
  }
}
