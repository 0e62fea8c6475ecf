import { expect, it } from 'vitest'
import { Bell } from './bell.ts'
import { deferred } from './deferred.ts'

it('keeps nothing of those who no longer wait, however many they were', async () => {
  const bell = new Bell()
  for (let turn = 0; turn < 10_000; turn += 1) await bell.orElse(Promise.resolve())
  await expect(bell.orElse(Promise.reject(new Error('it failed')))).rejects.toThrow('it failed')
  expect(bell.waiting).toBe(0)
})

it('wakes all who wait when it rings, and holds nobody from then on', async () => {
  const bell = new Bell()
  const never = deferred<void>().promise
  const both = Promise.all([bell.orElse(never), bell.orElse(never)])
  expect(bell.waiting).toBe(2)
  bell.ring()
  await both
  expect(bell.waiting).toBe(0)
  await bell.orElse(never)
})
