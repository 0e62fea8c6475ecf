import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Docker from 'dockerode'
import manifest from '../../../package.json' with { type: 'json' }
import { findProgram } from '../../lanes.mjs'

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

/** Why `ip` refused; null: it did not. */
function tryIp(...args: readonly string[]): string | null {
  const { status, stderr } = spawnSync(findProgram('ip') ?? 'ip', args, { encoding: 'utf8' })
  return status === 0 ? null : `ip ${args.join(' ')}: ${stderr}`
}

function ip(...args: readonly string[]): void {
  const refusal = tryIp(...args)
  if (refusal !== null) throw new Error(refusal)
}

const bridgeOf = (pool: number): string => `aw-test-${pool}`

/** Takes away what is still mounted below a folder, so that it can be removed. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
  for (const path of mounts.sort().reverse()) spawnSync('umount', ['--lazy', path])
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exited
}

/** What runs the containers: a service of its own, as distributions set it up, so that it outlives a dockerd. */
function startContainerd(folder: string): ChildProcess {
  const program = findProgram('containerd')
  if (program === null) throw new Error('containerd is not installed')
  const config = join(folder, 'containerd.toml')
  writeFileSync(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
  const log = openSync(join(folder, 'containerd.log'), 'a')
  const places = ['--root', join(folder, 'containerd'), '--state', join(folder, 'containerd-state')]
  const child = spawn(program, ['--config', config, ...places, '--address', join(folder, 'containerd.sock')], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return child
}

const FIRST_POOL = 100
const LAST_POOL = 249

/** Takes the first pool whose bridge does not exist: making the bridge is what claims it, whoever else looks for one. */
function claimPool(): number {
  for (let pool = FIRST_POOL; pool <= LAST_POOL; pool++) {
    const refusal = tryIp('link', 'add', bridgeOf(pool), 'type', 'bridge')
    if (refusal === null) return pool
    if (!refusal.includes('File exists')) throw new Error(refusal)
  }
  throw new Error(
    `the bridges ${bridgeOf(FIRST_POOL)} to ${bridgeOf(LAST_POOL)} all exist: remove those of earlier runs`,
  )
}

/**
 * Opens a Docker. Its networks take their addresses from 10.`pool`.0.0/16, a pool that no other has. Its default bridge is
 * one of its own: without it, or with another address for it, a Docker that runs on this machine already would lose its
 * `docker0`.
 */
export async function openDocker(options: { readonly liveRestore?: boolean } = {}): Promise<TestDocker> {
  const program = findProgram('dockerd')
  if (program === null) throw new Error('dockerd is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-dockerd-'))
  const socket = join(folder, 'docker.sock')
  const host = `unix://${socket}`
  const api = new Docker({ socketPath: socket })
  const pool = claimPool()
  const bridge = bridgeOf(pool)
  ip('addr', 'add', `10.${pool}.255.1/24`, 'dev', bridge)
  const containerd = startContainerd(folder)
  let child: ChildProcess | null = null

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = null
    if (ending !== null) await endProcess(ending, signal)
  }
  const start = async (): Promise<void> => {
    const log = openSync(join(folder, 'log'), 'a')
    const containerdAt = ['--containerd', join(folder, 'containerd.sock')]
    const places = [...containerdAt, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')]
    const addresses = ['--bridge', bridge, '--default-address-pool', `base=10.${pool}.0.0/16,size=26`]
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
    await endProcess(containerd, 'SIGTERM')
    ip('link', 'del', bridge)
    unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await end('SIGKILL')
    await endProcess(containerd, 'SIGTERM')
    ip('link', 'del', bridge)
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return { host, api, start, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), remove }
}

/** Brings an image from one Docker to another. */
export async function copyImage(from: string, to: Pick<TestDocker, 'api'>, image: string): Promise<void> {
  const source = new Docker({ socketPath: from.slice('unix://'.length) })
  const loading = await to.api.loadImage(await source.getImage(image).get())
  await new Promise((resolve, reject) => {
    to.api.modem.followProgress(loading, (error) => (error === null ? resolve(null) : reject(error)))
  })
}
