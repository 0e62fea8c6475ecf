import type { Launcher, LauncherHealth } from './port.ts'

/** What is asked of all launchers together. */
export type JoinedLaunchers = Pick<Launcher, 'kind' | 'running' | 'health'>

/**
 * Several launchers as one, for those who only look on: the engines of all, and the health of the default one (the
 * first) and of those that have engines now. A Docker that nobody uses is missed by nobody.
 */
export function joinLaunchers(launchers: readonly [Launcher, ...Launcher[]]): JoinedLaunchers {
  const [standard, ...others] = launchers
  const worst = (one: LauncherHealth, other: LauncherHealth): LauncherHealth => {
    const rank = { up: 0, degraded: 1, down: 2 }
    return rank[other.status] > rank[one.status] ? other : one
  }
  return {
    kind: standard.kind,
    running: () => launchers.flatMap((one) => one.running()),
    async health() {
      const used = others.filter((one) => one.running().length > 0)
      return (await Promise.all([standard, ...used].map((one) => one.health()))).reduce(worst)
    },
  }
}
