import { expect, it } from 'vitest'
import { retried, type RetryTimes } from './retry.ts'

/** Times in which waiting takes no time but is written down. */
function playedTimes(tryTakesMs = 0): { times: RetryTimes; waits: number[]; pass: () => void } {
  let now = 0
  const waits: number[] = []
  const times: RetryTimes = {
    now: () => now,
    random: () => 1,
    wait(milliseconds) {
      waits.push(milliseconds)
      now += milliseconds
      return Promise.resolve()
    },
  }
  return { times, waits, pass: () => (now += tryTakesMs) }
}

it('gives what the work gives, as soon as it succeeds', async () => {
  const { times, waits } = playedTimes()
  let tries = 0
  const work = () => (++tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve(tries))

  expect(await retried(() => true, work, times)).toBe(3)
  expect(waits).toEqual([100, 400])
})

it('gives up after three tries, with the last error', async () => {
  const { times, waits } = playedTimes()
  let tries = 0
  const work = () => Promise.reject(new Error(`try ${++tries}`))

  await expect(retried(() => true, work, times)).rejects.toThrow('try 3')
  expect(waits).toEqual([100, 400])
})

it('begins no further try once three seconds have gone by', async () => {
  const { times, waits, pass } = playedTimes(5_000)
  const work = () => {
    pass()
    return Promise.reject(new Error('slow'))
  }

  await expect(retried(() => true, work, times)).rejects.toThrow('slow')
  expect(waits).toEqual([])
})

it('does not repeat what fails for another reason', async () => {
  let tries = 0
  const work = () => Promise.reject(new Error(`no such table ${++tries}`))

  await expect(retried((error) => String(error).includes('away'), work)).rejects.toThrow('no such table 1')
})
