import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { root } from '../../server/setup.mjs'
import { embeddedUrl, openPlatform, PATIENCE, type Platform } from '../support/server/platform.ts'
import { descendantsOf, isRunning, stillRunning, type SystemProcess } from '../support/processes.ts'
import { refused } from '../support/server/refused-server.ts'
import {
  furnish,
  launchServer,
  newDataDir,
  NO_VENUE,
  startServer,
  type LaunchedServer,
} from '../support/server/server-process.ts'

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

/** Sees that a server ends in order, and that nothing of what ran below it is left. */
async function expectGone(server: Pick<LaunchedServer, 'exited'>, below: Iterable<SystemProcess>): Promise<void> {
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(stillRunning([...below])).toEqual([])
}

describe('leaves nothing running when it is told to end while it starts', () => {
  it.each(['SIGTERM', 'SIGHUP'] as const)('its database (%s)', async (signal) => {
    const directory = newDataDir('empty')
    const server = launchServer(directory.path)
    const below = new Map<number, SystemProcess>()
    await vi.waitFor(() => {
      for (const one of descendantsOf(server.pid)) below.set(one.pid, one)
      expect([...below.values()].some(({ command }) => command.includes('-D'))).toBe(true)
    }, PATIENCE)

    process.kill(server.pid, signal)

    await expectGone(server, below.values())
    await (await startServer(directory.path)).stop()
    directory.remove()
  })

  it('and waits for a database that does not answer, at once', async () => {
    const directory = newDataDir()
    const sockets: Socket[] = []
    const deaf = createServer((socket) => void sockets.push(socket))
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as AddressInfo
    const server = launchServer(directory.path, { DATABASE_URL: `postgresql://me:secret@127.0.0.1:${port}/db` })
    await vi.waitFor(() => expect(sockets).not.toEqual([]), PATIENCE)
    const told = performance.now()

    // As npm passes on what a terminal has told it and its child already.
    process.kill(server.pid, 'SIGINT')
    process.kill(server.pid, 'SIGINT')

    await expectGone(server, [])
    expect(performance.now() - told).toBeLessThan(5_000)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => deaf.close(resolve))
    directory.remove()
  })
})

it('ends its runs in order when a terminal tells everybody in it, or is closed', { timeout: 40_000 }, async () => {
  const directory = newDataDir()
  const seen: { status: string; reason: string | null }[] = []
  let last: string | null = null
  for (const signal of ['SIGINT', 'SIGHUP', null] as const) {
    const platform = await openPlatform(directory.path)
    if (last !== null) {
      const { status, statusReason } = await platform.look(last)
      seen.push({ status, reason: statusReason })
    }
    if (signal === null) {
      await platform.end()
      break
    }
    last = (await platform.running()).id
    const below = descendantsOf(platform.server.pid)
    await platform.client.dispose()
    process.kill(-platform.server.pid, signal)
    await expectGone(platform.server, below)
  }
  expect(seen).toEqual(Array(2).fill({ status: 'STOPPED', reason: expect.stringContaining('server was shut down') }))
  directory.remove()
})

it.each([
  { script: 'dev', args: ['--port', '0'], runs: 'client/dev.mjs' },
  { script: 'test', args: ['engines/domain/time.test.ts'], runs: 'vitest.mjs' },
])('is gone with all it began where npm alone is told to end (npm run $script)', async ({ script, args, runs }) => {
  const env = { ...process.env, LANES: 'none' }
  const npm = spawn('npm', ['run', script, '--', ...args], { cwd: root, env, stdio: 'ignore' })
  const exited = new Promise((resolve) => npm.once('close', resolve))
  const began = (): readonly SystemProcess[] => descendantsOf(npm.pid ?? 0)
  // The program itself, and not only the shell that is about to begin it.
  const isProgram = ({ command }: SystemProcess): boolean => /^\S*node /.test(command) && command.includes(runs)
  await vi.waitFor(() => expect(began().some(isProgram)).toBe(true), PATIENCE)
  const below = began()
  onTestFinished(() => {
    for (const { pid } of stillRunning(below)) process.kill(pid, 'SIGKILL')
  })

  npm.kill('SIGTERM')

  await exited
  await vi.waitFor(() => expect(stillRunning(below)).toEqual([]), PATIENCE)
})

/** What a shell may hold that is meant for other programs. */
const AMBIENT = {
  PGSSLMODE: 'verify-full',
  PGOPTIONS: '-c no_such_setting=1',
  PGUSER: 'somebody',
  PGHOST: 'nowhere.invalid',
  PGDATA: '/nowhere',
  PGCLIENTENCODING: 'nonsense',
  LC_ALL: 'xx_XX',
  TZ: 'Nowhere/AtAll',
  NODE_ENV: 'production',
  NODE_OPTIONS: '--max-old-space-size=512',
  HOST: '',
}

it('starts by npm, whatever a shell holds, and is gone with all it began when npm alone is told to end', async () => {
  const directory = newDataDir()
  furnish(directory.path)
  const env = { ...process.env, ...NO_VENUE, ...AMBIENT, PORT: '0', DATA_DIR: directory.path, LOG_LEVEL: 'info' }
  const npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise((resolve) => npm.once('close', resolve))
  let said = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  try {
    await vi.waitFor(() => expect(said).toContain('AW-Trade is ready'), PATIENCE)
  } catch (error) {
    npm.kill('SIGTERM')
    throw new Error(said, { cause: error })
  }
  const below = descendantsOf(npm.pid ?? 0)
  expect(below.length).toBeGreaterThan(2)

  npm.kill('SIGTERM')

  await exited
  expect(stillRunning(below)).toEqual([])
  directory.remove()
})
