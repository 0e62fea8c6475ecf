import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { SwarmEngine, type TaskView } from './engine.ts'

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
