import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process as the system knows it. */
export interface SystemProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

function readProcess(pid: number): SystemProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === undefined || state === 'Z' || state === 'X') return null
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { pid, parent: Number(parent), command }
  } catch {
    // It ended between the listing and the look.
    return null
  }
}

/** Whether a process runs; one that has ended and waits to be collected does not. */
export function isRunning(pid: number): boolean {
  return readProcess(pid) !== null
}

/** Every process that runs below `pid`, itself left out. Linux only. */
export function descendantsOf(pid: number): readonly SystemProcess[] {
  const all = readdirSync('/proc').flatMap((name) => {
    const found = /^\d+$/.test(name) ? readProcess(Number(name)) : null
    return found === null ? [] : [found]
  })
  const below = (parent: number): SystemProcess[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(pid)
}

/** The engines that a server runs now, by the name of their program (`streamer`, `simulator` …). */
export function enginesOf(server: number, program?: string): readonly SystemProcess[] {
  return descendantsOf(server).filter(({ command }) => command.includes(join('engines', `${program ?? ''}`)))
}

/** Those of `processes` that still run. */
export function stillRunning(processes: readonly SystemProcess[]): readonly SystemProcess[] {
  return processes.filter(({ pid, command }) => readProcess(pid)?.command === command)
}
