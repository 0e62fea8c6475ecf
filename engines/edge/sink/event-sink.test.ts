import { PassThrough, Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../../../tests/support/time/manual-clock.ts'
import type { SimulatorEvent } from '../../domain/trading/event.ts'
import type { EngineMessage } from '../process/control.ts'
import { createChannelSink, createLineSink, FLUSH_MS } from './event-sink.ts'

function event(sequence: number): SimulatorEvent {
  const status = { type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '', sequence, time: 0 } as const
  return { type: 'feed', status, sequence, time: 0 }
}

function sequencesOf(messages: readonly EngineMessage[]): readonly number[][] {
  return messages.flatMap((message) => (message.type === 'events' ? [message.events.map((one) => one.sequence)] : []))
}

describe("a simulator's sink to its launcher", () => {
  it('sends what was written since the last flush as one message', () => {
    const told: EngineMessage[] = []
    const sink = createChannelSink((message) => told.push(message), manualClock())
    sink.write(event(1))
    sink.write(event(2))
    expect(told).toEqual([])
    sink.flush()
    sink.flush()
    sink.write(event(3))
    sink.flush()
    expect(sequencesOf(told)).toEqual([[1, 2], [3]])
  })

  it('lets events wait a moment for others, and sends them at once when it is flushed or full', () => {
    const told: EngineMessage[] = []
    const clock = manualClock()
    const sink = createChannelSink((message) => told.push(message), clock)
    sink.flushSoon()
    sink.write(event(1))
    sink.flushSoon()
    sink.write(event(2))
    sink.flushSoon()
    expect(told).toEqual([])
    clock.advance(FLUSH_MS)
    expect(sequencesOf(told)).toEqual([[1, 2]])
    sink.write(event(3))
    sink.flushSoon()
    sink.flush()
    expect(sequencesOf(told)).toEqual([[1, 2], [3]])
    expect(clock.pending).toBe(0)
  })

  it('has no room while its bound of events waits to be acknowledged, and says when it has again', async () => {
    const sink = createChannelSink(() => undefined, manualClock(), 3)
    for (const sequence of [1, 2, 3]) sink.write(event(sequence))
    expect(sink.hasRoom()).toBe(false)
    let woken = false
    const room = sink.whenRoom().then(() => (woken = true))
    sink.acknowledge(0)
    expect(woken).toBe(false)
    sink.acknowledge(1)
    await room
    expect(sink.hasRoom()).toBe(true)
  })

  it('closes only when every event is acknowledged, whatever order the acknowledgements come in', async () => {
    const told: EngineMessage[] = []
    const sink = createChannelSink((message) => told.push(message), manualClock())
    sink.write(event(1))
    sink.write(event(2))
    let closed = false
    const closing = sink.close().then(() => (closed = true))
    expect(sequencesOf(told)).toEqual([[1, 2]])
    sink.acknowledge(1)
    await Promise.resolve()
    expect(closed).toBe(false)
    sink.acknowledge(2)
    sink.acknowledge(1)
    await closing
  })

  describe('of an engine that nobody launched', () => {
    it('prints a line of JSON an event', async () => {
      const output = new PassThrough()
      const sink = createLineSink(output, () => undefined)
      sink.write(event(7))
      await sink.close()
      expect(JSON.parse(String(output.read()))).toMatchObject({ type: 'feed', sequence: 7 })
    })

    it('waits for a reader that is slow, and is closed only when all has gone out to it', async () => {
      const read: string[] = []
      let next: (() => void) | null = null
      const output = new Writable({
        write(chunk: Buffer, _encoding, done) {
          read.push(String(chunk))
          next = done
        },
      })
      const sink = createLineSink(output, () => undefined)
      let written = 0
      while (sink.hasRoom()) sink.write(event(++written))
      expect(output.writableLength).toBeLessThan(1024 * 1024 + 1_000)
      const settled: string[] = []
      void sink.whenRoom().then(() => settled.push('room'))
      void sink.close().then(() => settled.push('closed'))
      await nextTurn()
      expect(settled).toEqual([])
      for (let turns = 0; settled.length < 2 && turns < 2 * written; turns++) {
        next!()
        await nextTurn()
      }
      expect(settled).toEqual(['room', 'closed'])
      expect(JSON.parse(read.filter((text) => text !== '').at(-1)!)).toMatchObject({ sequence: written })
    })

    it('goes on without a reader that has gone away, and says so once', async () => {
      const warnings: string[] = []
      const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
      const sink = createLineSink(output, (reason) => warnings.push(reason))
      sink.write(event(1))
      await expect.poll(() => warnings).toEqual(['EPIPE'])
      sink.write(event(2))
      expect(sink.hasRoom()).toBe(true)
      await sink.close()
      expect(warnings).toEqual(['EPIPE'])
    })
  })
})
