import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { embeddedUrl, openPlatform, PATIENCE, type Platform } from '../support/server/platform.ts'
import { descendantsOf, isRunning, stillRunning, type SystemProcess } from '../support/processes.ts'
import { refused } from '../support/server/refused-server.ts'
import { launchServer, newDataDir, startServer } from '../support/server/server-process.ts'

describe('a server that cannot start says why in a sentence, exits with 1 and leaves nothing running', () => {
  let directory: ReturnType<typeof newDataDir>
  let platform: Platform

  beforeAll(async () => {
    directory = newDataDir()
    platform = await openPlatform(directory.path)
  })
  afterAll(async () => {
    await platform.end()
    directory.remove()
  })

  it('when its port is in use', async () => {
    const other = newDataDir()
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as AddressInfo
    try {
      const said = await refused(other.path, { PORT: String(port) })
      expect(said).toBe(
        `The server cannot start: Port ${port} of 127.0.0.1 is in use by another program. ` +
          'Stop that one, or set PORT to another (0: any).',
      )
    } finally {
      await new Promise((resolve) => holder.close(resolve))
      other.remove()
    }
  })

  it('when its data directory lies below a file', async () => {
    const file = join(directory.path, 'a-file')
    writeFileSync(file, '')

    const said = await refused(join(file, 'data'))

    expect(said).toBe(
      `The server cannot start: The data directory ${file}/data cannot be written (ENOTDIR). Set DATA_DIR to one that can.`,
    )
  })

  it('when its data directory belongs to another running server, which goes on', async () => {
    const said = await refused(directory.path)

    expect(said).toContain(`belongs to another running server (process ${platform.server.pid})`)
    expect(isRunning(platform.server.pid)).toBe(true)
    const { health } = await platform.client.ask<{ health: { components: { name: string; status: string }[] } }>(
      '{ health { components { name status } } }',
    )
    expect(health.components).toContainEqual({ name: 'store', status: 'up' })
  })

  it('when variables are bad, naming each', async () => {
    const said = await refused(directory.path, {
      PORT: 'many',
      LOG_LEVEL: 'loud',
      MAX_SIMULATIONS: '0',
      SOURCE_LINGER_MS: '-1',
      DATABASE_URL: 'mysql://localhost',
      LAUNCHER: 'rocket',
    })

    for (const key of ['PORT', 'LOG_LEVEL', 'MAX_SIMULATIONS', 'SOURCE_LINGER_MS', 'DATABASE_URL', 'LAUNCHER']) {
      expect(said).toMatch(new RegExp(`^ {2}${key}: `, 'm'))
    }
  })

  it('when the database refuses the password, without telling it', async () => {
    const other = newDataDir()
    const url = new URL(embeddedUrl(directory.path))
    url.password = 'not-the-password'

    const said = await refused(other.path, { DATABASE_URL: url.href })

    expect(said).toMatch(/^The server cannot start: The database "aw_trade" at 127\.0\.0\.1:\d+ cannot be used/)
    expect(said).toContain('the password is wrong')
    expect(said).not.toContain('not-the-password')
    other.remove()
  })

  it.each([
    ['nothing listens at its address', 'postgresql://me:secret@127.0.0.1:1/aw_trade', 'nothing listens there'],
    ['its host has no address', 'postgresql://me:secret@nowhere.invalid/aw_trade', 'host'],
  ])('when the database cannot be reached: %s', async (_name, url, reason) => {
    const other = newDataDir()

    const said = await refused(other.path, { DATABASE_URL: url })

    expect(said.split('\n')).toHaveLength(1)
    expect(said).toContain(reason)
    expect(said).not.toContain('secret')
    other.remove()
  })

  it('when the database is not there', async () => {
    const other = newDataDir()
    const url = embeddedUrl(directory.path).replace(/aw_trade$/, 'nothing_here')

    expect(await refused(other.path, { DATABASE_URL: url })).toContain('there is no such database; create it first')
    other.remove()
  })

  it('when its own database cannot be opened', async () => {
    const other = newDataDir()
    mkdirSync(join(other.path, 'postgres'))
    writeFileSync(join(other.path, 'postgres', 'PG_VERSION'), '9\n')

    expect(await refused(other.path)).toMatch(/^The server cannot start: Postgres ended as it started/)
    other.remove()
  })
})

it('leaves nothing running when it is told to end while it starts', async () => {
  const directory = newDataDir('empty')
  const server = launchServer(directory.path)
  const below = new Map<number, SystemProcess>()
  await vi.waitFor(() => {
    for (const one of descendantsOf(server.pid)) below.set(one.pid, one)
    expect([...below.values()].some(({ command }) => command.includes('-D'))).toBe(true)
  }, PATIENCE)

  process.kill(server.pid, 'SIGTERM')

  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(stillRunning([...below.values()])).toEqual([])
  await (await startServer(directory.path)).stop()
  directory.remove()
})
