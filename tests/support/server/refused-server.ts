import { expect, vi } from 'vitest'
import { PATIENCE } from './platform.ts'
import { descendantsOf, stillRunning, type SystemProcess } from '../processes.ts'
import { launchServer } from './server-process.ts'

/** Starts a server that cannot start; gives what it said, and sees that nothing of it is left. */
export async function refused(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const server = launchServer(dataDir, env)
  const below = new Map<number, SystemProcess>()
  const watch = setInterval(() => {
    for (const one of descendantsOf(server.pid)) below.set(one.pid, one)
  }, 20)
  const exit = await server.exited
  clearInterval(watch)
  expect(exit).toEqual({ code: 1, signal: null })
  await vi.waitFor(() => expect(stillRunning([...below.values()])).toEqual([]), PATIENCE)
  return server.lines.filter((line) => !line.startsWith('{')).join('\n')
}
