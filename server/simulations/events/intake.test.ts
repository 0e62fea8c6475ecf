import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleEvents } from '../../../tests/support/engines/events.ts'
import { Intake } from './intake.ts'

/** An intake, with what it took on and the holes that it told of. */
function open(newest = 0) {
  const recorded: number[] = []
  const texts: (string | null)[] = []
  const heard: number[] = []
  const holes: number[] = []
  let refusal: Error | null = null
  const intake = new Intake({
    newest,
    record(events, text) {
      if (refusal !== null) return Promise.reject(refusal)
      recorded.push(...events.map(({ sequence }) => sequence))
      texts.push(text)
      return Promise.resolve()
    },
    onEvent: ({ sequence }) => heard.push(sequence),
    onHole: (last) => holes.push(last),
  })
  const take = (from: number, to: number, again = false): Promise<void> =>
    intake.take(sampleEvents(from, to), `${from}-${to}`, again)
  return { intake, take, recorded, texts, heard, holes, refuse: (reason: Error | null) => (refusal = reason) }
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe("a run's intake", () => {
  it('takes what follows, and carries it on as it came', async () => {
    const { intake, take, recorded, texts, holes } = open()
    await take(1, 3)
    await take(4, 4)
    await intake.take([], 'nothing', false)
    expect(recorded).toEqual([1, 2, 3, 4])
    expect(texts).toEqual(['1-3', '4-4'])
    expect(holes).toEqual([])
    expect([intake.newestTaken, intake.newestStored]).toEqual([4, 4])
  })

  it('takes only what is new of batches that overlap, and then not as it came', async () => {
    const { take, recorded, texts, heard } = open()
    await take(1, 3)
    await take(2, 5)
    await take(1, 5)
    expect(recorded).toEqual(upTo(5))
    expect(heard).toEqual(upTo(5))
    expect(texts).toEqual(['1-3', null])
  })

  it('takes nothing behind a hole, and says where it begins', async () => {
    const { take, recorded, holes } = open(7)
    await take(9, 10)
    expect(recorded).toEqual([])
    expect(holes).toEqual([7])
    await take(8, 10)
    expect(recorded).toEqual([8, 9, 10])
  })

  it('answers for a double only once what was recorded last is durable', async () => {
    const done: (() => void)[] = []
    const intake = new Intake({
      newest: 0,
      record: () => new Promise((resolve) => done.push(resolve)),
      onEvent: () => undefined,
      onHole: () => undefined,
    })
    const order: string[] = []
    const first = intake.take(sampleEvents(1, 2), null, false).then(() => order.push('first'))
    const double = intake.take(sampleEvents(1, 2), null, false).then(() => order.push('double'))
    await Promise.resolve()
    expect(order).toEqual([])
    done[0]?.()
    await Promise.all([first, double])
    expect(order).toContain('double')
    expect(intake.newestStored).toBe(2)
  })

  it('records again what could not be kept, without telling it again', async () => {
    const { intake, take, recorded, heard, refuse } = open()
    refuse(new Error('too large'))
    await expect(take(1, 2)).rejects.toThrow('too large')
    expect([intake.newestTaken, intake.newestStored]).toEqual([2, 0])
    refuse(null)
    await take(3, 4)
    await take(1, 2, true)
    expect(recorded).toEqual([3, 4, 1, 2])
    expect(heard).toEqual([1, 2, 3, 4])
    expect(intake.newestStored).toBe(4)
  })

  it('counts as stored only what has no hole before it', async () => {
    const { intake, take, refuse } = open()
    await take(1, 2)
    refuse(new Error('not now'))
    await expect(take(3, 4)).rejects.toThrow('not now')
    refuse(null)
    await take(5, 6)
    expect(intake.newestStored).toBe(2)
    await take(2, 4, true)
    expect(intake.newestStored).toBe(6)
  })

  it('takes each event once, in order, whatever comes again, and whatever is left out at first', async () => {
    const batches = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 })), {
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 0, max: 20 }), async (given, newest) => {
        const { intake, take, recorded, holes } = open(newest)
        for (const [from, length] of given) {
          const before = intake.newestTaken
          const told = holes.length
          await take(from, from + length)
          expect(holes.length).toBe(from > before + 1 ? told + 1 : told)
        }
        expect(recorded).toEqual(upTo(intake.newestTaken, newest + 1))
        // Whoever tells it the rest, after each hole, has told it everything.
        await take(intake.newestTaken + 1, 60)
        expect(recorded).toEqual(upTo(60, newest + 1))
      }),
    )
  })
})
