import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
export function unmountBelow(folder: string): void {
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

export interface DockerOptions {
  readonly liveRestore?: boolean
  /** Where it keeps its images and containers; stays. A folder of its own, gone with it, where it is left out. */
  readonly dataRoot?: string
  /** The folder of images with which it starts, as `keepImages` has it. */
  readonly images?: string
}

/** What of a Docker's folder holds its images. Nothing in it is ever written in place, only replaced. */
export const KEPT_PARTS = ['image', 'overlay2']

/** Lays the images of a folder into that of a Docker which has not started yet. */
export function layImages(images: string, dataRoot: string): void {
  mkdirSync(dataRoot, { recursive: true })
  for (const part of KEPT_PARTS) {
    const copy = (...flags: readonly string[]) =>
      spawnSync('cp', ['-a', ...flags, join(images, part), dataRoot], { encoding: 'utf8' })
    // By links: the layers are the same files, in a moment. On another file system they are copied.
    if (copy('--link').status === 0) continue
    rmSync(join(dataRoot, part), { recursive: true, force: true })
    const { status, stderr } = copy()
    if (status !== 0) throw new Error(`the images were not laid: ${stderr}`)
  }
}

/**
 * Opens a Docker. Its networks take their addresses from 10.`pool`.0.0/16, a pool that no other has. Its default bridge is
 * one of its own: without it, or with another address for it, a Docker that runs on this machine already would lose its
 * `docker0`.
 */
export async function openDocker(options: DockerOptions = {}): Promise<TestDocker> {
  const program = findProgram('dockerd')
  if (program === null) throw new Error('dockerd is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-dockerd-'))
  const socket = join(folder, 'docker.sock')
  const host = `unix://${socket}`
  const api = new Docker({ socketPath: socket })
  const pool = claimPool()
  const bridge = bridgeOf(pool)
  ip('addr', 'add', `10.${pool}.255.1/24`, 'dev', bridge)
  const dataRoot = options.dataRoot ?? join(folder, 'data')
  if (options.images !== undefined) layImages(options.images, dataRoot)
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
    const places = [...containerdAt, '--data-root', dataRoot, '--exec-root', join(folder, 'exec')]
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
    unmountBelow(dataRoot)
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

/** The processes that name a folder in their command, with all that they have started. */
function processesOf(folder: string): readonly number[] {
  const { stdout } = spawnSync('ps', ['-ww', '-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const all = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
  const names = (command: string): boolean => command.includes(`${folder}/`) || command.includes(`${folder} `)
  const found = new Set(all.filter(({ command }) => names(`${command} `)).map(({ pid }) => pid))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

/** Ends, as the loss of a host would, the processes of a Docker whose folder this is, with all that it runs. */
export function endProcessesOf(folder: string): void {
  for (const pid of processesOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It ended with another one that was killed a moment before.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
