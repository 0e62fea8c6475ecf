import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../server/setup.mjs'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The README's GraphQL snippets by their operation's name, as printed. */
const snippets = new Map(
  [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => [
    /(?:mutation|subscription|query) (\w+)/.exec(text)?.[1] ?? '',
    text,
  ]),
)

function snippet(name: string): string {
  const text = snippets.get(name)
  if (text === undefined)
    throw new Error(`the README has no operation ${name}; it has ${[...snippets.keys()].join(', ')}`)
  return text
}

interface Started {
  readonly startSimulation: { readonly simulation: { readonly id: string } | null; readonly userErrors: unknown[] }
}

describe("the README's session works as printed", () => {
  const dataDir = newDataDir('empty')
  let server: ServerProcess
  let client: GraphqlClient

  beforeAll(async () => {
    server = await startServer(dataDir.path)
    client = createGraphqlClient(server.url)
  })
  afterAll(async () => {
    await client.dispose()
    await server.stop()
    dataDir.remove()
  })

  async function start(name: string): Promise<string> {
    const { startSimulation } = await client.ask<Started>(snippet(name))
    expect(startSimulation.userErrors).toEqual([])
    return startSimulation.simulation?.id ?? ''
  }

  /** The first things that a subscription of the README gives. */
  async function take(name: string, id: string, count: number): Promise<readonly Record<string, unknown>[]> {
    const taken: Record<string, unknown>[] = []
    for await (const { data, errors } of client.subscribe<Record<string, Record<string, unknown>>>(snippet(name), {
      id,
    })) {
      expect(errors).toBeUndefined()
      taken.push(...Object.values(data ?? {}))
      if (taken.length >= count) break
    }
    return taken
  }

  it('runs the back-test of the sample tape to its end, right after the first start', async () => {
    const id = await start('Backtest')
    const query = 'subscription ($id: ID!) { simulation(id: $id) { status statusReason metrics { tradeCount } } }'
    let last: unknown = null
    for await (const { data } of client.subscribe<{ simulation: unknown }>(query, { id })) last = data?.simulation
    expect(last).toMatchObject({ status: 'COMPLETED', metrics: { tradeCount: expect.any(Number) } })
  })

  it('starts, shows ticks, signals, trades and P&L over WebSocket, and stops with everything in the answer', async () => {
    const id = await start('Start')
    const [ticks, signals, trades, portfolios] = await Promise.all([
      take('Ticks', id, 5),
      take('Signals', id, 2),
      take('Trades', id, 1),
      take('ProfitAndLoss', id, 2),
    ])
    expect(ticks[1]).toMatchObject({ product: 'BTC-USD', bid: expect.stringMatching(/^\d+(\.\d+)?$/) })
    expect(signals[0]).toMatchObject({ decision: expect.stringMatching(/^(ACCEPTED|REFUSED)$/) })
    expect(Number(trades[0]?.['quantity'])).toBeGreaterThan(0)
    expect(Number(portfolios[0]?.['equity'])).toBeGreaterThan(0)

    const { stopSimulation } = await client.ask<{ stopSimulation: { simulation: Record<string, unknown> } }>(
      snippet('Stop'),
      { id },
    )
    expect(stopSimulation.simulation).toMatchObject({
      status: 'STOPPED',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      dataQuality: { lost: '0', gaps: 0 },
      latency: { tickToFill: { p50: expect.any(Number) } },
    })
  })

  it("streams over SSE with the README's own request", async () => {
    const body = /-d '(\{"query".*\})'/.exec(readme)?.[1]
    if (body === undefined) throw new Error('the README has no SSE request')
    const ending = new AbortController()
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body,
      signal: ending.signal,
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (text.split('event: next').length > 3) break
    }
    ending.abort()
    expect(text).toContain('"ticks":{"price":')
  })
})
