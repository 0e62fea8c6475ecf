/**
 * The lanes: tests that need a service which npm cannot bring, or that take minutes to try what is rare. A lane runs where its service is found; where it is not,
 * `npm test` says so in one line. `LANES=all` (what CI sets) makes a missing service a failure; `LANES=none` or
 * `LANES=redis,mongo` chooses.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from '../server/setup.mjs'

/** The full path of a program; null where it is not there. */
export function findProgram(name) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    join(process.env.HOME ?? '', 'go/bin'),
  ]
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}

/** The full path of a Chromium or Chrome; null where there is none. */
export function findBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return names.map(findProgram).find((path) => path !== null) ?? null
}

/** Docker Compose as a command with its first arguments, and its major version: the newest that is there; null: none is. */
export function findCompose() {
  const candidates = [
    [join(process.env.HOME ?? '', 'go/bin/docker-compose')],
    ['docker', 'compose'],
    ...['docker-compose'].map(findProgram).flatMap((path) => (path === null ? [] : [[path]])),
  ]
  const found = candidates.flatMap((command) => {
    const [path, ...first] = command
    const { status, stdout } = spawnSync(path, [...first, 'version', '--short'], { encoding: 'utf8' })
    return status === 0 ? [{ command, major: Number.parseInt(stdout.replace(/^v/, ''), 10) }] : []
  })
  return found.sort((one, other) => other.major - one.major)[0] ?? null
}

const program = (name) => () => findProgram(name) !== null
const hosts = join(root, '../shared/tools/docker-hosts.sh')
const isRoot = () => process.getuid?.() === 0

/** Each lane: its folder below `tests/lanes`, whether what it needs is there, and how to get it. */
export const LANES = [
  { name: 'resilience', found: () => true, how: 'LANES=resilience' },
  { name: 'redis', found: program('redis-server'), how: 'install redis-server 7 or newer' },
  {
    name: 'mongo',
    found: program('ferretdb'),
    how: 'node tests/lanes/mongo/build-ferretdb.mjs, which needs Go and builds a server of the MongoDB protocol',
  },
  { name: 'browser', found: () => findBrowser() !== null, how: 'install chromium or Chrome' },
  {
    name: 'docker',
    found: () =>
      isRoot() &&
      ['dockerd', 'docker', 'containerd', 'ip', 'flock', 'redis-server', 'ferretdb'].every(
        (name) => findProgram(name) !== null,
      ) &&
      findCompose() !== null &&
      existsSync(join(root, '../shared/tools/base-image.sh')),
    how: 'run as root with dockerd, docker, iproute2, Docker Compose, redis-server and ferretdb (see the lane "mongo") installed; the base images are made by ../shared/tools/base-image.sh',
  },
  {
    name: 'swarm',
    found: () =>
      isRoot() && ['dockerd', 'ip', 'flock'].every((name) => findProgram(name) !== null) && existsSync(hosts),
    how: 'run as root with dockerd and iproute2 installed; the hosts are made by ../shared/tools/docker-hosts.sh',
  },
]

/** The lanes to run and those left out, by what is asked for and what is there. Exits with 1 where one asked for is not. */
export function chooseLanes() {
  const asked = process.env.LANES ?? ''
  const named = asked === '' || asked === 'all' || asked === 'none' ? null : asked.split(',')
  const wanted = asked === 'none' ? [] : LANES.filter((lane) => named === null || named.includes(lane.name))
  const missing = wanted.filter((lane) => !lane.found())
  if (asked !== '' && missing.length > 0) {
    for (const lane of missing) console.error(`The lane "${lane.name}" cannot run here: ${lane.how}.`)
    process.exit(1)
  }
  return {
    run: wanted.filter((lane) => !missing.includes(lane)),
    leftOut: LANES.filter((lane) => !wanted.includes(lane) || missing.includes(lane)),
  }
}
