import { chownSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { descendantsOf, stillRunning } from '../../support/processes.ts'
import { openPlatform, PATIENCE } from '../../support/server/platform.ts'
import { newDataDir, startServer } from '../../support/server/server-process.ts'

// No Docker is needed here, but what it needs: to be root, to make a network, and to mount.

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

it('a run on a disk that is full goes on, says so, and is recorded again once there is room', async () => {
  const directory = newDataDir()
  directories.push(directory)
  const tapes = join(directory.path, 'tapes')
  mkdirSync(tapes, { recursive: true })
  const disk = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o size=2m tmpfs '${tapes}' && exec "$@"`, 'sh']
  const platform = await openPlatform(directory.path, { SOURCE_LINGER_MS: '0' }, undefined, disk)
  // The server's own view of its files: nobody else sees that disk.
  const seen = join('/proc', String(platform.server.pid), 'root', tapes)
  // Again and again: the sample tape, which the server makes meanwhile, frees what it had where it finds no room.
  const fillers: string[] = []
  const fillUp = (): void => {
    const { bfree, bsize } = statfsSync(seen)
    if (bfree === 0) return
    fillers.push(join(seen, `filler-${fillers.length}`))
    writeFileSync(fillers.at(-1)!, Buffer.alloc(bfree * bsize))
  }
  const { id } = await platform.running()
  const ask = async () => {
    const query =
      'query ($id: ID!) { simulation(id: $id) { status warnings } health { components { name status message } } }'
    return await platform.client.ask<{
      simulation: { status: string; warnings: readonly string[] }
      health: { components: readonly object[] }
    }>(query, { id })
  }
  const unrecorded = async (): Promise<unknown> =>
    /^aw_trade_simulations_unrecorded (\d+)$/m.exec(await (await fetch(`${platform.server.url}/metrics`)).text())?.[1]
  await expect.poll(() => readdirSync(seen).some((name) => name.startsWith('sandbox')), PATIENCE).toBe(true)

  const why = expect.stringMatching(
    /^This market is not being recorded: .*ENOSPC.* It is tried again every few seconds; the run goes on\./,
  ) as string
  const filled = async () => {
    fillUp()
    return (await ask()).simulation
  }
  await expect.poll(filled, PATIENCE).toEqual({ status: 'RUNNING', warnings: [why] })
  expect((await ask()).health.components).toContainEqual({
    name: 'simulations',
    status: 'degraded',
    message: expect.stringMatching(/This market is not being recorded: /) as string,
  })
  expect(await unrecorded()).toBe('1')

  for (const filler of fillers) rmSync(filler)

  await expect.poll(async () => (await ask()).simulation, PATIENCE).toEqual({ status: 'RUNNING', warnings: [] })
  expect(await unrecorded()).toBe('0')
  expect((await platform.stop(id)).userErrors).toEqual([])
  await platform.end()
})
