import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { newestBuffer, type Buffer } from './buffer.ts'
import { paced } from './paced.ts'

let buffer: Buffer<number>
let left: number
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  left = 0
  buffer = newestBuffer<number>((item) => (item < 0 ? 'another key' : 'one key'), { onEnd: () => left++ })
})
afterEach(() => {
  vi.useRealTimers()
})

it('gives the first item at once, and after the pause only the newest of those that came meanwhile', async () => {
  const feed = paced(buffer, 100)
  buffer.push(1)
  expect((await feed.next()).value).toBe(1)
  const second = feed.next()
  buffer.push(2)
  await vi.advanceTimersByTimeAsync(99)
  buffer.push(3)
  await vi.advanceTimersByTimeAsync(1)
  expect((await second).value).toBe(3)
})

it('gives one item of each key after a pause, and then pauses again', async () => {
  const feed = paced(buffer, 100)
  buffer.push(1)
  await feed.next()
  for (const item of [2, -2, 3]) buffer.push(item)
  const second = feed.next()
  await vi.advanceTimersByTimeAsync(100)
  expect((await second).value).toBe(3)
  expect((await feed.next()).value).toBe(-2)
  const third = feed.next()
  buffer.push(4)
  await vi.advanceTimersByTimeAsync(99)
  buffer.push(5)
  await vi.advanceTimersByTimeAsync(1)
  expect((await third).value).toBe(5)
})

it('gives at once what comes after a pause that nobody waited for', async () => {
  const feed = paced(buffer, 100)
  buffer.push(1)
  await feed.next()
  await vi.advanceTimersByTimeAsync(100)
  buffer.push(2)
  expect((await feed.next()).value).toBe(2)
})

it('ends at once in the middle of a pause, and lets go of its feed', async () => {
  const feed = paced(buffer, 100)
  buffer.push(1)
  await feed.next()
  const waiting = feed.next()
  expect((await feed.return?.())?.done).toBe(true)
  expect((await waiting).done).toBe(true)
  expect(left).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})

it('passes on that its feed has failed', async () => {
  const feed = paced(buffer, 100)
  buffer.end(new Error('the streamer is gone'))
  await expect(feed.next()).rejects.toThrow('the streamer is gone')
})
