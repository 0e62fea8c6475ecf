import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The fields of /proc/PID/stat from the third (state) on; null off Linux or where the process is gone. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** When a process was born, in the kernel's ticks (field 22); null where the system does not say. */
export function birthOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null
}

/** Whether a process with this pid runs. One that ended but was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = statOf(pid)?.[0]
  return state !== 'Z' && state !== 'X'
}

/** The command line of a process; null where there is none, or the system does not tell it. */
export function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // No /proc on this system, or no such process: ps knows both.
    const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return status === 0 && stdout.trim() !== '' ? stdout : null
  }
}
