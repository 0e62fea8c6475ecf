import { EIGHTHS } from '../../engines/domain/market/unit.ts'
import { request, type IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tick } from '../../engines/domain/market/market.ts'
import { nodeId } from '../../schema/node-id.ts'
import { startTestApi, type Answer, type TestApi } from '../../tests/support/server/api.ts'
import { eighths, MOMENT, SAMPLE_METRICS, samplePortfolio } from '../../tests/support/engines/events.ts'
import { parseExposition } from '../../tests/support/server/exposition.ts'
import { createApi } from './api.ts'
import { createPrometheus } from '../metrics/prometheus.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.dispose())
beforeEach(() => {
  api.faults = []
  api.ready = true
})

const tick = (sequence: number, product = 'BTC-USD'): Tick => ({
  type: 'tick',
  unit: EIGHTHS,
  sequence,
  time: MOMENT + sequence,
  product,
  price: 1,
  size: 2,
  bid: 3,
  bidSize: 4,
  ask: 5,
  askSize: 6,
  tradeId: 7,
  takerSide: 'BUY',
})

/** Collects what a subscription brings over WebSocket, until it ends or `stop` says so. */
async function collect(
  query: string,
  variables: Record<string, unknown>,
  stop: (answers: Answer[]) => boolean,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for await (const answer of api.client().iterate({ query, variables })) {
    answers.push(answer as Answer)
    if (stop(answers)) break
  }
  return answers
}

/** Collects what a subscription brings over SSE, until it ends or `stop` says so. */
async function collectSse(
  query: string,
  variables: Record<string, unknown>,
  stop: (answers: Answer[]) => boolean,
): Promise<Answer[]> {
  const abort = new AbortController()
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  })
  const answers: Answer[] = []
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (event.includes('event: next') && data !== undefined) answers.push(JSON.parse(data) as Answer)
    }
    if (stop(answers)) break
  }
  abort.abort()
  return answers
}

const TRADES =
  'subscription ($id: ID!, $after: BigInt) { trades(simulationId: $id, after: $after) { sequence price time } }'
const sequences = (answers: Answer[]) =>
  answers.map((answer) => Number((answer.data?.['trades'] as { sequence: string }).sequence))

describe('queries and mutations', () => {
  it('start a simulation and give it back with every field', async () => {
    const started = await api.query(
      `mutation { startSimulation(input: { algorithm: "rsi" }) {
        simulation { id mode status algorithm { id title } source { name available } products engines { role } portfolio { cash }
          metrics { tradeCount } dataQuality { received } latency { tickToFill { p50 } } composeFile equityCurve { equity }
          signals { edges { node { reason } } } createdAt fingerprint }
        userErrors { message } } }`,
    )
    expect(started).toMatchObject({
      data: {
        startSimulation: {
          userErrors: [],
          simulation: {
            mode: 'LIVE',
            status: 'STARTING',
            algorithm: { title: 'RSI' },
            dataQuality: { received: '0' },
            metrics: null,
          },
        },
      },
    })
    expect(JSON.stringify(started)).toContain('aw-trade-engine')
  })

  it('pass the faults of what was asked through, with their paths and codes', async () => {
    api.faults = [
      { message: 'No such algorithm.', path: ['input', 'algorithm'], code: 'UNKNOWN_ALGORITHM' },
      { message: 'Too fast.', path: ['input', 'speed'], code: 'OUT_OF_RANGE' },
    ]
    const answer = await api.query(
      'mutation { startSimulation(input: { algorithm: "x" }) { simulation { id } userErrors { message path code } } }',
    )
    expect(answer).toEqual({ data: { startSimulation: { simulation: null, userErrors: api.faults } } })
  })

  it.each([
    ['garbage', 'hello', /"hello" is not an id of this API/],
    ['the id of another type', nodeId('Algorithm', 'rsi'), /id of an Algorithm, and a Simulation's is needed/],
    ['an id that holds no UUID', nodeId('Simulation', '1; DROP TABLE'), /not an id of this API/],
  ])('refuse %s as a simulation id with a sentence', async (_what, id, message) => {
    for (const operation of ['stopSimulation', 'deleteSimulation']) {
      const text = `mutation ($id: ID!) { ${operation}(input: { simulationId: $id }) { userErrors { message path code } } }`
      const answer = await api.query(text, { id })
      expect(answer.data?.[operation]).toEqual({
        userErrors: [
          { message: expect.stringMatching(message) as string, path: ['input', 'simulationId'], code: 'BAD_ID' },
        ],
      })
    }
    const read = await api.query('query ($id: ID!) { simulation(id: $id) { id } }', { id })
    expect(read.errors?.[0]).toMatchObject({
      message: expect.stringMatching(message) as string,
      extensions: { code: 'BAD_ID' },
    })
  })

  it('delete a simulation with all that belongs to it', async () => {
    const { id, globalId } = await api.newRun()
    await api.happen(id, 1, 6)
    const text =
      'mutation ($id: ID!) { deleteSimulation(input: { simulationId: $id }) { deletedId userErrors { code } } }'
    expect(await api.query(text, { id: globalId })).toEqual({
      data: { deleteSimulation: { deletedId: globalId, userErrors: [] } },
    })
    expect(await api.query('query ($id: ID!) { node(id: $id) { id } }', { id: globalId })).toEqual({
      data: { node: null },
    })
  })

  it('give money, microseconds and metrics exactly', async () => {
    const { id, globalId } = await api.newRun()
    await api.happen(id, 1, 3)
    await api.store.runs.patch(id, { metrics: SAMPLE_METRICS })
    const answer = await api.query(
      `query ($id: ID!) { node(id: $id) { ... on Simulation {
        trades { edges { cursor node { price fee time partial } } } portfolio { cash } metrics { netProfit sharpe } } } }`,
      { id: globalId },
    )
    expect(answer.data?.['node']).toEqual({
      trades: {
        edges: [
          {
            cursor: '2',
            node: { price: '77572.87000001', fee: '4.99998881', time: '2026-09-02T07:44:10.104428Z', partial: true },
          },
        ],
      },
      portfolio: { cash: '99999999999.99999999' },
      metrics: { netProfit: '1000.00000001', sharpe: null },
    })
  })

  it('page forwards and backwards, and filter and sort', async () => {
    const product = 'PAGE-USD'
    const runs = [
      await api.newRun({ products: [product] }),
      await api.newRun({ products: [product] }),
      await api.newRun({ products: [product], mode: 'REPLAY', source: 'tape:page' }),
    ]
    const text = `query ($filter: SimulationFilter, $after: String, $direction: OrderDirection!) {
      simulations(first: 2, after: $after, filter: $filter, orderBy: { field: CREATED_AT, direction: $direction }) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } }`
    type Page = { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    const page = async (variables: Record<string, unknown>) =>
      (await api.query(text, variables)).data?.['simulations'] as Page
    const first = await page({ filter: { product }, direction: 'ASC' })
    const next = await page({ filter: { product }, direction: 'ASC', after: first.pageInfo.endCursor })
    expect([...first.edges, ...next.edges].map((edge) => edge.node.id)).toEqual(runs.map((run) => run.globalId))
    expect([first.pageInfo.hasNextPage, next.pageInfo.hasNextPage]).toEqual([true, false])
    const live = await page({ filter: { product, mode: ['LIVE'], since: '2020-01-01T00:00:00Z' }, direction: 'DESC' })
    expect(live.edges.map((edge) => edge.node.id)).toEqual([runs[1]?.globalId, runs[0]?.globalId])
    const played = await page({ filter: { source: 'tape:page' }, direction: 'ASC' })
    expect(played.edges.map((edge) => edge.node.id)).toEqual([runs[2]?.globalId])
    const traded = await api.newRun()
    await api.happen(traded.id, 1, 12)
    const last = 'query ($id: ID!) { simulation(id: $id) { trades(last: 2) { edges { cursor } } } }'
    const back = await api.query(last, { id: traded.globalId })
    expect(back.data?.['simulation']).toEqual({ trades: { edges: [{ cursor: '8' }, { cursor: '11' }] } })
  })

  it.each([
    ['{ simulations(first: 1000) { edges { cursor } } }', /"first" is 1000, and must be from 0 to 100/],
    ['{ configurations(first: 1000) { edges { cursor } } }', /"first" is 1000/],
    ['{ configurations(last: 10) { edges { cursor } } }', /forwards/],
    ['{ simulations(filter: { since: "yesterday" }) { edges { cursor } } }', /"yesterday" is not an RFC 3339 time/],
    ['{ simulations { edges { node { trades(after: "x") { edges { cursor } } } } } }', /"x" is not a cursor/],
    ['{ simulations { edges { node { equityCurve(maxPoints: 0) { time } } } } }', /"maxPoints" is 0/],
    [
      `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: simulations(first: 100) { edges { node { signals(first: 100) { edges { node { reason } } } } } }`).join(' ')} }`,
      /asks for too much/,
    ],
  ])('refuse %s with a message for a person', async (text, message) => {
    expect((await api.query(text)).errors?.[0]?.message).toMatch(message)
  })

  it.each([
    ['{ simulations(first: -1) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ simulations(first: 1000) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ configurations(first: -1) { edges { cursor } } }', 'BAD_USER_INPUT'],
    ['{ simulations(after: "x") { edges { cursor } } }', 'BAD_CURSOR'],
    [`{ simulations(after: "${Buffer.from('GPC:S:x').toString('base64')}") { edges { cursor } } }`, 'BAD_CURSOR'],
    ['{ configurations(after: "x") { edges { cursor } } }', 'BAD_CURSOR'],
    ['query ($first: Int = "many") { simulations(first: $first) { edges { cursor } } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('give the error of %s the code %s', async (text, code) => {
    await api.newRun()
    api.log.length = 0
    expect((await api.query(text)).errors?.[0]?.extensions?.['code']).toBe(code)
    expect(api.log.filter((line) => line.includes('"level":50'))).toEqual([])
  })

  it('give a variable that is not of its type a code', async () => {
    const text = 'query ($first: Int) { simulations(first: $first) { edges { cursor } } }'
    expect((await api.query(text, { first: 'many' })).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
  })

  const START = 'mutation ($input: StartSimulationInput!) { startSimulation(input: $input) { userErrors { code } } }'
  const SAVE = 'mutation ($input: SaveConfigurationInput!) { saveConfiguration(input: $input) { userErrors { code } } }'
  const FILTER = 'query ($filter: SimulationFilter) { simulations(filter: $filter) { edges { cursor } } }'
  const saved = { name: 'n', algorithm: 'rsi' }
  it.each([
    ['a filter', FILTER, (text: string) => ({ filter: { algorithm: text } }), 'filter.algorithm'],
    ['another filter', FILTER, (text: string) => ({ filter: { product: text } }), 'filter.product'],
    [
      'an argument',
      'query ($name: String) { configurations(algorithm: $name) { edges { cursor } } }',
      (name: string) => ({ name }),
      'algorithm',
    ],
    ['an id', 'query ($id: ID!) { node(id: $id) { id } }', (id: string) => ({ id }), 'id'],
    ['a key', START, (text: string) => ({ input: { algorithm: 'rsi', idempotencyKey: text } }), 'input.idempotencyKey'],
    ['a name', SAVE, (text: string) => ({ input: { ...saved, name: text } }), 'input.name'],
    ['notes', SAVE, (text: string) => ({ input: { ...saved, notes: text } }), 'input.notes'],
    ['a tag', SAVE, (text: string) => ({ input: { ...saved, tags: ['a', text] } }), 'input.tags.1'],
    [
      'free-form JSON',
      SAVE,
      (text: string) => ({ input: { ...saved, algorithmParameters: { A: [text] } } }),
      'input.algorithmParameters.A.0',
    ],
  ])('refuse %s that holds NUL or half a surrogate pair, with its place', async (_what, text, variables, place) => {
    for (const bad of ['x\0y', 'x\ud800y', '\udc00']) {
      const errors = (await api.query(text, variables(bad))).errors
      expect(errors).toHaveLength(1)
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining(`"${place}"`) as string,
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: place.split('.') }] },
      })
    }
    expect(JSON.stringify(await api.query(text, variables('x😀y')))).not.toContain('surrogate')
  })

  it('refuse such a text in the document itself and over WebSocket', async () => {
    const inline = String.raw`{ simulations(filter: { algorithm: "x\u0000y" }) { edges { cursor } } }`
    expect((await api.query(inline)).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
    const [answer] = await collect(
      'subscription ($s: String) { ticks(source: $s) { price } }',
      { s: 'x\0' },
      () => true,
    ).catch((errors: Answer['errors']) => [{ errors }])
    expect(answer?.errors?.[0]).toMatchObject({ message: expect.stringContaining('"source"') as string })
  })

  it('thin an equity curve out without losing its ends, its peak or its trough', async () => {
    const { id, globalId } = await api.newRun()
    const equityAt = (sequence: number) => eighths(sequence === 1_234 ? 9e12 : sequence === 2_345 ? 1 : 1e12 + sequence)
    const snapshots = Array.from({ length: 3_000 }, (_, index) => ({
      type: 'portfolio' as const,
      sequence: index + 1,
      time: MOMENT + index,
      portfolio: samplePortfolio({ equity: equityAt(index + 1) }),
    }))
    await api.store.recorder.append(id, snapshots)
    const text =
      'query ($id: ID!, $most: Int!) { simulation(id: $id) { equityCurve(maxPoints: $most) { time equity } } }'
    type Curve = { equityCurve: { time: string; equity: string }[] }
    const curve = async (most: number) =>
      ((await api.query(text, { id: globalId, most })).data?.['simulation'] as Curve).equityCurve
    const points = await curve(100)
    expect(points.length).toBeGreaterThan(80)
    expect(points.length).toBeLessThanOrEqual(100)
    const equities = points.map((point) => point.equity)
    expect(equities[0]).toBe('10000.00000001')
    expect(equities.at(-1)).toBe('10000.00003')
    expect(equities).toEqual(expect.arrayContaining(['90000', '0.00000001']))
    expect(points.map((point) => point.time)).toEqual(points.map((point) => point.time).sort())
    expect(await curve(3_000)).toHaveLength(3_000)
  })

  it('save, read, list and delete configurations, with every fault at once', async () => {
    const text = `mutation ($input: SaveConfigurationInput!) { saveConfiguration(input: $input) {
      configuration { id name version algorithmParameters } userErrors { path code } } }`
    const bad = await api.query(text, { input: { name: ' ', algorithm: 'x', expectedVersion: -1 } })
    const codes = (bad.data?.['saveConfiguration'] as { userErrors: { code: string }[] }).userErrors.map(
      (fault) => fault.code,
    )
    expect(codes).toEqual(['INVALID_CONFIGURATION', 'INVALID_CONFIGURATION', 'UNKNOWN_ALGORITHM'])
    const good = await api.query(text, {
      input: { name: 'mine', algorithm: 'rsi', algorithmParameters: { RSI_PERIOD: 3 } },
    })
    expect(good.data?.['saveConfiguration']).toMatchObject({
      configuration: { name: 'mine', version: 1, algorithmParameters: { RSI_PERIOD: 3 } },
    })
    const list = await api.query('{ configurations(algorithm: "rsi") { edges { node { id } } } }')
    const { id } = (list.data?.['configurations'] as { edges: { node: { id: string } }[] }).edges[0]!.node
    const remove =
      'mutation ($id: ID!) { deleteConfiguration(input: { configurationId: $id }) { deletedId userErrors { code } } }'
    expect((await api.query(remove, { id })).data?.['deleteConfiguration']).toEqual({ deletedId: id, userErrors: [] })
    expect((await api.query(remove, { id })).data?.['deleteConfiguration']).toMatchObject({
      userErrors: [{ code: 'NOT_FOUND' }],
    })
  })

  it('give any version of a configuration, search by tag, and import what was exported', async () => {
    const save = async (input: Record<string, unknown>) => {
      const text = `mutation ($input: SaveConfigurationInput!) { saveConfiguration(input: $input) {
        configuration { id } userErrors { path } } }`
      const { data } = await api.query(text, { input: { name: 'kept', algorithm: 'rsi', ...input } })
      return (data?.['saveConfiguration'] as { configuration: { id: string } }).configuration.id
    }
    const id = await save({ algorithmParameters: { RSI_PERIOD: 3 }, tags: ['slow'], savedBy: ' Ada ' })
    await save({ tags: ['fast'], notes: 'Quicker.', savedBy: 'Grace', expectedVersion: 1 })
    const VIEW = `name version savedBy tags export
      versions(first: 1) { edges { cursor node { version savedBy } } pageInfo { hasNextPage } }
      second: versions(first: 1, after: "2") { edges { node { version savedBy savedAt algorithmParameters } } }
      first: versionAt(version: 1) { tags } none: versionAt(version: 3) { tags } zero: versionAt(version: 0) { tags }`
    const look = async (node: string) =>
      (await api.query(`query ($id: ID!) { configuration(id: $id) { ${VIEW} } }`, { id: node })).data?.['configuration']
    const before = await look(id)
    expect(before).toMatchObject({
      name: 'kept',
      version: 2,
      savedBy: 'Grace',
      tags: ['fast'],
      versions: { edges: [{ cursor: '2', node: { version: 2, savedBy: 'Grace' } }], pageInfo: { hasNextPage: true } },
      second: { edges: [{ node: { version: 1, savedBy: 'Ada', algorithmParameters: { RSI_PERIOD: 3 } } }] },
      first: { tags: ['slow'] },
      none: null,
      zero: null,
    })
    const tagged = async (tag: string) =>
      (await api.query('query ($tag: String) { configurations(tag: $tag) { edges { node { name } } } }', { tag }))
        .data?.['configurations']
    expect(await tagged('fast')).toEqual({ edges: [{ node: { name: 'kept' } }] })
    expect(await tagged('slow')).toEqual({ edges: [] })
    const cursor = await api.query(
      'query ($id: ID!) { configuration(id: $id) { versions(after: "x") { edges { cursor } } } }',
      { id },
    )
    expect(cursor.errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }])

    const bring = async (input: Record<string, unknown>) => {
      const text = `mutation ($input: ImportConfigurationInput!) { importConfiguration(input: $input) {
        configuration { id } userErrors { code path } } }`
      return (await api.query(text, { input })).data?.['importConfiguration'] as {
        configuration: { id: string } | null
        userErrors: unknown[]
      }
    }
    const { export: document } = before as { export: Record<string, unknown> }
    expect(await bring({ document })).toEqual({
      configuration: null,
      userErrors: [{ code: 'NAME_TAKEN', path: ['input', 'name'] }],
    })
    const named = await bring({ document, name: 'copied' })
    expect(await look(named.configuration!.id)).toEqual({
      ...(before as object),
      name: 'copied',
      export: { ...document, name: 'copied' },
    })
    const remove = 'mutation ($id: ID!) { deleteConfiguration(input: { configurationId: $id }) { deletedId } }'
    await api.query(remove, { id })
    const back = await bring({ document })
    expect(back.userErrors).toEqual([])
    expect(await look(back.configuration!.id)).toEqual(before)
    const faults = await bring({ document: { ...document, format: 'x' }, name: ' ' })
    expect(faults.userErrors).toEqual([
      { code: 'INVALID_CONFIGURATION', path: ['input', 'name'] },
      { code: 'INVALID_CONFIGURATION', path: ['input', 'document', 'format'] },
    ])
  })

  it('sum performance up over runs, by algorithm and product', async () => {
    const { id } = await api.newRun({ algorithm: 'summed' })
    await api.happen(id, 1, 6)
    await api.store.runs.patch(id, { metrics: SAMPLE_METRICS })
    await api.newRun({ algorithm: 'summed' })
    const answer = await api.query(
      `{ performance(filter: { algorithm: "summed" }) { runs runsWithFigures netProfit meanReturn
        byAlgorithm { algorithm runs tradeCount worstDrawdown } byProduct { product runs tradeCount feesPaid } } }`,
    )
    expect(answer.data?.['performance']).toEqual({
      runs: 2,
      runsWithFigures: 1,
      netProfit: '1000.00000001',
      meanReturn: 0.01,
      byAlgorithm: [{ algorithm: 'summed', runs: 2, tradeCount: 3, worstDrawdown: 0.034 }],
      byProduct: [{ product: 'BTC-USD', runs: 1, tradeCount: 2, feesPaid: '9.99997762' }],
    })
  })

  it('hide what a bug says from the client and log it whole', async () => {
    const answer = await api.query('{ resources { cpuCount } }')
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR')
    expect(api.log.some((line) => line.includes('a bug with a secret in it') && line.includes('stack'))).toBe(true)
  })

  it('let GraphiQL look at the schema', async () => {
    const { getIntrospectionQuery } = await import('graphql')
    expect((await api.query(getIntrospectionQuery())).errors).toBeUndefined()
    const page = await (await fetch(`${api.url}/graphql`, { headers: { accept: 'text/html' } })).text()
    expect(page).toContain('AW-Trade')
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/)
  })
})

describe('subscriptions', () => {
  it.each([
    ['WebSocket', collect],
    ['SSE', collectSse],
  ])('resume after a sequence over %s: stored events, then live ones, then the end', async (_name, run) => {
    const { id, globalId } = await api.newRun()
    await api.happen(id, 1, 9)
    const answers = run(TRADES, { id: globalId, after: '2' }, () => false)
    await vi.waitFor(() => expect(api.live.subscribers()).toBeGreaterThan(0))
    await api.happen(id, 10, 12)
    await api.store.runs.patch(id, { status: 'COMPLETED' })
    api.live.publishStatus(id, 'COMPLETED')
    expect(sequences(await answers)).toEqual([5, 8, 11])
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(0))
  })

  it.each([
    ['WebSocket', collect],
    ['SSE', collectSse],
  ])('free what they held when the client leaves over %s', async (_name, run) => {
    const { id, globalId } = await api.newRun()
    await api.happen(id, 1, 3)
    await run(TRADES, { id: globalId }, (answers) => answers.length === 1)
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(0))
  })

  it('tell each change of status, and end after the last', async () => {
    const { id, globalId } = await api.newRun()
    const answers = collect(
      'subscription ($id: ID!) { simulation(id: $id) { id status } }',
      { id: globalId },
      () => false,
    )
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(1))
    api.live.publishStatus(id, 'STOPPING')
    await api.store.runs.patch(id, { status: 'STOPPED' })
    api.live.publishStatus(id, 'STOPPED')
    const statuses = (await answers).map((answer) => (answer.data?.['simulation'] as { status: string }).status)
    expect(statuses.at(-1)).toBe('STOPPED')
    expect(new Set(statuses).size).toBe(statuses.length)
  })

  it('bring ticks of the products asked for, with their trade ids', async () => {
    const answers = collect(
      'subscription { ticks(products: ["BTC-USD"]) { product price tradeId takerSide sequence } }',
      {},
      () => true,
    )
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(1))
    api.ticks.publish(tick(1, 'ETH-USD'))
    api.ticks.publish(tick(2))
    expect((await answers)[0]?.data?.['ticks']).toEqual({
      product: 'BTC-USD',
      price: '0.00000001',
      tradeId: '7',
      takerSide: 'BUY',
      sequence: '2',
    })
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(0))
  })

  it.each([
    ['subscription { ticks(source: "nowhere") { price } }', 'UNKNOWN_SOURCE'],
    ['subscription { ticks(products: ["nonsense"]) { price } }', 'BAD_USER_INPUT'],
    ['subscription { orderBook(product: "BTC-USD", depth: 41) { time } }', 'BAD_USER_INPUT'],
    ['subscription { orderBook(product: "BTC-USD", depth: 0) { time } }', 'BAD_USER_INPUT'],
    ['subscription { trades(simulationId: "x") { price } }', 'BAD_ID'],
    [
      `subscription { trades(simulationId: "${nodeId('Simulation', '00000000-0000-4000-8000-000000000000')}") { price } }`,
      'NOT_FOUND',
    ],
  ])('answer %s with the code %s', async (query, code) => {
    const answer = await collect(query, {}, () => true).then(
      ([first]) => first?.errors,
      (error: unknown) => error as Answer['errors'],
    )
    expect(answer?.[0]?.extensions?.['code']).toBe(code)
  })
})

/** Subscribes over SSE and does not read what comes until told to. */
async function stalledSse(query: string, variables: Record<string, unknown>) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const call = request(`${api.url}/graphql`, { method: 'POST', headers }, resolve).on('error', reject)
    const body = JSON.stringify({ query, variables })
    call.setHeader('content-length', Buffer.byteLength(body)).end(body)
  })
  response.pause()
  return {
    /** Reads to the end; gives the last part. */
    async readOn(): Promise<string> {
      let last = ''
      for await (const chunk of response) last = (last + String(chunk)).slice(-2_000)
      return last
    },
  }
}

describe('a stalled client', () => {
  it('harms nobody, and resumes from its cursor without loss', { timeout: 60_000 }, async () => {
    const { id, globalId } = await api.newRun()
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const heard: { type: string; id?: string; payload?: Answer }[] = []
    socket.on('message', (data) => void heard.push(JSON.parse(String(data)) as (typeof heard)[number]))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await vi.waitFor(() => expect(heard).toHaveLength(1))
    // Fat messages, so that what the kernel takes for the client is soon full.
    const fields = Array.from({ length: 40 }, (_, index) => `t${index}: time`).join(' ')
    const query = `subscription ($id: ID!) { trades(simulationId: $id) { sequence ${fields} } }`
    socket.send(JSON.stringify({ id: 'lossless', type: 'subscribe', payload: { query, variables: { id: globalId } } }))
    socket.send(
      JSON.stringify({ id: 'newest', type: 'subscribe', payload: { query: 'subscription { ticks { sequence } }' } }),
    )
    const sse = await stalledSse(query, { id: globalId })
    await vi.waitFor(() => expect([api.live.subscribers(), api.ticks.listeners()]).toEqual([2, 1]))
    await api.happen(id, 1, 3)
    await vi.waitFor(() => expect(heard.some((message) => message.id === 'lossless')).toBe(true))
    socket.pause()

    const last = 60_000
    const other = collect(TRADES, { id: globalId }, (answers) => answers.length === last / 3)
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(3))
    for (let from = 4; from <= last; from += 300) {
      await api.happen(id, from, Math.min(last, from + 299))
      api.ticks.publish(tick(from))
    }
    expect(sequences(await other)).toEqual(Array.from({ length: last / 3 }, (_, index) => index * 3 + 2))
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(0))
    expect(api.ticks.listeners()).toBe(1)
    expect(await sse.readOn()).toContain('SUBSCRIPTION_OVERFLOW')

    socket.resume()
    await vi.waitFor(
      () => expect(heard.some((message) => message.id === 'lossless' && message.type === 'complete')).toBe(true),
      { timeout: 20_000 },
    )
    const answers = heard.flatMap((message) =>
      message.id === 'lossless' && message.type === 'next' ? [message.payload!] : [],
    )
    const end = answers.pop()
    expect(end?.errors?.[0]?.extensions?.['code']).toBe('SUBSCRIPTION_OVERFLOW')
    const seen = sequences(answers)
    const missing = last / 3 - seen.length
    expect(missing).toBeGreaterThan(0)
    const rest = await collect(TRADES, { id: globalId, after: String(seen.at(-1)) }, (more) => more.length === missing)
    expect([...seen, ...sequences(rest)]).toEqual(Array.from({ length: last / 3 }, (_, index) => index * 3 + 2))
    socket.terminate()
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(0))
  })
})

describe('the doors', () => {
  it('say whether the server is healthy and ready', async () => {
    const health = await fetch(`${api.url}/health`)
    expect(await health.json()).toMatchObject({ status: 'up', version: '0.0.0', components: [{ name: 'store' }] })
    expect((await fetch(`${api.url}/ready`)).status).toBe(200)
    api.ready = false
    expect((await fetch(`${api.url}/ready`)).status).toBe(503)
    expect((await fetch(`${api.url}/`, { redirect: 'manual' })).headers.get('location')).toBe('/graphql')
    expect((await fetch(`${api.url}/nothing`)).status).toBe(404)
  })

  it('count operations by type and outcome, whichever way they come in, on a page that Prometheus can read', async () => {
    const page = async () => {
      const response = await fetch(`${api.url}/metrics`)
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
      return parseExposition(await response.text())
    }
    const count = async () => {
      const metrics = await page()
      return (type: string, outcome: string) =>
        metrics.value('aw_trade_graphql_operations_total', { type, outcome }) ?? 0
    }
    const before = await count()

    await api.query('{ __typename }')
    await api.query('{ health { status } }')
    await api.query('{ resources { cpuCount } }')
    await api.query('{ nothing }')
    await api.query('{ this is no query')
    await api.query('mutation { stopSimulation(input: { simulationId: "nonsense" }) { userErrors { code } } }')
    const client = api.client()
    const feed = client.iterate({ query: 'subscription { ticks { price } }' })
    const first = feed.next()
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(1))
    api.ticks.publish(tick(1))
    await first
    await feed.return?.()
    const after = await count()

    const added = (type: string, outcome: string) => after(type, outcome) - before(type, outcome)
    expect([added('query', 'ok'), added('query', 'error'), added('query', 'invalid')]).toEqual([2, 1, 1])
    expect(added('unknown', 'invalid')).toBe(1)
    expect(added('mutation', 'ok') + added('mutation', 'error')).toBe(1)
    expect(added('subscription', 'ok')).toBe(1)
  })

  it('turn away pages of other origins and names that were made to point here', async () => {
    const statusWith = (headers: Record<string, string>, path = '/graphql?query={__typename}') =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${api.url}${path}`, { headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    expect(await statusWith({})).toBe(200)
    expect(await statusWith({ origin: 'https://elsewhere.example' })).toBe(403)
    expect(await statusWith({ host: 'rebound.example', origin: 'http://rebound.example' })).toBe(403)
    expect(await statusWith({ origin: 'http://localhost:5173' })).toBe(403)
    expect(await statusWith({ origin: api.url })).toBe(200)
    for (const path of ['/metrics', '/health', '/ready']) {
      expect(await statusWith({}, path)).toBe(200)
      expect(await statusWith({ origin: 'https://elsewhere.example' }, path)).toBe(403)
      expect(await statusWith({ host: 'rebound.example' }, path)).toBe(403)
    }
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      origin: 'https://elsewhere.example',
    })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain('403')
  })

  it('refuse a body, a document and a message that are too large', async () => {
    const huge = 'x'.repeat(1024 * 1024 + 1)
    const body = await fetch(`${api.url}/graphql`, { method: 'POST', body: huge }).then(
      (response) => response.status,
      () => 413,
    )
    expect(body).toBe(413)
    expect((await api.query(`{ ${'a: __typename '.repeat(5_000)} }`)).errors?.[0]?.message).toMatch(/token/i)
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(huge)
    expect(await closed).toBe(1009)
  })

  /** Sends a body in pieces, without telling its length. */
  async function sendChunked(pieces: readonly string[]): Promise<{ status: number | undefined; text: string }> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const call = request(`${api.url}/graphql`, { method: 'POST', headers }, resolve).on('error', reject)
      for (const piece of pieces) call.write(piece)
      call.end()
    })
    let text = ''
    for await (const part of response) text += String(part)
    return { status: response.statusCode, text }
  }

  it('take a body of untold length, and no more of it than a body may have', async () => {
    const pieces = ['{ "query": ', '"{ __typename }"', ' }']
    expect(await sendChunked(pieces)).toEqual({ status: 200, text: '{"data":{"__typename":"Query"}}' })
    const most = 1024 * 1024 - pieces.join('').length
    expect(await sendChunked([...pieces, ' '.repeat(most)])).toMatchObject({ status: 200 })
    // One byte more is refused as soon as it is read, whether or not the body ever ends.
    const refused = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(
        `${api.url}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        resolve,
      ).on('error', reject)
      call.write(' '.repeat(1024 * 1024 + 1))
    })
    expect(refused.statusCode).toBe(413)
    refused.resume()
  })

  it('allow only so many operations on one socket', async () => {
    const client = api.client()
    const feeds = Array.from({ length: 101 }, () => client.iterate({ query: 'subscription { ticks { price } }' }))
    const outcomes = feeds.map((feed) =>
      feed.next().then(
        () => 'event',
        () => 'refused',
      ),
    )
    expect(await Promise.race(outcomes)).toBe('refused')
    await client.dispose()
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(0))
  })

  it('say clearly that a port is in use', async () => {
    const port = Number(new URL(api.url).port)
    const second = createApi({
      context: {} as never,
      logger: { debug() {} } as never,
      version: '0',
      isReady: () => true,
      metrics: createPrometheus(),
    })
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow(/in use by another program.*set PORT/)
    await second.dispose()
  })
})

it('answers to the names that it is given, wherever it listens', async () => {
  const statusFor = async (allowedHosts: readonly string[] | null, host: string): Promise<number | undefined> => {
    const server = createApi({
      context: {} as never,
      logger: { debug() {} } as never,
      version: '0',
      isReady: () => true,
      allowedHosts,
      metrics: createPrometheus(),
    })
    const { port } = await server.listen({ host: '0.0.0.0', port: 0 })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`http://127.0.0.1:${port}/ready`, { headers: { host } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end()
    })
    await server.dispose()
    return status
  }
  expect(await statusFor(['trade.example'], 'trade.example:8000')).toBe(200)
  expect(await statusFor(['trade.example'], '127.0.0.1:8000')).toBe(200)
  expect(await statusFor(['trade.example'], 'rebound.example:8000')).toBe(403)
  expect(await statusFor(null, 'rebound.example:8000')).toBe(403)
  expect(await statusFor(null, '127.0.0.1:8000')).toBe(200)
})

it('says so while the database is away, and works again by itself', { timeout: 30_000 }, async () => {
  const codes = new Set<unknown>()
  const ask = async () => {
    const answer = await api.query('{ simulations { edges { cursor } } }')
    for (const error of answer.errors ?? []) codes.add(error.extensions?.['code'])
    return answer
  }
  // Killed again whenever it is back: an outage of a moment is survived without a word.
  const kills = setInterval(() => {
    const pid = api.database.pid()
    if (pid !== null) process.kill(pid, 'SIGQUIT')
  }, 5)
  try {
    await vi.waitFor(async () => expect((await ask()).errors).toBeDefined(), { timeout: 10_000, interval: 1 })
  } finally {
    clearInterval(kills)
  }
  await vi.waitFor(async () => expect((await ask()).errors).toBeUndefined(), { timeout: 15_000 })
  expect([...codes]).toEqual(['STORE_UNAVAILABLE'])
})
