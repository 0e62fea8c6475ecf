import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { isAlive } from '../../../server/boot/processes.ts'
import { migrate } from '../../../server/boot/migrate.ts'
import { startEmbeddedPostgres } from '../../../server/boot/postgres.ts'
import { root } from '../../../server/setup.mjs'

/** The project's migrations. */
export const MIGRATIONS = join(root, 'prisma/migrations')

/** All that a fresh cluster depends on. */
function inputs(): readonly string[] {
  const migrations = readdirSync(MIGRATIONS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return [
    ...migrations,
    ...[
      'server/boot/postgres.ts',
      'server/boot/postgres/cluster.ts',
      'server/boot/migrate.ts',
      'server/boot/migrations.ts',
      'tests/support/stores/cluster.ts',
      'package-lock.json',
    ].map((path) => join(root, path)),
  ]
}

/** Where the model of all test clusters is kept, by its content; made once, by {@link makeModel}. */
function modelPath(): string {
  const hash = createHash('sha256')
  // Names too: a migration is known to the database by its folder's.
  for (const path of inputs()) hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0')
  return join(root, 'node_modules/.cache/aw-trade-cluster', hash.digest('hex').slice(0, 16))
}

/** Copies what is in a folder with owners and modes, which Postgres insists on. */
function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', '--reflink=auto', `${from}/.`, to], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the cluster was not copied: ${stderr}`)
}

/** Removes the models of other migrations, and what processes that are gone have left of this one. */
function removeOthers(model: string): void {
  const isUnderWay = (name: string): boolean => {
    const [of, pid] = name.split('.')
    return of === basename(model) && (pid === undefined || isAlive(Number(pid)))
  }
  for (const name of readdirSync(dirname(model))) {
    if (!isUnderWay(name)) rmSync(join(dirname(model), name), { recursive: true, force: true })
  }
}

/**
 * Makes a cluster with the platform's migrated, empty database, for every test that needs one to be copied from: what takes
 * two seconds at a server's first start takes a tenth of it so. Several processes may do so at once.
 */
export async function makeModel(): Promise<void> {
  const model = modelPath()
  if (existsSync(model)) return
  // Postgres does not run as root, and its account may not enter the project.
  const draft = mkdtempSync(join(tmpdir(), 'aw-trade-model-'))
  const kept = `${model}.${process.pid}`
  try {
    await chmod(draft, 0o755)
    const server = await startEmbeddedPostgres({ dataDir: draft, settings: ['fsync=off'] })
    try {
      await migrate(server.url, MIGRATIONS)
    } finally {
      await server.dispose()
    }
    mkdirSync(kept, { recursive: true })
    copy(draft, kept)
    renameSync(kept, model)
    removeOthers(model)
  } catch (error) {
    // Another one was quicker.
    if (!existsSync(model)) throw error
  } finally {
    rmSync(kept, { recursive: true, force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Puts a cluster into a data directory, with its password, as a first start leaves it. */
export function layCluster(dataDir: string): void {
  copy(modelPath(), dataDir)
}
