import { expect, it } from 'vitest'
import { createSourceCatalog } from './catalog.ts'

it('looks through the tapes once for all who ask at the same time, and anew for whoever asks later', async () => {
  let looks = 0
  const catalog = createSourceCatalog({
    sandboxProducts: ['BTC-USD'],
    venueProducts: () => Promise.resolve(['BTC-USD']),
    tapes: {
      list: () => {
        looks++
        return Promise.resolve([{ name: `tape-${looks}`, path: '/tape', description: 'A tape', products: ['BTC-USD'] }])
      },
    },
    now: () => 0,
  })
  const names = async () => (await catalog.list()).map(({ name }) => name)

  const [one, other] = await Promise.all([names(), names()])

  expect(one).toEqual(['coinbase', 'sandbox', 'tape:tape-1'])
  expect(other).toEqual(one)
  expect(await names()).toContain('tape:tape-2')
})
