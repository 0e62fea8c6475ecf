import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Level } from '../domain/market/market.ts'
import { createBook, NOTHING_CHANGED } from './book.ts'
import type { BookChange } from './venue.ts'

const price = fc.integer({ min: 1, max: 40 })
const size = fc.integer({ min: 0, max: 5 })
const levels = fc.array(fc.tuple(price, size), { maxLength: 30 })
const changes = fc.array(fc.tuple(fc.constantFrom('BUY' as const, 'SELL' as const), price, size), { maxLength: 12 })

/** The obvious book: two maps, sorted whenever one looks. */
class NaiveBook {
  buy = new Map<number, number>()
  sell = new Map<number, number>()
  load(bids: readonly Level[], asks: readonly Level[]): void {
    this.buy = new Map(bids)
    this.sell = new Map(asks)
    for (const side of [this.buy, this.sell]) for (const [key, value] of [...side]) if (value === 0) side.delete(key)
  }
  apply(list: readonly BookChange[]): void {
    for (const [side, key, value] of list) {
      const map = side === 'BUY' ? this.buy : this.sell
      if (value === 0) map.delete(key)
      else map.set(key, value)
    }
  }
  bids(count: number): Level[] {
    return [...this.buy].sort((a, b) => b[0] - a[0]).slice(0, count)
  }
  asks(count: number): Level[] {
    return [...this.sell].sort((a, b) => a[0] - b[0]).slice(0, count)
  }
}

describe('a book', () => {
  it('equals a naive book after any snapshot and any changes, at every depth', () => {
    fc.assert(
      fc.property(
        levels,
        levels,
        fc.array(changes, { maxLength: 10 }),
        fc.integer({ min: 0, max: 45 }),
        (bids, asks, batches, count) => {
          const book = createBook()
          const naive = new NaiveBook()
          book.load(bids, asks)
          naive.load(bids, asks)
          for (const batch of [[], ...batches]) {
            book.apply(batch)
            naive.apply(batch)
            expect(book.bids(count)).toEqual(naive.bids(count))
            expect(book.asks(count)).toEqual(naive.asks(count))
            expect(book.depth).toBe(naive.buy.size + naive.sell.size)
          }
        },
      ),
    )
  })

  it('never keeps quiet about a change of its best levels', () => {
    fc.assert(
      fc.property(levels, levels, changes, fc.integer({ min: 1, max: 10 }), (bids, asks, batch, count) => {
        const book = createBook()
        book.load(bids, asks)
        const before = [book.bids(count), book.asks(count)]
        const rank = book.apply(batch)
        if (rank >= count) expect([book.bids(count), book.asks(count)]).toEqual(before)
      }),
    )
  })

  it('says that nothing changed where a size is set again or an absent level is removed', () => {
    const book = createBook()
    book.load([[10, 1]], [[11, 1]])
    expect(
      book.apply([
        ['BUY', 10, 1],
        ['SELL', 12, 0],
      ]),
    ).toBe(NOTHING_CHANGED)
    expect(book.apply([['SELL', 11, 2]])).toBe(0)
  })

  it('is crossed where the best bid reaches the best ask, and never while a side is empty', () => {
    const book = createBook()
    book.load([[10, 1]], [])
    expect(book.crossed()).toBe(false)
    book.apply([['SELL', 10, 1]])
    expect(book.crossed()).toBe(true)
  })

  it('forgets the levels farthest from the best beyond its bound', () => {
    const book = createBook(3)
    book.load(
      [
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 1],
      ],
      [],
    )
    expect(book.bids(9)).toEqual([
      [4, 1],
      [3, 1],
      [2, 1],
    ])
    book.apply([['BUY', 5, 1]])
    expect(book.bids(9)).toEqual([
      [5, 1],
      [4, 1],
      [3, 1],
    ])
  })

  it('takes 100,000 changes a second over 30,000 levels, even far from the best', () => {
    const book = createBook()
    const side = (sign: number): Level[] =>
      Array.from({ length: 15_000 }, (_, index) => [1e12 + sign * (index + 1) * 1e6, 1e8])
    book.load(side(-1), side(1))
    let seed = 1
    const list = Array.from({ length: 100_000 }, (): BookChange => {
      seed = (seed * 48_271) % 2_147_483_647
      const up = seed % 2 === 0
      return [up ? 'SELL' : 'BUY', 1e12 + (up ? 1 : -1) * ((seed % 20_000) + 1) * 1e6, seed % 3 === 0 ? 0 : seed]
    })
    // Of the processor: by the clock it would be whatever else the machine does that is measured.
    const before = process.cpuUsage()
    book.apply(list)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(1_000)
  })
})
