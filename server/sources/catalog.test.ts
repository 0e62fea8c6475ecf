import { expect, it } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import { createSourceCatalog, type TapeEntry } from './catalog.ts'

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

it('waits for a tape that is being made when somebody asks for it, and for no other', async () => {
  const made = deferred<void>()
  const shelf: TapeEntry[] = []
  const catalog = createSourceCatalog({
    sandboxProducts: ['BTC-USD'],
    venueProducts: () => Promise.resolve(['BTC-USD']),
    tapes: { list: () => Promise.resolve([...shelf]) },
    now: () => 0,
    made: (source) => (source === 'tape:sample' ? made.promise : Promise.resolve()),
  })

  const found = catalog.find('tape:sample')
  expect(await catalog.find('tape:other')).toBeNull()
  shelf.push({ name: 'sample', path: '/tape', description: 'A tape', products: ['BTC-USD'] })
  made.resolve()

  expect(await found).toMatchObject({ name: 'tape:sample', available: true })
})
