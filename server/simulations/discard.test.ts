import pino from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { createDiscard } from './discard.ts'

afterEach(() => void vi.useRealTimers())

/** A store whose deletions fail so many times first. */
function storeThatFails(times: number) {
  const deleted: string[] = []
  const runs = {
    delete(id: string): Promise<void> {
      if (times-- > 0) return Promise.reject(new Error('away'))
      deleted.push(id)
      return Promise.resolve()
    },
  }
  return { runs, deleted }
}
const log = pino({ level: 'silent' })

it('takes a run out whose start was refused, as soon as the database answers', async () => {
  const { runs, deleted } = storeThatFails(2)
  const discard = createDiscard(runs, () => false, log)
  discard.begin('refused')
  expect(discard.has('refused')).toBe(true)
  await vi.waitFor(() => expect(deleted).toEqual(['refused']), 5_000)
  expect(discard.has('refused')).toBe(false)
})

it('lets whoever asks again with the same key not find it, and no other run disappear', async () => {
  const { runs, deleted } = storeThatFails(1)
  const discard = createDiscard(runs, () => false, log)
  discard.begin('refused')
  await Promise.resolve()
  expect(await discard.finish('another')).toBe(false)
  expect(await discard.finish('refused')).toBe(true)
  expect(deleted).toEqual(['refused'])
  await expect(createDiscard(storeThatFails(9).runs, () => true, log).finish('x')).resolves.toBe(false)
})
