import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSandbox, type Sandbox } from './server.ts'

interface TradeRow {
  readonly trade_id: number
  readonly side: string
  readonly price: string
}

describe('the public REST of the sandbox', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    const market = { kind: 'generated', seed: 21, activity: 5 } as const
    const requests = { perSecond: 1000, burst: 1000 }
    sandbox = await createSandbox({ market, tradeHistory: 50, limits: { requests } })
  })
  afterAll(() => sandbox.dispose())

  const get = async <Body>(path: string): Promise<{ status: number; body: Body; headers: Headers }> => {
    const answer = await fetch(`${sandbox.restUrl}${path}`)
    return { status: answer.status, body: (await answer.json()) as Body, headers: answer.headers }
  }

  it.each([
    '/products/NO-SUCH',
    '/products/NO-SUCH/trades',
    '/products/BTC-USD/gossip',
    '/',
    '/products/%E0%A4%A',
    '/a/b/c/d',
  ])('knows nothing of %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { message: 'NotFound' } })
  })

  it.each([
    ['/products/BTC-USD/trades?limit=0', 'limit must be a whole number above 0'],
    ['/products/BTC-USD/trades?limit=x&after=-1', 'limit, after must be a whole number above 0'],
    ['/products/BTC-USD/candles?granularity=61', 'Unsupported granularity'],
    ['/products/BTC-USD/candles?granularity=60&start=yesterday', 'start and end must be ISO 8601 or unix seconds'],
    ['/products/BTC-USD/candles?granularity=60&start=9&end=2', 'start must not be after end'],
    ['/products/BTC-USD/candles?granularity=60&start=0&end=18061', expect.stringContaining('exceeds 300')],
    ['/products/BTC-USD/book?level=9', 'level must be 1 or 2'],
  ])('refuses %s', async (path, message) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { message } })
  })

  it('gives trades newest first, from a history that is bounded, with cursors both ways', async () => {
    const all = await get<TradeRow[]>('/products/BTC-USD/trades?limit=5000')
    const ids = all.body.map(({ trade_id }) => trade_id)
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => ids[0]! - index))
    expect(all.headers.get('cb-before')).toBe(String(ids[0]))
    expect(all.headers.get('cb-after')).toBe(String(ids[49]))
    const middle = await get<TradeRow[]>(`/products/BTC-USD/trades?after=${ids[5]}&before=${ids[10]}`)
    expect(middle.body.map(({ trade_id }) => trade_id)).toEqual(ids.slice(6, 10))
    expect(Object.keys(all.body[0]!)).toEqual(['time', 'trade_id', 'price', 'size', 'side'])
  })

  it('gives candles as numbers, newest first, longer ones made of shorter ones', async () => {
    const hour = Math.floor(Date.now() / 3_600_000 - 2) * 3600
    const range = (granularity: number) =>
      `/products/ETH-USD/candles?granularity=${granularity}&start=${hour}&end=${hour + 3599}`
    const minutes = (await get<number[][]>(range(60))).body
    const [whole, ...more] = (await get<number[][]>(range(3600))).body
    expect(more).toEqual([])
    expect(minutes).toHaveLength(60)
    expect(minutes[0]![0]).toBe(hour + 3540)
    expect(whole).toEqual([
      hour,
      Math.min(...minutes.map((row) => row[1]!)),
      Math.max(...minutes.map((row) => row[2]!)),
      minutes[59]![3],
      minutes[0]![4],
      expect.closeTo(
        minutes.reduce((sum, row) => sum + row[5]!, 0),
        6,
      ),
    ])
  })

  it('lets only reads in', async () => {
    const answer = await fetch(`${sandbox.restUrl}/products`, { method: 'DELETE' })
    expect(answer.status).toBe(405)
  })

  it('slows down who asks too often, with 429', async () => {
    const strict = await createSandbox({ market: { kind: 'generated', seed: 1, products: ['BTC-USD'] } })
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${strict.restUrl}/time`)))
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused.length).toBeGreaterThan(1)
      expect(answers.length - refused.length).toBeGreaterThanOrEqual(15)
    } finally {
      await strict.dispose()
    }
  })
})
