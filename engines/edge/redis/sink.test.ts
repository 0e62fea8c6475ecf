import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { sampleEvent } from '../../../tests/support/engines/events.ts'
import { manualClock } from '../../../tests/support/time/manual-clock.ts'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { decodeEvents } from '../json.ts'
import { SINK_BOUND } from '../sink/event-sink.ts'
import { RedisSink } from './sink.ts'

/** As much of a Redis as a sink uses; `refuse` makes it refuse each write with a text, `hang` answer none. */
class FakeRedis extends EventEmitter {
  status = 'ready'
  refuse: string | null = null
  hang = false
  readonly held: number[] = []
  publish = (): Promise<number> => Promise.resolve(0)
  disconnect = (): void => undefined
  pipeline() {
    const texts: string[] = []
    return {
      call: (...parts: readonly string[]) => texts.push(parts.at(-1) ?? ''),
      expire: () => undefined,
      exec: (): Promise<readonly (readonly [Error | null])[]> => {
        if (this.hang) return new Promise(() => undefined)
        const { refuse } = this
        if (refuse !== null) return Promise.resolve([[new Error(refuse)]])
        for (const text of texts) this.held.push(...decodeEvents(text).map(({ sequence }) => sequence))
        return Promise.resolve([[null]])
      },
    }
  }
}

function open(withAside = true) {
  const redis = new FakeRedis()
  const clock = manualClock(Date.UTC(2026, 0, 1, 12) * 1_000)
  const aside: number[] = []
  const sink = new RedisSink({
    redis: redis as unknown as Redis,
    simulationId: 'a-run',
    clock,
    log: pino({ level: 'silent' }),
    acknowledged: true,
    aside: withAside
      ? (events: readonly SimulatorEvent[]) => void aside.push(...events.map((event) => event.sequence))
      : null,
  })
  const write = (from: number, to: number): void => {
    for (let sequence = from; sequence <= to; sequence++) sink.write(sampleEvent(sequence))
    sink.flush()
  }
  const pass = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds)
    await nextTurn()
  }
  return { redis, clock, sink, write, aside, pass }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const OOM = "OOM command not allowed when used memory > 'maxmemory'."

describe('a sink whose Redis takes nothing', () => {
  it.each([
    ['is full', OOM],
    ['is read-only', "READONLY You can't write against a read only replica."],
    ['cannot save', 'MISCONF Redis is configured to save RDB snapshots'],
  ])('because it %s hands all that was not answered for to the launcher after a second', async (_, said) => {
    const { redis, sink, write, aside, pass } = open()
    write(1, 3)
    await nextTurn()
    sink.acknowledge(2)
    redis.refuse = said
    write(4, 6)
    await nextTurn()
    expect(aside).toEqual([])
    await pass(1_000)
    expect(aside).toEqual([3, 4, 5, 6])
    write(7, 8)
    expect(aside).toEqual([3, 4, 5, 6, 7, 8])
  })

  it('because its connection is gone does so too, and goes back to Redis when it is there again', async () => {
    const { redis, sink, write, aside, pass } = open()
    redis.status = 'reconnecting'
    redis.emit('close')
    write(1, 2)
    await pass(1_000)
    expect(aside).toEqual([1, 2])
    sink.acknowledge(1)
    redis.status = 'ready'
    redis.emit('ready')
    await nextTurn()
    write(3, 3)
    await nextTurn()
    expect(redis.held).toEqual([2, 3])
    expect(aside).toEqual([1, 2])
  })

  it('ends once the launcher has answered for all of it, without waiting first', async () => {
    const { redis, sink, write, aside } = open()
    redis.refuse = OOM
    write(1, 2)
    await nextTurn()
    let closed = false
    const closing = sink.close().then(() => (closed = true))
    expect(aside).toEqual([1, 2])
    await nextTurn()
    expect(closed).toBe(false)
    sink.acknowledge(2)
    await closing
  })

  it('ends through the launcher also where Redis only hangs', async () => {
    const { redis, sink, write, aside, pass } = open()
    redis.hang = true
    write(1, 2)
    const closing = sink.close()
    await pass(1_000)
    expect(aside).toEqual([1, 2])
    sink.acknowledge(2)
    await closing
  })

  it('lets no more wait at the launcher than a channel may hold', async () => {
    const { redis, sink, write, aside, pass } = open()
    redis.refuse = OOM
    write(1, SINK_BOUND + 700)
    await nextTurn()
    await pass(1_000)
    expect(aside).toEqual(range(1, SINK_BOUND))
    sink.acknowledge(600)
    expect(aside.at(-1)).toBe(SINK_BOUND + 600)
  })

  it('says since when, why, and what becomes of its events', async () => {
    const { redis, sink, write, pass } = open()
    redis.refuse = OOM
    write(1, 2)
    await nextTurn()
    expect(sink.warnings()).toEqual([])
    await pass(1_000)
    expect(sink.warnings()).toEqual([
      'Redis takes no events since 12:00:00 UTC (its memory is full: give it more (maxmemory), or remove what else is in ' +
        'it). They are handed to the server directly meanwhile.',
    ])
    await pass(1_000)
    expect(sink.warnings().at(-1)).toBe(
      '2 events wait in the simulator to be stored; none was since 12:00:00 UTC. At 50000 it reads no more of its feed.',
    )
    redis.refuse = null
    await pass(1_000)
    sink.acknowledge(2)
    expect(sink.warnings()).toEqual([])
  })

  it('says that they wait where the only other way is Redis too', async () => {
    const { redis, sink, write, aside, pass } = open(false)
    redis.refuse = OOM
    write(1, 2)
    await nextTurn()
    await pass(1_000)
    expect(aside).toEqual([])
    expect(sink.warnings()[0]).toContain('They wait in the simulator, which has no other way.')
  })
})
