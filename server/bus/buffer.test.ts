import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { losslessBuffer, newestBuffer, SubscriptionOverflowError } from './buffer.ts'

interface Price {
  readonly product: string
  readonly price: number
}

const done = { value: undefined, done: true }

describe('a lossless buffer', () => {
  it('gives everything in order, whichever way pushing and taking interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 200 }), async (pushes) => {
        const buffer = losslessBuffer<number>()
        const taken: Promise<IteratorResult<number>>[] = []
        let next = 0
        for (const push of pushes) {
          if (push) buffer.push(next++)
          else taken.push(buffer.next())
        }
        buffer.end()
        const values = (await Promise.all(taken)).flatMap((result) => (result.done === true ? [] : [result.value]))
        for await (const value of buffer) values.push(value)
        expect(values).toEqual(Array.from({ length: next }, (_, index) => index))
      }),
    )
  })

  it('ends with a typed error that says how to go on when its reader falls too far behind', async () => {
    const onEnd = vi.fn()
    const buffer = losslessBuffer<number>(3, onEnd)
    for (const item of [1, 2, 3]) buffer.push(item)
    expect(onEnd).not.toHaveBeenCalled()
    buffer.push(4)
    expect(onEnd).toHaveBeenCalledOnce()
    expect(buffer.size).toBe(0)
    const error = await buffer.next().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SubscriptionOverflowError)
    expect(error).toMatchObject({ extensions: { code: 'SUBSCRIPTION_OVERFLOW', bound: 3 } })
    expect((error as Error).message).toContain('"after"')
    expect(await buffer.next()).toEqual(done)
  })

  it('keeps its memory when it is filled and emptied for long', async () => {
    const buffer = losslessBuffer<number>(2_000)
    for (let round = 0; round < 20; round++) {
      for (let item = 0; item < 1_500; item++) buffer.push(item)
      for (let item = 0; item < 1_500; item++) expect(await buffer.next()).toEqual({ value: item, done: false })
    }
    expect(buffer.size).toBe(0)
  })
})

describe('a newest-wins buffer', () => {
  it('keeps the newest of each key, and never more than one', async () => {
    const buffer = newestBuffer<Price>((item) => item.product)
    for (let price = 1; price <= 100_000; price++) buffer.push({ product: price % 2 === 0 ? 'A' : 'B', price })
    expect(buffer.size).toBe(2)
    expect((await buffer.next()).value).toEqual({ product: 'B', price: 99_999 })
    expect((await buffer.next()).value).toEqual({ product: 'A', price: 100_000 })
  })

  it('makes one of what waits and what is newer, where it is told how', async () => {
    const buffer = newestBuffer<readonly string[]>(([key]) => key!, {
      merge: (waiting, newer) => [...waiting, newer[1]!],
    })
    for (const item of ['A1', 'B1', 'A2', 'A3']) buffer.push([...item])
    expect((await buffer.next()).value).toEqual(['A', '1', '2', '3'])
    expect((await buffer.next()).value).toEqual(['B', '1'])
  })

  it('lets go of what waits where it is told that the two are not to be one, and puts the newer one last', async () => {
    const buffer = newestBuffer<Price>((item) => item.product, { merge: () => null })
    for (const [price, product] of [...'ABA'].entries()) buffer.push({ product, price })
    expect(buffer.size).toBe(2)
    expect((await buffer.next()).value).toEqual({ product: 'B', price: 1 })
    expect((await buffer.next()).value).toEqual({ product: 'A', price: 2 })
  })
})

describe('any buffer', () => {
  it('ends at once when its reader leaves, also while it waits', async () => {
    const onEnd = vi.fn()
    const buffer = losslessBuffer<number>(10, onEnd)
    const waiting = buffer.next()
    expect(await buffer.return()).toEqual(done)
    expect(await waiting).toEqual(done)
    buffer.push(1)
    expect(buffer.size).toBe(0)
    expect(onEnd).toHaveBeenCalledOnce()
  })

  it('gives what waits before it ends without an error', async () => {
    const buffer = losslessBuffer<number>()
    buffer.push(1)
    buffer.end()
    expect(await buffer.next()).toEqual({ value: 1, done: false })
    expect(await buffer.next()).toEqual(done)
  })

  it('tells a waiting reader of an error, once', async () => {
    const buffer = losslessBuffer<number>()
    const waiting = buffer.next()
    buffer.end(new Error('away'))
    await expect(waiting).rejects.toThrow('away')
    expect(await buffer.next()).toEqual(done)
  })
})
