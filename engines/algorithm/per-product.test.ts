import { describe, expect, it, vi } from 'vitest'
import { PerProduct } from './per-product.ts'

interface Count {
  trades: number
}

describe('what is kept of each product', () => {
  it('is made once, and stays apart from all others, however they take turns', () => {
    const create = vi.fn((): Count => ({ trades: 0 }))
    const counts = new PerProduct(create)
    for (const product of ['BTC-USD', 'BTC-USD', 'ETH-USD', 'BTC-USD', 'ETH-USD']) counts.of(product).trades += 1

    expect([counts.of('BTC-USD'), counts.of('ETH-USD'), counts.of('SOL-USD')]).toEqual([
      { trades: 3 },
      { trades: 2 },
      { trades: 0 },
    ])
    expect(create).toHaveBeenCalledTimes(3)
  })

  it('is found for a change in the feed: of the product that it names, of all where it names none', () => {
    const counts = new PerProduct((): Count => ({ trades: 0 }))
    const [bitcoin, ether] = [counts.of('BTC-USD'), counts.of('ETH-USD')]

    expect([...counts.concernedBy({ product: 'ETH-USD' })]).toEqual([ether])
    expect([...counts.concernedBy({ product: 'ETH-USD' })][0]).toBe(ether)
    expect([...counts.concernedBy({ product: '' })]).toEqual([bitcoin, ether])
  })

  it('is not made by a change in the feed', () => {
    const create = vi.fn((): Count => ({ trades: 0 }))

    expect([...new PerProduct(create).concernedBy({ product: 'BTC-USD' })]).toEqual([])
    expect(create).not.toHaveBeenCalled()
  })
})
