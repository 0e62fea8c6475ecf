import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLine, isAlive } from '../processes.ts'
import { STOP_SECONDS } from './guard.ts'

const LOOK_EVERY_MS = 20

/** Who a lock file's process is: a PostgreSQL on the cluster, somebody else who got its number since, or nobody. */
export type LockOwner = 'postgres' | 'stranger' | 'nobody' | 'unknown'

/** What is asked of the system; a test plays it. */
export interface Processes {
  isAlive(pid: number): boolean
  commandLine(pid: number): string | null
}

const SYSTEM: Processes = { isAlive, commandLine }

export function ownerOf(pid: number, cluster: string, processes: Processes = SYSTEM): LockOwner {
  if (!processes.isAlive(pid)) return 'nobody'
  const command = processes.commandLine(pid)
  if (command === null) return processes.isAlive(pid) ? 'unknown' : 'nobody'
  return command.includes(cluster) ? 'postgres' : 'stranger'
}

/** The process that a cluster's lock file names; null where there is no such file, or it names none. */
async function readPid(file: string): Promise<number | null> {
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : null
}

/**
 * Makes a cluster free that a killed server, or a power cut, has left locked: stops the PostgreSQL that still runs on it,
 * waits until its process is gone, and takes the lock file away that nobody holds any more. PostgreSQL itself goes by the
 * number alone: a stranger's process, or one that nobody has collected yet, would keep it out for as long as it is there.
 * That no other server starts one here meanwhile is sure, since the data directory is this server's alone; and whether
 * some process of it still uses its memory PostgreSQL finds out without the file.
 * @throws Error, for a person, where it does not stop, or it is not certain what the process is.
 */
export async function freeCluster(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = await readPid(file)
  const owner = pid === null ? 'nobody' : ownerOf(pid, cluster)
  if (pid !== null && owner === 'unknown') {
    throw new Error(
      `The lock file ${file} names process ${pid}, and the system does not say what that is. Where it is no PostgreSQL, ` +
        'remove the file; else stop it. Then start again.',
    )
  }
  if (pid !== null && owner === 'postgres') await stopLeftover(pid, cluster)
  await rm(file, { force: true })
}

async function stopLeftover(pid: number, cluster: string): Promise<void> {
  try {
    process.kill(pid, 'SIGINT')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPERM') {
      throw new Error(
        `A Postgres that another user started (process ${pid}) runs on ${cluster}. Stop it, or start this server as that user.`,
        { cause: error },
      )
    }
    if (code !== 'ESRCH') throw error
  }
  for (let waited = 0; ownerOf(pid, cluster) === 'postgres'; waited += LOOK_EVERY_MS) {
    if (waited >= STOP_SECONDS * 1_000) {
      throw new Error(
        `A Postgres left behind by an earlier server (process ${pid}) does not stop. End it by "kill -QUIT ${pid}", ` +
          'then start again.',
      )
    }
    await delay(LOOK_EVERY_MS)
  }
}
