import { expect, it } from 'vitest'
import { withinOwnTime, type PatienceTimes } from './patience.ts'

/** Timers that a test moves by hand; `pass` lets time go by, in one piece where the loop stands still. */
function stepped() {
  let now = 0
  let due: { at: number; work: () => void } | null = null
  const times: PatienceTimes = {
    now: () => now,
    after(milliseconds, work) {
      const mine = { at: now + milliseconds, work }
      due = mine
      return () => {
        if (due === mine) due = null
      }
    },
    onceRead: (work) => work(),
  }
  const pass = (milliseconds: number): void => {
    now += milliseconds
    if (due === null || due.at > now) return
    const { work } = due
    due = null
    work()
  }
  return { times, pass, waiting: () => due !== null }
}
const late = () => new Error('late')
const never = new Promise<never>(() => undefined)

it('gives up after its time, while its own loop turns', async () => {
  const { times, pass, waiting } = stepped()
  const answer = withinOwnTime(never, 2_000, late, times)
  for (let passed = 0; passed < 1_950; passed += 50) pass(50)
  expect(waiting()).toBe(true)
  pass(50)
  await expect(answer).rejects.toThrow('late')
  expect(waiting()).toBe(false)
})

it('does not count time in which its own loop stood still, so that an answer that lies there is read', async () => {
  const { times, pass, waiting } = stepped()
  const answer = withinOwnTime(new Promise((resolve) => setImmediate(() => resolve('here'))), 2_000, late, times)
  for (let stall = 0; stall < 10; stall++) pass(3_000)
  expect(await answer).toBe('here')
  expect(waiting()).toBe(false)
})
