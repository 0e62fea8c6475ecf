import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { descendantsOf, stillRunning } from '../../tests/support/processes.ts'
import { layCluster, MIGRATIONS } from '../../tests/support/stores/cluster.ts'
import { temporaryDirectory } from '../../tests/support/stores/postgres.ts'
import { schemaToSql } from '../../tests/support/stores/schema-to-sql.ts'
import { isAlive } from './processes.ts'
import { forgetLibpq } from './environment.ts'
import { findLoopback, inUrl } from './loopback.ts'
import { migrate } from './migrate.ts'
import { initialise, namedUser, postgresEnvironment } from './postgres/cluster.ts'
import { ownerOf } from './postgres/lock-file.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './postgres.ts'
import { StoppedError } from './stopping.ts'

const PATIENCE = { timeout: 10_000 }

let directory: { path: string; remove: () => Promise<void> }
let server: EmbeddedPostgres | null = null

beforeEach(async () => {
  directory = await temporaryDirectory()
})
afterEach(async () => {
  await server?.dispose()
  server = null
  await directory.remove()
})

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const start = async () => (server = await startEmbeddedPostgres({ dataDir: directory.path, settings: ['fsync=off'] }))

it('keeps its data and its password over a restart, and leaves no process behind', async () => {
  const first = await start()
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const pid = first.pid()!
  await first.dispose()
  expect(isAlive(pid)).toBe(false)
  const second = await start()
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect((await stat(join(directory.path, 'postgres-password'))).mode & 0o777).toBe(0o600)
})

it('makes a cluster that a power cut right after the first start leaves whole', async () => {
  const initdb = join(directory.path, 'initdb')
  const told = join(directory.path, 'told')
  writeFileSync(initdb, `#!/bin/sh\necho "$@" > ${told}\n`, { mode: 0o755 })
  const cluster = join(directory.path, 'postgres')
  await initialise(cluster, 'a password', { initdb, postgres: '' }, {}, undefined)
  expect(existsSync(cluster)).toBe(true)
  // Unless it is told otherwise, it waits until all of it is on disk.
  expect(readFileSync(told, 'utf8')).not.toMatch(/--no-sync|-N\b/)
  expect(readFileSync(told, 'utf8')).toContain(`--pgdata=${cluster}.new`)
})

it('listens on the loopback address only, and wants its password', async () => {
  layCluster(directory.path)
  const { url } = await start()
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
})

it('starts Postgres again on the same address when it is killed', async () => {
  layCluster(directory.path)
  const { url, pid } = await start()
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(pid()!, 'SIGKILL')
  await vi.waitFor(async () => expect(await query(url, 'SELECT answer FROM kept')).toHaveLength(1), { timeout: 10_000 })
})

/** A process that runs a Postgres on the directory, as a server does; with the id of its postmaster. */
async function startElsewhere(): Promise<{ child: ChildProcess; postmaster: number }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)}
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1] })
    console.log(server.pid())`
  const tsx = import.meta.resolve('tsx')
  const args = ['--import', tsx, '--input-type=module', '-e', script, directory.path]
  // A group of its own, so that all of it can be ended at once.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, postmaster: Number(line.toString()) }
}

it.each([
  ['it alone', (pid: number) => process.kill(pid, 'SIGKILL')],
  ['its whole group', (pid: number) => process.kill(-pid, 'SIGKILL')],
])('ends by itself, in order, where its server is killed: %s', async (_who, kill) => {
  layCluster(directory.path)
  const { child, postmaster } = await startElsewhere()
  const guards = descendantsOf(child.pid!).filter(({ command }) => command.includes('read pid'))
  expect(guards).toHaveLength(1)

  kill(child.pid!)
  await once(child, 'exit')

  await vi.waitFor(() => expect(isAlive(postmaster)).toBe(false), PATIENCE)
  await vi.waitFor(() => expect(stillRunning(guards)).toEqual([]), PATIENCE)
  expect(existsSync(join(directory.path, 'postgres/postmaster.pid'))).toBe(false)
})

it('stops the Postgres that a killed server left behind unguarded, and starts on its data', async () => {
  layCluster(directory.path)
  const { child, postmaster } = await startElsewhere()
  for (const { pid, command } of descendantsOf(child.pid!))
    if (command.includes('read pid')) process.kill(pid, 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(postmaster)).toBe(true)
  const { url } = await start()
  await vi.waitFor(() => expect(isAlive(postmaster)).toBe(false))
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

describe('starts over a lock file that a power cut left', () => {
  /** A process that has ended, and that nobody has collected yet. */
  async function makeZombie(): Promise<{ pid: number; end: () => void }> {
    // A shell would collect it, what the shell becomes does not: so it ends only then.
    const script = '{ sh -c "read word" <&3 & } 3<&0; echo $!; exec sleep 600'
    const parent = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n'), PATIENCE)
    parent.stdin.end('\n')
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /), PATIENCE)
    return { pid, end: () => void parent.kill('SIGKILL') }
  }
  const lock = (pid: number): void =>
    writeFileSync(join(directory.path, 'postgres/postmaster.pid'), `${pid}\n${directory.path}/postgres\n1\n5432\n`)

  it.runIf(existsSync('/proc'))('with the id of a process that nobody has collected yet', async () => {
    layCluster(directory.path)
    const zombie = await makeZombie()
    lock(zombie.pid)
    const { url } = await start()
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    zombie.end()
  })

  it("with an id that is a stranger's now, who is left alone", async () => {
    layCluster(directory.path)
    const stranger = spawn('/bin/sleep', ['600'], { uid: process.getuid?.() === 0 ? 65_534 : undefined })
    await once(stranger, 'spawn')
    lock(stranger.pid!)
    await start()
    expect(isAlive(stranger.pid!)).toBe(true)
    stranger.kill('SIGKILL')
  })
})

it('says what to do where it is not certain who holds the lock', () => {
  const of = (alive: boolean, command: string | null) =>
    ownerOf(7, '/data/postgres', { isAlive: () => alive, commandLine: () => command })
  expect(of(true, '/bin/postgres -D /data/postgres')).toBe('postgres')
  expect(of(true, '/bin/postgres -D /other')).toBe('stranger')
  expect(of(false, null)).toBe('nobody')
  expect(of(true, null)).toBe('unknown')
})

describe('is told by nobody but its server:', () => {
  const AMBIENT = {
    PGSSLMODE: 'verify-full',
    PGOPTIONS: '-c no_such_setting=1',
    PGUSER: 'somebody',
    PGDATA: '/nowhere',
    PGPORT: '1',
    PGCLIENTENCODING: 'nonsense',
    PGTZ: 'Mars/Phobos',
    LC_ALL: 'xx_XX',
    TZ: 'Nowhere/AtAll',
  }

  it('its programs get what they need, and no more', () => {
    expect(postgresEnvironment({ ...AMBIENT, PATH: '/bin', HOME: '/root', NODE_OPTIONS: '--nope' })).toEqual({
      PATH: '/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
    })
  })

  it('our clients forget what libpq is told, and nothing else', () => {
    const env = { ...AMBIENT, PATH: '/bin', PAGER: 'less', PG: 'x' }
    forgetLibpq(env)
    expect(env).toEqual({ LC_ALL: 'xx_XX', TZ: 'Nowhere/AtAll', PATH: '/bin', PAGER: 'less', PG: 'x' })
  })
})

it('makes its cluster as a user that has a name, where its own number has none', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\nme:x:1000:1000::/home/me:/bin/sh\n'
  expect(namedUser(1000, passwd)).toEqual([])
  expect(namedUser(12_345, passwd)).toEqual(['unshare', '--user', '--map-user=1'])
  expect(namedUser(12_345, 'root:x:0:0::/:/bin/sh')).toBeNull()
})

describe('the loopback address', () => {
  const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))

  it("is IPv4's, and IPv6's where there is only that", async () => {
    expect((await findLoopback()).host).toBe('127.0.0.1')
    const six = await findLoopback((host) => (host === '::1' ? Promise.resolve(7) : failing('EADDRNOTAVAIL')))
    expect([six, inUrl(six.host)]).toEqual([{ host: '::1', port: 7 }, '[::1]'])
  })

  it.each([
    ['EADDRNOTAVAIL', /no loopback address.*ip link set lo up/],
    ['EADDRINUSE', /no free port left on 127\.0\.0\.1/],
    ['EMFILE', /too many files and connections are open/],
  ])('that cannot be had is told with what helps: %s', async (code, text) => {
    await expect(findLoopback(() => failing(code))).rejects.toThrow(text)
  })
})

it('can be told to stop at any stage of its start, and leaves nothing running', async () => {
  const stop = new AbortController()
  const starting = startEmbeddedPostgres({ dataDir: directory.path, stop: stop.signal })
  await vi.waitFor(
    () => expect(descendantsOf(process.pid).some(({ command }) => command.includes('initdb'))).toBe(true),
    {
      ...PATIENCE,
      interval: 5,
    },
  )
  stop.abort(new StoppedError())
  await expect(starting).rejects.toThrow('told to stop')
  expect(descendantsOf(process.pid).filter(({ command }) => command.includes(directory.path))).toEqual([])

  layCluster(directory.path)
  const later = new AbortController()
  const again = startEmbeddedPostgres({
    dataDir: directory.path,
    stop: later.signal,
    log: () => later.abort(new StoppedError()),
  })
  await expect(again).rejects.toThrow('told to stop')
  expect(descendantsOf(process.pid).filter(({ command }) => command.includes(directory.path))).toEqual([])
})

const prismaPath = (name: string) => fileURLToPath(new URL(`../../prisma/${name}`, import.meta.url))

/** All that a database is made of, apart from Prisma's own table, in an order that does not depend on its history. */
const STRUCTURE = `
  SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name, is_nullable, column_default) AS part
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
  UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> '_prisma_migrations'::regclass AND contype <> 'n'
  UNION ALL SELECT format('%s %s', enumtypid::regtype, enumlabel) FROM pg_enum
  ORDER BY 1`

/** A database with nothing in it, on a cluster that is there already. */
async function startEmpty(): Promise<string> {
  layCluster(directory.path)
  const { url } = await start()
  await query(url, 'CREATE DATABASE empty')
  return url.replace(/[^/]+$/, 'empty')
}

it('migrates once, and lets servers that start together wait for each other', async () => {
  const url = await startEmpty()
  const applied = await Promise.all([migrate(url, MIGRATIONS), migrate(url, MIGRATIONS), migrate(url, MIGRATIONS)])
  const entries = await readdir(prismaPath('migrations'), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  expect(applied.flat().sort()).toEqual(names.sort())
})

it('has migrations that lead to what the Prisma schema says', async () => {
  const url = await startEmpty()
  await migrate(url, MIGRATIONS)
  await query(url, 'CREATE DATABASE fresh')
  const fresh = url.replace(/[^/]+$/, 'fresh')
  const sql = await schemaToSql(url, prismaPath('schema.prisma'))
  await query(fresh, `${sql}; CREATE TABLE _prisma_migrations ()`)
  expect(await query(url, STRUCTURE)).toEqual(await query(fresh, STRUCTURE))
})
