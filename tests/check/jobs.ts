import { join } from 'node:path'
import { root } from '../../server/setup.mjs'
import type { Job } from './schedule.ts'

/** A job of the check: programs of Node's, run one after the other. */
export interface CheckJob extends Job {
  /** The command that each is an argument of; empty: none. */
  readonly wrap: readonly string[]
  readonly steps: readonly (readonly string[])[]
  /** Whether its one step is a run of vitest, whose tests are counted. */
  readonly tests: boolean
}

const bin = (name: string): string => join(root, 'node_modules', ...name.split('/'))

/**
 * A network of its own, with nothing in it but the loopback device. Chromium breaks off what it loads whenever a device comes
 * or goes (ERR_NETWORK_CHANGED), as they do all the time where Docker starts containers.
 */
const OWN_NETWORK = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']

/**
 * What was found right before is not looked at again while it has the same content: each tool keeps what it knows here, by its
 * own version and settings. A clean checkout has none, and looks at everything.
 */
const cache = (name: string): string => join(root, 'dist/cache', name)
const byContent = (name: string): readonly string[] => [
  '--cache',
  '--cache-strategy=content',
  `--cache-location=${cache(name)}`,
]
const types = (name: string): readonly string[] => ['--noEmit', '--incremental', `--tsBuildInfoFile`, cache(name)]

const CHECKS: CheckJob = {
  wrap: [],
  name: 'checks',
  uses: 'cores',
  budget: 260,
  steps: [
    [bin('eslint/bin/eslint.js'), ...byContent('eslint'), '.'],
    [bin('prettier/bin/prettier.cjs'), ...byContent('prettier'), '--check', '--log-level=warn', '.'],
    [bin('typescript/bin/tsc'), ...types('server.tsbuildinfo')],
    [bin('typescript/bin/tsc'), ...types('client.tsbuildinfo'), '-p', 'client'],
  ],
  tests: false,
}

/** Vitest's projects, with what each uses all of and the seconds that it may take on two cores, beside others. */
const PROJECTS: readonly (Job & { readonly lane: boolean })[] = [
  { name: 'rooms', uses: 'cores', budget: 240, lane: false },
  { name: 'client', uses: 'cores', budget: 100, lane: false },
  { name: 'house', uses: 'servers', budget: 420, lane: false },
  { name: 'resilience', uses: 'servers', budget: 420, lane: true },
  { name: 'browser', uses: 'cores', budget: 400, lane: true },
  { name: 'redis', uses: 'stores', budget: 450, lane: true },
  { name: 'mongo', uses: 'stores', budget: 90, lane: true },
  { name: 'docker', uses: 'docker', budget: 490, lane: true },
  { name: 'swarm', uses: 'docker', budget: 260, lane: true },
]

/** Style and types, and every test but those of the lanes that are not among `lanes`. What waits goes beside what computes. */
export function jobsOf(lanes: readonly string[]): readonly CheckJob[] {
  const projects = PROJECTS.filter(({ name, lane }) => !lane || lanes.includes(name))
  const containers = lanes.includes('docker') || lanes.includes('swarm')
  return [
    CHECKS,
    ...projects.map(({ name, uses, budget }) => {
      const steps = [[bin('vitest/vitest.mjs'), 'run', '--project', name]]
      // Whoever runs those lanes may make networks, and has `ip`.
      return { name, uses, budget, steps, tests: true, wrap: name === 'browser' && containers ? OWN_NETWORK : [] }
    }),
  ]
}
