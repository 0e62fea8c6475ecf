import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Docker from 'dockerode'
import manifest from '../../package.json' with { type: 'json' }
import { findProgram } from '../lanes.mjs'

export const ENGINE_IMAGE = `aw-trade-engine:${manifest.version}`
export const SERVER_IMAGE = `aw-trade-server:${manifest.version}`

/** A Docker of a test's own, with a folder of its own. */
export interface TestDocker {
  /** As `DOCKER_HOST` takes it. */
  readonly host: string
  readonly api: Docker
  /** Starts it (again), and waits until it answers. */
  start(): Promise<void>
  /** Ends it in order: containers end with it, unless it was opened with `liveRestore`. */
  stop(): Promise<void>
  /** Ends it as a crash would; its containers run on. */
  kill(): Promise<void>
  /** Removes every container and network, ends it, and removes its folder. */
  remove(): Promise<void>
}

const PATIENCE_MS = 30_000
const LOOK_EVERY_MS = 50

/** Waits until `check` does not throw. Also used where a lane is set up, in which vitest's own waiting is not to be had. */
async function until(check: () => unknown): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await delay(LOOK_EVERY_MS)
  }
}

/** Whether a process runs. */
function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Ends what a killed dockerd left: its containerd, and what that one runs. */
async function endLeftContainerd(folder: string): Promise<void> {
  let pid: number
  try {
    pid = Number(readFileSync(join(folder, 'exec/containerd/containerd.pid'), 'utf8'))
  } catch {
    // It ended with its dockerd.
    return
  }
  if (lives(pid)) process.kill(pid, 'SIGTERM')
  await until(() => {
    if (lives(pid)) throw new Error(`containerd (process ${pid}) does not end`)
  })
}

/** Takes away what is still mounted below a folder, so that it can be removed. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
  for (const path of mounts.sort().reverse()) spawnSync('umount', ['--lazy', path])
}

/** Opens a Docker. Its networks take their addresses from 10.`pool`.0.0/16. It has no default bridge. */
export async function openDocker(
  options: { readonly pool?: number; readonly liveRestore?: boolean } = {},
): Promise<TestDocker> {
  const program = findProgram('dockerd')
  if (program === null) throw new Error('dockerd is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-dockerd-'))
  const socket = join(folder, 'docker.sock')
  const host = `unix://${socket}`
  const api = new Docker({ socketPath: socket })
  const pool = options.pool ?? 100 + (process.pid % 100)
  let child: ChildProcess | null = null

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null) return
    const exited = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await exited
  }
  const start = async (): Promise<void> => {
    const log = openSync(join(folder, 'log'), 'a')
    const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')]
    const addresses = ['--bridge', 'none', '--default-address-pool', `base=10.${pool}.0.0/16,size=26`]
    const rest = ['--pidfile', join(folder, 'pid'), '--host', host, ...(options.liveRestore ? ['--live-restore'] : [])]
    // A dockerd that was killed leaves its process id, which the next one would take for a dockerd that runs.
    rmSync(join(folder, 'pid'), { force: true })
    child = spawn(program, [...places, ...addresses, ...rest], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    })
    closeSync(log)
    const said = (): string => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-8).join('\n')
    await until(() => {
      if (child === null || child.exitCode !== null) throw new Error(said())
      return api.ping()
    })
  }
  const remove = async (): Promise<void> => {
    if (child === null) await start()
    const containers = await api.listContainers({ all: true })
    await Promise.all(containers.map(({ Id }) => api.getContainer(Id).remove({ force: true, v: true })))
    await api.pruneNetworks()
    await end('SIGTERM')
    await endLeftContainerd(folder)
    unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await end('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return { host, api, start, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), remove }
}

/** Brings an image from one Docker to another. */
export async function copyImage(from: string, to: TestDocker, image: string): Promise<void> {
  const source = new Docker({ socketPath: from.slice('unix://'.length) })
  const loading = await to.api.loadImage(await source.getImage(image).get())
  await new Promise((resolve, reject) => {
    to.api.modem.followProgress(loading, (error) => (error === null ? resolve(null) : reject(error)))
  })
}
