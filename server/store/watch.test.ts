import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { watchStore } from './watch.ts'

afterEach(() => void vi.useRealTimers())

/** A watch over a database that answers what `answer` holds; what it told is in `told`. */
function watched(everyMs = 1_000) {
  vi.useFakeTimers()
  const told: (string | null)[] = []
  const database = { asked: 0, answer: () => Promise.resolve(3) }
  const watch = watchStore({
    ping: () => {
      database.asked++
      return database.answer()
    },
    everyMs,
    now: () => new Date(7),
    onChange: (reason) => told.push(reason),
  })
  onTestFinished(() => watch.dispose())
  return { watch, told, database }
}
const refuse = (): Promise<number> => Promise.reject(new Error('refused'))

it('says once that the database is away, and once that it is back', async () => {
  const { watch, told, database } = watched()
  database.answer = refuse
  await vi.advanceTimersByTimeAsync(3_000)
  expect(watch.down()).toEqual({ since: new Date(7), reason: 'refused' })
  database.answer = () => Promise.resolve(3)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(watch.down()).toBeNull()
  expect(told).toEqual(['refused', null])
})

it('knows at once what somebody finds out who asks in between', async () => {
  const { watch, told, database } = watched()
  database.answer = refuse
  await expect(watch.look()).rejects.toThrow('refused')
  expect(told).toEqual(['refused'])
})

it('asks once where many want to know, and not again while no answer has come', async () => {
  const { watch, database } = watched()
  let answer: (latencyMs: number) => void = () => undefined
  database.answer = () => new Promise((resolve) => (answer = resolve))
  const both = Promise.all([watch.look(), watch.look()])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(database.asked).toBe(1)
  answer(4)
  expect(await both).toEqual([4, 4])
})
