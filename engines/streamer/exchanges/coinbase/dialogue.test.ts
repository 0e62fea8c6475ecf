import { describe, expect, it } from 'vitest'
import { Dialogue } from './dialogue.ts'

const ALL = ['heartbeat', 'ticker', 'matches', 'level2_batch']

function dialogue() {
  const refused: string[] = []
  const warnings: string[] = []
  const talk = new Dialogue({
    refused: (product, reason) => refused.push(`${product}: ${reason}`),
    warn: (message) => warnings.push(message),
  })
  return { talk, refused, warnings, next: () => JSON.parse(talk.next() ?? 'null') as unknown }
}

describe('a dialogue', () => {
  it('says one thing at a time', () => {
    const { talk, next } = dialogue()
    talk.want(['A-USD'])
    expect(next()).toEqual({ type: 'subscribe', product_ids: ['A-USD'], channels: ALL })
    talk.want(['B-USD'])
    expect(next()).toBeNull()
    talk.acknowledged()
    expect(next()).toEqual({ type: 'subscribe', product_ids: ['B-USD'], channels: ALL })
    expect(talk.isSettled).toBe(false)
    talk.acknowledged()
    expect(talk.isSettled).toBe(true)
  })

  it('drops the one product that the venue names and repeats the rest', () => {
    const { talk, refused, next } = dialogue()
    talk.want(['ETH-USDC', 'ETH-USD', 'BTC-USD'])
    next()
    expect(talk.failed('ETH-USD is delisted')).toBe(true)
    expect(refused).toEqual(['ETH-USD: ETH-USD is delisted'])
    expect(next()).toMatchObject({ product_ids: ['ETH-USDC', 'BTC-USD'] })
  })

  it('finds the culprit by halving where the venue names none', () => {
    const { talk, refused, next } = dialogue()
    const products = ['A-USD', 'B-USD', 'C-USD', 'D-USD', 'E-USD']
    talk.want(products)
    for (let sent = next(); sent !== null; sent = next()) {
      const { product_ids: ids } = sent as { product_ids: string[] }
      if (ids.includes('D-USD')) expect(talk.failed('not a valid product')).toBe(true)
      else talk.acknowledged()
    }
    expect(refused).toEqual(['D-USD: not a valid product'])
    expect(talk.products).toEqual(['A-USD', 'B-USD', 'C-USD', 'E-USD'])
  })

  it('falls back to level2_50, then to tickers alone, where the book channel is refused', () => {
    const { talk, warnings, next } = dialogue()
    talk.want(['A-USD'])
    next()
    expect(talk.failed('level2, level3, and full channels now require authentication.')).toBe(true)
    expect(next()).toMatchObject({ channels: ['heartbeat', 'ticker', 'matches', 'level2_50'] })
    expect(talk.failed('level2_50 is not available')).toBe(true)
    expect(next()).toMatchObject({ channels: ['heartbeat', 'ticker', 'matches'] })
    expect(warnings).toHaveLength(2)
    talk.acknowledged()
    talk.refresh('A-USD')
    expect(next()).toBeNull()
  })

  it('leaves an error that names neither product nor channel to a new connection', () => {
    const { talk, refused, next } = dialogue()
    talk.want(['A-USD'])
    next()
    expect(talk.failed('internal server error')).toBe(false)
    expect(refused).toEqual([])
    talk.restart()
    expect(next()).toMatchObject({ product_ids: ['A-USD'] })
  })

  it('asks for a fresh book with an unsubscribe before the subscribe, once however often it is doubted', () => {
    const { talk, next } = dialogue()
    talk.want(['A-USD'])
    next()
    talk.acknowledged()
    talk.refresh('A-USD')
    talk.refresh('A-USD')
    expect(next()).toEqual({ type: 'unsubscribe', product_ids: ['A-USD'], channels: ['level2_batch'] })
    talk.acknowledged()
    expect(next()).toEqual({ type: 'subscribe', product_ids: ['A-USD'], channels: ['level2_batch'] })
    talk.acknowledged()
    expect(talk.isSettled).toBe(true)
  })

  it('unsubscribes a product that is dropped and at once wanted again, so that its snapshot comes anew', () => {
    const { talk, next } = dialogue()
    talk.want(['A-USD'])
    next()
    talk.acknowledged()
    talk.drop('A-USD')
    talk.want(['A-USD'])
    expect(next()).toMatchObject({ type: 'unsubscribe' })
    talk.acknowledged()
    expect(next()).toMatchObject({ type: 'subscribe' })
  })

  it('names at most 20 products in one message', () => {
    const { talk, next } = dialogue()
    talk.want(Array.from({ length: 45 }, (_, index) => `P${index}-USD`))
    const sizes: number[] = []
    for (let sent = next(); sent !== null; sent = next()) {
      sizes.push((sent as { product_ids: string[] }).product_ids.length)
      talk.acknowledged()
    }
    expect(sizes).toEqual([20, 20, 5])
  })
})
