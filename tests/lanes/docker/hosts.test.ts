import { chownSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { descendantsOf, stillRunning } from '../../support/processes.ts'
import { newDataDir, startServer } from '../../support/server/server-process.ts'

// No Docker is needed here, but what it needs: to be root, and to make a network.

const NOBODY = 54_321
const OWN_NETWORK = ['unshare', '--net', 'sh', '-c']

const directories: ReturnType<typeof newDataDir>[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove()
})

it.each([
  {
    host: 'has the IPv6 loopback only',
    env: { HOST: '::1' },
    wrap: [...OWN_NETWORK, 'ip link set lo up && ip addr del 127.0.0.1/8 dev lo && exec "$@"', 'sh'],
    url: /^http:\/\/\[::1\]:\d+$/,
  },
  {
    host: 'knows no name for the user id of its process',
    env: { HOST: '127.0.0.1' },
    wrap: ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
    url: /^http:\/\/127\.0\.0\.1:\d+$/,
  },
])(
  'a server starts with a PostgreSQL of its own, and ends with it, where the host $host',
  async ({ env, wrap, url }) => {
    const directory = newDataDir('empty')
    directories.push(directory)
    if (wrap[0] === 'setpriv') chownSync(directory.path, NOBODY, NOBODY)

    const server = await startServer(directory.path, env, undefined, wrap)

    expect(server.url).toMatch(url)
    const below = descendantsOf(server.pid)
    expect(below.filter(({ command }) => command.includes('postgres')).length).toBeGreaterThan(0)
    await server.stop()
    expect(await server.exited).toEqual({ code: 0, signal: null })
    expect(stillRunning(below)).toEqual([])
  },
)
