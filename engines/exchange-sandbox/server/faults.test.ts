import { afterEach, describe, expect, it } from 'vitest'
import { connectClient, isFrame, type TestClient } from './client-for-tests.ts'
import { createSandbox, type Sandbox } from './server.ts'

const open: Sandbox[] = []
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.dispose()
})

async function start(channels: readonly string[]): Promise<[Sandbox, TestClient, TestClient]> {
  const sandbox = await createSandbox({ market: { kind: 'generated', seed: 7, activity: 5 } })
  open.push(sandbox)
  const clients = [await connectClient(sandbox.wsUrl), await connectClient(sandbox.wsUrl)] as const
  for (const client of clients) {
    client.subscribe(channels, ['BTC-USD'])
    await client.until(isFrame('subscriptions'))
  }
  return [sandbox, ...clients]
}

describe('an ordered fault', () => {
  it('breaks one connection, or all, without a goodbye', async () => {
    const [{ faults }, one, other] = await start(['matches'])
    expect(faults.disconnect({ client: 1 })).toBe(1)
    expect((await one.closed).code).toBe(1006)
    await expect.poll(() => faults.clients()).toEqual([2])
    expect(faults.disconnect()).toBe(1)
    expect((await other.closed).code).toBe(1006)
  })

  it('stalls a client and later delivers all that was held back, in order', async () => {
    const [{ faults, restUrl }, one, other] = await start(['matches'])
    await one.until(isFrame('match'))
    faults.stall(undefined, { client: 1 })
    // Whatever is still on its way to the client was made before the venue answered this.
    const answer = await fetch(`${restUrl}/products/BTC-USD/trades?limit=1`)
    const [{ trade_id: last }] = (await answer.json()) as [{ trade_id: number }]
    const newest = await other.until((frame) => frame.trade_id === last + 30)
    expect(one.frames.filter((frame) => frame.trade_id! > last)).toEqual([])
    faults.resume()
    await one.until((frame) => frame.trade_id === newest.trade_id)
    const ids = one.frames.flatMap((frame) => (frame.type === 'match' ? [frame.trade_id!] : []))
    expect(ids).toEqual(ids.map((_, index) => ids[0]! + index))
  })

  it('ends a stall by itself after its time', async () => {
    const [{ faults }, one] = await start(['matches'])
    faults.stall(80)
    const held = one.frames.length
    await one.count(held + 1, () => true)
  })

  it('falls silent, and what was not said is lost', async () => {
    const [{ faults }, one, other] = await start(['matches'])
    await one.until(isFrame('match'))
    faults.silence({ client: 1 })
    await one.flushed()
    const heard = one.frames.length
    await other.count(other.frames.length + 20, () => true)
    expect(one.frames.length).toBe(heard)
    faults.resume({ client: 1 })
    await one.count(heard + 1, () => true)
    expect(one.frames[heard]!.trade_id! - one.frames[heard - 1]!.trade_id!).toBeGreaterThan(10)
  })

  it('sends garbage among good frames', async () => {
    const [{ faults }, one] = await start(['matches'])
    faults.garbage({ client: 1 })
    await one.until(({ type }) => type === 'brand_new_message')
    await expect.poll(() => one.rubbish.length).toBeGreaterThan(5)
    await expect.poll(() => one.rubbish.some((frame) => typeof frame !== 'string')).toBe(true)
    const before = one.frames.filter(isFrame('match')).length
    await one.count(before + 2, isFrame('match'))
  })

  it('drops trades, which heartbeats and REST still know', async () => {
    const [{ faults, restUrl }, one] = await start(['matches', 'ticker', 'heartbeat'])
    await one.until(isFrame('match'))
    faults.dropTrades('BTC-USD', 3)
    await one.flushed()
    const last = one.frames.findLast(isFrame('match'))!
    const after = await one.until((frame) => frame.type === 'match' && frame.trade_id! > last.trade_id! + 3)
    const got = one.frames.flatMap((frame) => (/match$/.test(frame.type) ? [frame.trade_id!] : []))
    const missing = Array.from({ length: after.trade_id! - got[0]! }, (_, index) => got[0]! + index).filter(
      (id) => !got.includes(id),
    )
    expect(missing).toHaveLength(3)
    expect(one.frames.filter((frame) => frame.type === 'ticker' && missing.includes(frame.trade_id!))).toEqual([])
    const answer = await fetch(`${restUrl}/products/BTC-USD/trades?before=${missing[0]! - 1}&after=${missing[2]! + 1}`)
    expect(((await answer.json()) as { trade_id: number }[]).map(({ trade_id }) => trade_id)).toEqual(missing.reverse())
  })

  it('cuts off as a slow reader', async () => {
    const [{ faults }, one] = await start(['heartbeat'])
    faults.cutSlowConsumer({ client: 1 })
    expect((await one.closed).code).toBe(1008)
    expect(one.frames.at(-1)).toMatchObject({ type: 'error', message: 'ErrSlowConsume' })
  })

  it('refuses a product until it is allowed again', async () => {
    const [{ faults }, one] = await start(['heartbeat'])
    faults.refuse('ETH-USD', 'ETH-USD is delisted')
    one.subscribe(['ticker'], ['ETH-USD'])
    expect((await one.until(isFrame('error'))).reason).toBe('ETH-USD is delisted')
    faults.allow('ETH-USD')
    one.subscribe(['ticker'], ['ETH-USD'])
    await one.until(isFrame('ticker', 'ETH-USD'))
  })

  it('can be ordered over HTTP, and a wrong order is answered with all its faults', async () => {
    const [{ restUrl }, one] = await start(['heartbeat'])
    const order = async (body: string, type = 'application/json') => {
      const answer = await fetch(`${restUrl}/sandbox/faults`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
      return [answer.status, await answer.json()] as [number, { problems?: string[]; struck?: number }]
    }
    expect(await order('{"kind":"dropTrades","product":7,"count":-1}')).toMatchObject([
      400,
      { problems: [expect.stringMatching(/^product: /), expect.stringMatching(/^count: /)] },
    ])
    expect((await order('{"kind":"explode"}'))[0]).toBe(400)
    expect((await order('{'))[0]).toBe(400)
    expect((await order('{"kind":"disconnect"}', 'text/plain'))[0]).toBe(415)
    expect((await order(JSON.stringify({ kind: 'refuse', product: 'X', reason: 'x'.repeat(20_000) })))[0]).toBe(413)
    expect(await order('{"kind":"failRest","count":1}')).toEqual([200, { struck: null }])
    expect((await fetch(`${restUrl}/time`)).status).toBe(500)
    expect((await fetch(`${restUrl}/time`)).status).toBe(200)
    const clients = (await (await fetch(`${restUrl}/sandbox/faults`)).json()) as { clients: number[] }
    expect(clients).toEqual({ clients: [1, 2] })
    expect(await order('{"kind":"disconnect","client":1}')).toEqual([200, { struck: 1 }])
    expect((await one.closed).code).toBe(1006)
  })
})
