import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process as the system knows it. */
export interface SystemProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The parent of a process; null where it has ended, also one that waits to be collected. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === undefined || state === 'Z' || state === 'X' ? null : Number(parent)
  } catch {
    // It ended between the listing and the look.
    return null
  }
}

function commandOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return null
  }
}

/** Whether a process runs; one that has ended and waits to be collected does not. */
export function isRunning(pid: number): boolean {
  return parentOf(pid) !== null
}

/** Every process that runs below `pid`, itself left out. Linux only. */
export function descendantsOf(pid: number): readonly SystemProcess[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : null
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  // Asked again and again, on a machine of hundreds of processes: only of those below is more read than the parent.
  const below = (parent: number): SystemProcess[] =>
    (children.get(parent) ?? []).flatMap((child) => {
      const command = commandOf(child)
      return command === null ? [] : [{ pid: child, parent, command }, ...below(child)]
    })
  return below(pid)
}

/** The engines that a server runs now, by the name of their program (`streamer`, `simulator` …). */
export function enginesOf(server: number, program?: string): readonly SystemProcess[] {
  return descendantsOf(server).filter(({ command }) => command.includes(join('engines', `${program ?? ''}`)))
}

/** Those of `processes` that still run. */
export function stillRunning(processes: readonly SystemProcess[]): readonly SystemProcess[] {
  return processes.filter(({ pid, command }) => parentOf(pid) !== null && commandOf(pid) === command)
}

/** The sessions that processes are in, each once. Linux only. */
export function sessionsOf(processes: readonly SystemProcess[]): readonly number[] {
  const sessions = processes.map(({ pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
  })
  return [...new Set(sessions)]
}
