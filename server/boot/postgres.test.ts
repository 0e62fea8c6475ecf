import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MIGRATIONS } from '../../tests/support/stores/cluster.ts'
import { temporaryDirectory } from '../../tests/support/stores/postgres.ts'
import { isAlive } from './data-dir.ts'
import { migrate, schemaToSql } from './migrate.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './postgres.ts'

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

it('listens on the loopback address only, and wants its password', async () => {
  const { url } = await start()
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
})

it('starts Postgres again on the same address when it is killed', async () => {
  const { url, pid } = await start()
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(pid()!, 'SIGKILL')
  await vi.waitFor(async () => expect(await query(url, 'SELECT answer FROM kept')).toHaveLength(1), { timeout: 10_000 })
})

it('stops the Postgres that a killed server left behind, and starts on its data', async () => {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)}
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1] })
    console.log(server.pid())`
  const tsx = import.meta.resolve('tsx')
  const args = ['--import', tsx, '--input-type=module', '-e', script, directory.path]
  const killed = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(killed.stdout, 'data')) as [Buffer]
  const leftover = Number(line.toString())
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  expect(isAlive(leftover)).toBe(true)
  const { url } = await start()
  await vi.waitFor(() => expect(isAlive(leftover)).toBe(false))
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
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

it('migrates once, and lets servers that start together wait for each other', async () => {
  const { url } = await start()
  const applied = await Promise.all([migrate(url, MIGRATIONS), migrate(url, MIGRATIONS), migrate(url, MIGRATIONS)])
  const entries = await readdir(prismaPath('migrations'), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  expect(applied.flat().sort()).toEqual(names.sort())
})

it('has migrations that lead to what the Prisma schema says', async () => {
  const { url } = await start()
  await migrate(url, MIGRATIONS)
  await query(url, 'CREATE DATABASE fresh')
  const fresh = url.replace(/[^/]+$/, 'fresh')
  const sql = await schemaToSql(url, prismaPath('schema.prisma'))
  await query(fresh, `${sql}; CREATE TABLE _prisma_migrations ()`)
  expect(await query(url, STRUCTURE)).toEqual(await query(fresh, STRUCTURE))
})
