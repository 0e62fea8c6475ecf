import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { deferred } from '../../../engines/edge/deferred.ts'
import { SwarmEngine, type TaskView } from './engine.ts'
import { watchSwarm, type SwarmView } from './watch.ts'

const task = (state: string): TaskView => ({
  state,
  exitCode: null,
  fault: null,
  containerId: null,
  host: 'host-2',
  hostIsLost: false,
})

function begun() {
  let now = 0
  const engine = new SwarmEngine(
    { entry: 'streamer', role: 'STREAMER', owner: 'a-run' },
    {
      commands: { status: 'end' } as Redis,
      name: 'aw-x',
      remove: () => Promise.resolve(),
      locate: () => Promise.reject(new Error('nobody asks')),
      now: () => now,
    },
  )
  return { engine, after: (seconds: number) => (now = seconds * 1_000) }
}

it('is given up where no host takes it', async () => {
  const { engine, after } = begun()
  after(14)
  engine.look(task('pending'))
  expect(engine.over).toBe(false)
  after(15)
  engine.look(task('pending'))
  expect((await engine.exited).cause).toBe('could not be placed on any host of the swarm: it is still pending')
})

it('has longer where a host has taken it and must pull the image first, and then says which host it was', async () => {
  const { engine, after } = begun()
  after(100)
  engine.look(task('preparing'))
  expect(engine.over).toBe(false)
  after(120)
  engine.look(task('preparing'))
  expect((await engine.exited).cause).toBe(
    'was not begun by host-2 within 120 s: it is still preparing (can that host pull the image?)',
  )
})

it('is not taken for removed where its service was made while the swarm was being asked', async () => {
  const { engine } = begun()
  const answers = [deferred<SwarmView>(), deferred<SwarmView>()]
  const asked = [deferred<void>(), deferred<void>()]
  const nothing: SwarmView = { tasks: new Map(), services: new Set() }
  let count = 0
  const watch = watchSwarm({
    look: () => {
      asked[count]!.resolve()
      return answers[count++]!.promise
    },
    engines: () => [engine],
    everyMs: 1,
    onChange: () => undefined,
  })

  await asked[0]!.promise
  engine.made = true
  answers[0]!.resolve(nothing)
  await asked[1]!.promise
  expect(engine.over).toBe(false)

  // Asked once it was made: now it is gone.
  answers[1]!.resolve(nothing)
  expect((await engine.exited).cause).toBe('was removed from the swarm')
  await watch.dispose()
})
