import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIXED_ONE, formatDecimal, notional, parseMoney, share, toFixed, type Fixed, type Money } from './money.ts'
import type { Side } from '../../domain/side.ts'
import { Holding, Ledger, type ClosedTrade } from './ledger.ts'

const FEE = toFixed(0.001)

/** A fill at one price, as the simulator books it. */
function book(
  ledger: Ledger,
  holding: Holding,
  side: Side,
  quantity: number,
  price: number,
  time = 0,
): ClosedTrade | null {
  const value = notional(toFixed(price), toFixed(quantity))
  return ledger.apply(holding, { side, quantity: toFixed(quantity), notional: value, fee: share(value, FEE), time })
}

function start(): { ledger: Ledger; holding: Holding } {
  return { ledger: new Ledger(parseMoney('1000')), holding: new Holding('BTC-USD') }
}

describe('Ledger', () => {
  it('opens and closes a long', () => {
    const { ledger, holding } = start()
    expect(book(ledger, holding, 'BUY', 2, 100, 10)).toBeNull()
    expect([formatDecimal(ledger.cash), formatDecimal(holding.cost)]).toEqual(['799.8', '200'])
    const closed = book(ledger, holding, 'SELL', 2, 110, 35)
    // 220 − 200, less 0.2 for the entry and 0.22 for the exit.
    expect(closed).toEqual({
      quantity: toFixed(2),
      realizedPnl: parseMoney('20'),
      netPnl: parseMoney('19.58'),
      heldFor: 25,
    })
    expect(formatDecimal(ledger.cash)).toBe('1019.58')
    expect(holding).toMatchObject({ quantity: 0, cost: 0n, entryFees: 0n, averagePrice: 0 })
  })

  it('opens and closes a short', () => {
    const { ledger, holding } = start()
    book(ledger, holding, 'SELL', 2, 100)
    expect([holding.quantity, formatDecimal(ledger.cash)]).toEqual([toFixed(-2), '1199.8'])
    expect(formatDecimal(holding.unrealized(toFixed(90)))).toBe('20')
    const closed = book(ledger, holding, 'BUY', 2, 90)
    expect(formatDecimal(closed!.realizedPnl)).toBe('20')
    expect(formatDecimal(ledger.cash)).toBe('1019.62')
  })

  it('averages the entry price of a position that grows, and keeps it where it shrinks', () => {
    const { ledger, holding } = start()
    book(ledger, holding, 'BUY', 1, 100)
    book(ledger, holding, 'BUY', 3, 120)
    expect(holding.averagePrice).toBe(toFixed(115))
    const closed = book(ledger, holding, 'SELL', 1, 115)
    expect(closed!.realizedPnl).toBe(0n)
    expect([holding.averagePrice, formatDecimal(holding.cost)]).toEqual([toFixed(115), '345'])
  })

  it('realises P&L on the closed part only when a position is reversed', () => {
    const { ledger, holding } = start()
    book(ledger, holding, 'BUY', 1, 100, 5)
    const closed = book(ledger, holding, 'SELL', 3, 110, 9)
    expect(closed).toMatchObject({ quantity: toFixed(1), realizedPnl: parseMoney('10'), heldFor: 4 })
    expect(formatDecimal(closed!.netPnl)).toBe('9.79')
    expect(holding).toMatchObject({ quantity: toFixed(-2), averagePrice: toFixed(110), openedAt: 9 })
    expect(formatDecimal(holding.entryFees)).toBe('0.22')
  })

  it.each<[what: string, amount: Money, rate: Fixed, expected: Money]>([
    ['under a half', 4n, 10_000_000, 0n],
    ['a half after an even digit', 5n, 10_000_000, 0n],
    ['a half after an odd digit', 15n, 10_000_000, 2n],
    ['above a half', 6n, 10_000_000, 1n],
    ['a negative half after an even digit', -25n, 10_000_000, -2n],
  ])('rounds half to even: %s', (_, amount, rate, expected) => {
    expect(share(amount, rate)).toBe(expected)
  })

  it('keeps cash and equity exact over two hundred thousand random fills', () => {
    const ledger = new Ledger(parseMoney('100000'))
    const holdings = [new Holding('BTC-USD'), new Holding('DOGE-USD')]
    const marks: Fixed[] = [toFixed(77_572.87), toFixed(0.21)]
    let state = 12_345
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 4_294_967_296) * below)
    }
    let postings = 0n
    let realized = 0n
    let net = 0n
    let wrong = 0
    for (let fill = 0; fill < 200_000; fill += 1) {
      const which = random(2)
      const holding = holdings[which]!
      marks[which] = Math.max(1, marks[which]! + random(2001) - 1000)
      // Now and then exactly what is held, so that positions come back to nothing.
      const held = Math.abs(holding.quantity)
      const quantity = held > 0 && random(8) === 0 ? held : 1 + random(FIXED_ONE)
      const side: Side = holding.quantity > 0 === random(3) > 0 ? 'SELL' : 'BUY'
      const value = notional(marks[which]!, quantity)
      const fee = share(value, FEE)
      const closed = ledger.apply(holding, { side, quantity, notional: value, fee, time: fill })
      postings += (side === 'BUY' ? -value : value) - fee
      realized += closed?.realizedPnl ?? 0n
      net += closed?.netPnl ?? 0n
      if (ledger.cash !== ledger.initial + postings) wrong += 1
      const worth = holdings.reduce((sum, each, at) => sum + each.value(marks[at]!), 0n)
      const unrealized = holdings.reduce((sum, each, at) => sum + each.unrealized(marks[at]!), 0n)
      const equity = ledger.cash + worth
      if (equity !== ledger.initial + ledger.realizedPnl + unrealized - ledger.feesPaid) wrong += 1
      const openFees = holdings.reduce((sum, each) => sum + each.entryFees, 0n)
      if (equity !== ledger.initial + net + unrealized - openFees) wrong += 1
    }
    expect(wrong).toBe(0)
    expect(ledger.realizedPnl).toBe(realized)
  })

  it('leaves nothing behind of a position that was closed, whatever the fills', () => {
    const fills = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e13 })))
    fc.assert(
      fc.property(fills, fc.integer({ min: 1, max: 1e13 }), (given, lastPrice) => {
        const { ledger, holding } = start()
        const apply = (side: Side, quantity: Fixed, price: Fixed): void => {
          const value = notional(price, quantity)
          ledger.apply(holding, { side, quantity, notional: value, fee: share(value, FEE), time: 0 })
          expect(holding.cost >= 0n && holding.entryFees >= 0n).toBe(true)
        }
        for (const [buy, quantity, price] of given) apply(buy ? 'BUY' : 'SELL', quantity, price)
        if (holding.quantity !== 0) {
          apply(holding.quantity > 0 ? 'SELL' : 'BUY', Math.abs(holding.quantity), lastPrice)
        }
        expect(holding).toMatchObject({ quantity: 0, cost: 0n, entryFees: 0n })
        expect(ledger.cash).toBe(ledger.initial + ledger.realizedPnl - ledger.feesPaid)
      }),
    )
  })
})
