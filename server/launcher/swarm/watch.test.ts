import type { Redis } from 'ioredis'
import { expect, it, onTestFinished, vi } from 'vitest'
import { SwarmEngine } from './engine.ts'
import { watchSwarm, type SwarmView } from './watch.ts'

const EVERY_MS = 500
const nothing: SwarmView = { tasks: new Map(), services: new Set() }

/** An engine that is watched, with each look at the swarm answered by hand. */
function watched() {
  vi.useFakeTimers()
  const engine = new SwarmEngine(
    { entry: 'simulator', role: 'SIMULATOR', owner: 'a-run' },
    {
      commands: { status: 'end' } as Redis,
      name: 'aw-x',
      remove: () => Promise.resolve(),
      locate: () => Promise.reject(new Error('nobody asks')),
      now: () => 0,
    },
  )
  const answers: ((view: SwarmView) => void)[] = []
  const watch = watchSwarm({
    look: () => new Promise((resolve) => answers.push(resolve)),
    engines: () => [engine],
    everyMs: EVERY_MS,
    onChange: () => undefined,
  })
  onTestFinished(async () => {
    for (const answer of answers) answer(nothing)
    await watch.dispose()
    vi.useRealTimers()
  })
  const answer = async (view: SwarmView): Promise<void> => {
    answers.shift()?.(view)
    await vi.advanceTimersByTimeAsync(EVERY_MS)
  }
  return { engine, answer }
}

it('is not taken for removed where its service is made while the services are being listed', async () => {
  const { engine, answer } = watched()
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  engine.made = true
  await answer(nothing)
  expect(engine.over).toBe(false)
})

it('is over once a look that began after its service was made does not find it', async () => {
  const { engine, answer } = watched()
  engine.made = true
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  await answer(nothing)
  expect((await engine.exited).cause).toBe('was removed from the swarm')
})
