import { afterAll, beforeAll, expect, vi } from 'vitest'

/** A log writes out what it still holds as the process ends; it lets go of that once it is collected, whenever that is. */
const OF_LOGS: ReadonlySet<string | symbol> = new Set(['exit', 'beforeExit'])

/** What the files of a process share, and none may leave otherwise than it found it. */
function shared(): Record<string, unknown> {
  const names = process.eventNames().filter((name) => !OF_LOGS.has(name))
  const listeners = names.map((name) => [String(name), process.listenerCount(name)] as const)
  return {
    folder: process.cwd(),
    clock: vi.isFakeTimers() ? 'moved by hand' : 'running',
    variables: { ...process.env },
    listeners: Object.fromEntries(listeners),
  }
}

let before: Record<string, unknown> = {}
beforeAll(() => {
  before = shared()
})
// Files of the rooms and of the client run in one process, which loads the modules that they share once: what one leaves, the next one meets.
afterAll(() => {
  expect(shared(), 'a file of tests left something behind for those after it').toEqual(before)
})
