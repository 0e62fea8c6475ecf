import { expect, it } from 'vitest'
import { inferredInstrument } from '../../domain/market/instrument.ts'
import { unitOf } from '../../domain/market/unit.ts'
import { InferredWatch } from './inferred.ts'

const notice = (decimals: number) =>
  ({ type: 'instrument', ...inferredInstrument('SHIB-USD', unitOf(decimals, 2)), sequence: 0, time: 0 }) as const

it('tells once that a product’s increments are inferred, and again where they are others', () => {
  const watch = new InferredWatch()
  expect(watch.hear(notice(8))).toEqual({ product: 'SHIB-USD', priceIncrement: '0.00000001', sizeIncrement: '0.01' })
  expect(watch.hear(notice(8))).toBeNull()
  expect(watch.hear(notice(10))?.priceIncrement).toBe('0.0000000001')
})

it('says nothing of what its venue defines', () => {
  const watch = new InferredWatch()
  expect(watch.hear({ ...notice(8), origin: 'VENUE' })).toBeNull()
})
