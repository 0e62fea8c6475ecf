import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gather, until } from '../support/time/gather.ts'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'
import { REFUSED_STARTS, rsi } from './refused-starts.ts'
import { requestRun, runReaches, startRun, stopRun, type UserError } from '../support/server/session.ts'

const DELETE = `mutation ($id: ID!) {
  deleteSimulation(input: { simulationId: $id }) { deletedId userErrors { path code message } }
}`
const SAVE = `mutation ($input: SaveConfigurationInput!) {
  saveConfiguration(input: $input) { configuration { id version } userErrors { path code message } }
}`
const idOf = (text: string): string => Buffer.from(text).toString('base64')
const UNKNOWN = idOf('Simulation:00000000-0000-4000-8000-000000000000')
const ALGORITHM = idOf('Algorithm:rsi')

const shapes = (errors: readonly UserError[]): unknown[] => errors.map(({ code, path }) => [code, path?.join('.')])

describe('bad input', () => {
  const dataDir = newDataDir()
  let server: ServerProcess
  let client: GraphqlClient

  beforeAll(async () => {
    server = await startServer(dataDir.path, { MAX_SIMULATIONS: '1' })
    client = createGraphqlClient(server.url)
    const { node } = await client.ask<{ node: unknown }>('query ($id: ID!) { node(id: $id) { __typename } }', {
      id: ALGORITHM,
    })
    expect(node).toEqual({ __typename: 'Algorithm' })
    await until(async () => {
      const { sources } = await client.ask<{ sources: { name: string }[] }>('{ sources { name } }')
      expect(sources.map(({ name }) => name)).toContain('tape:sample')
    })
  })
  afterAll(async () => {
    await client.dispose()
    await server.stop()
    dataDir.remove()
  })

  /** The message of the one top-level error of a query, or of what ended a subscription. */
  async function refusal(query: string, id: string): Promise<string> {
    const variables = id === '' ? {} : { id }
    if (query.startsWith('subscription')) {
      const feed = gather(client, query, variables)
      await until(() => {
        expect(feed.ended()).toBe(true)
      })
      expect(feed.items).toEqual([])
      return feed.errors.join(' ')
    }
    const { errors = [] } = await client.answer(query, variables)
    return errors.map(({ message }) => message).join(' ')
  }

  async function runCount(): Promise<number> {
    const { simulations } = await client.ask<{ simulations: { totalCount: number } }>('{ simulations { totalCount } }')
    return simulations.totalCount
  }

  describe('to start a simulation is refused with every fault, its path and what would be right:', () => {
    it.each(REFUSED_STARTS)('%s', async (_what, input, faults) => {
      const { simulation, userErrors } = await requestRun(client, input)
      expect(simulation).toBeNull()
      expect(new Set(shapes(userErrors).map(String))).toEqual(
        new Set(faults.map(([code, path]) => String([code, `input.${path}`]))),
      )
      expect(userErrors).toHaveLength(faults.length)
      for (const [, path, words] of faults) {
        expect(userErrors.find((error) => error.path?.join('.') === `input.${path}`)?.message).toMatch(words)
      }
    })

    it('and leaves no simulation behind', async () => {
      expect(await runCount()).toBe(0)
    })
  })

  it.each([
    [
      'stopSimulation',
      'stopSimulation(input: { simulationId: $id }) { simulation { id } userErrors { path code message } }',
    ],
    [
      'deleteSimulation',
      'deleteSimulation(input: { simulationId: $id }) { deletedId userErrors { path code message } }',
    ],
  ])('%s says what is wrong with an id: of another type, of nothing, or none at all', async (name, field) => {
    const ask = async (id: string) => {
      const data = await client.ask<Record<string, { userErrors: UserError[] }>>(`mutation ($id: ID!) { ${field} }`, {
        id,
      })
      return data[name]!.userErrors
    }
    const path = ['input', 'simulationId']
    expect(await ask(ALGORITHM)).toMatchObject([
      { code: 'BAD_ID', path, message: expect.stringContaining('an Algorithm') },
    ])
    expect(await ask('no id')).toMatchObject([{ code: 'BAD_ID', path, message: expect.stringContaining('not an id') }])
    expect(await ask(UNKNOWN)).toMatchObject([{ code: 'NOT_FOUND', path }])
  })

  it.each([
    ['a page of 1000', '{ simulations(first: 1000) { edges { cursor } } }', '', /from 0 to 100/],
    ['a negative page', '{ simulations(first: -1) { edges { cursor } } }', '', /"first"/],
    ['a cursor of nothing', '{ simulations(first: 1, after: "x") { totalCount } }', '', /cursor/i],
    ['an id that is none', 'query ($id: ID!) { simulation(id: $id) { id } }', 'garbage', /not an id/],
    ['an id of another type', 'query ($id: ID!) { simulation(id: $id) { id } }', ALGORITHM, /an Algorithm/],
    ['a node of nothing', '{ node(id: "garbage") { id } }', '', /not an id/],
    [
      'signals of an unknown run',
      'subscription ($id: ID!) { signals(simulationId: $id) { sequence } }',
      UNKNOWN,
      /no .*simulation/i,
    ],
    [
      'trades of an unknown run',
      'subscription ($id: ID!) { trades(simulationId: $id) { sequence } }',
      UNKNOWN,
      /no .*simulation/i,
    ],
    [
      'ticks of an unknown run',
      'subscription ($id: ID!) { ticks(simulationId: $id) { price } }',
      UNKNOWN,
      /simulation/i,
    ],
    [
      'status of an unknown run',
      'subscription ($id: ID!) { simulation(id: $id) { status } }',
      UNKNOWN,
      /no .*simulation/i,
    ],
    [
      'portfolios of another type',
      'subscription ($id: ID!) { portfolio(simulationId: $id) { equity } }',
      ALGORITHM,
      /an Algorithm/,
    ],
    ['ticks of an unknown source', 'subscription { ticks(source: "kraken") { price } }', '', /no live source/],
    ['ticks of a tape', 'subscription { ticks(source: "tape:sample") { price } }', '', /no live source/],
    [
      'ticks of MATIC-USD',
      'subscription { ticks(source: "sandbox", products: ["MATIC-USD"]) { price } }',
      '',
      /MATIC-USD/,
    ],
    [
      'a book of no levels',
      'subscription { orderBook(source: "sandbox", product: "BTC-USD", depth: 0) { product } }',
      '',
      /1 to 40/,
    ],
    [
      'a book of 41 levels',
      'subscription { orderBook(source: "sandbox", product: "BTC-USD", depth: 41) { product } }',
      '',
      /1 to 40/,
    ],
    [
      'a book every minus one milliseconds',
      'subscription { orderBook(source: "sandbox", product: "BTC-USD", everyMs: -1) { product } }',
      '',
      /0 to 10000/,
    ],
    [
      'a resumption before the beginning',
      'subscription ($id: ID!) { signals(simulationId: $id, after: "-1") { sequence } }',
      UNKNOWN,
      /after/,
    ],
  ])('refuses %s in words', async (_what, query, id, words) => {
    expect(await refusal(query, id)).toMatch(words)
  })

  it('gives one run for one idempotency key, asked for twice at once and again later', async () => {
    const input = { ...rsi, durationSeconds: 600, idempotencyKey: 'only-once' }
    const [first, second] = await Promise.all([requestRun(client, input), requestRun(client, input)])
    expect([first.userErrors, second.userErrors]).toEqual([[], []])
    const later = await requestRun(client, { ...input, algorithm: 'order-book-imbalance' })
    expect(new Set([first, second, later].map(({ simulation }) => simulation?.id)).size).toBe(1)
    expect(await runCount()).toBe(1)
    const id = first.simulation!.id
    await runReaches(client, id, 'RUNNING')

    const tooMany = await requestRun(client, rsi)
    expect(tooMany).toMatchObject({ simulation: null, userErrors: [{ code: 'TOO_MANY_SIMULATIONS' }] })
    expect(tooMany.userErrors[0]?.message).toMatch(/MAX_SIMULATIONS.*Stop one first/)

    for (const list of ['signals', 'trades']) {
      const page = `query ($id: ID!) { simulation(id: $id) { ${list}(first: 1000) { edges { cursor } } } }`
      expect(await refusal(page, id)).toMatch(/"first" is 1000, and must be from 0 to 100/)
    }
    const stillRuns = await client.ask<Record<string, { userErrors: UserError[] }>>(DELETE, { id })
    expect(shapes(stillRuns['deleteSimulation']!.userErrors)).toEqual([['STILL_RUNNING', 'input.simulationId']])
    expect((await stopRun(client, id)).simulation?.status).toBe('STOPPED')
    const again = await stopRun(client, id)
    expect(shapes(again.userErrors)).toEqual([['ALREADY_STOPPED', 'input.simulationId']])
    expect(again.userErrors[0]?.message).toMatch(/STOPPED/)
  })

  it('refuses to save over a version that somebody else has replaced', async () => {
    const save = async (expectedVersion: number) => {
      const input = { name: 'mine', ...rsi, algorithmParameters: { RSI_PERIOD: 7 }, expectedVersion }
      const data = await client.ask<
        Record<string, { configuration: { version: number } | null; userErrors: UserError[] }>
      >(SAVE, { input })
      return data['saveConfiguration']!
    }
    expect((await save(0)).configuration?.version).toBe(1)
    expect((await save(1)).configuration?.version).toBe(2)
    const stale = await save(1)
    expect(stale.configuration).toBeNull()
    expect(shapes(stale.userErrors)).toEqual([['STALE_VERSION', 'input.expectedVersion']])
    const bad = await client.ask<Record<string, { userErrors: UserError[] }>>(SAVE, {
      input: { name: ' ', ...rsi, algorithmParameters: { RSI_PERIOD: 0 }, simulatorParameters: { NONE: 1 } },
    })
    expect(shapes(bad['saveConfiguration']!.userErrors)).toEqual([
      ['INVALID_CONFIGURATION', 'input.name'],
      ['INVALID_PARAMETER', 'input.algorithmParameters.RSI_PERIOD'],
      ['UNKNOWN_PARAMETER', 'input.simulatorParameters.NONE'],
    ])
  })

  it('takes nothing from those who ask rightly: after all this a simulation starts, runs and is stopped', async () => {
    const id = await startRun(client, { ...rsi, freshMarket: true })
    await runReaches(client, id, 'RUNNING')
    await until(async () => {
      const { simulation } = await client.ask<{ simulation: { freshMarket: boolean; marketStartedAt: string | null } }>(
        'query ($id: ID!) { simulation(id: $id) { freshMarket marketStartedAt } }',
        { id },
      )
      expect(simulation).toEqual({ freshMarket: true, marketStartedAt: expect.stringMatching(/^\d{4}-.*Z$/) })
    })
    expect((await stopRun(client, id)).simulation?.status).toBe('STOPPED')
    expect(await runCount()).toBe(2)
    expect(server.lines.filter((line) => /"level":(50|60)|unhandled/i.test(line))).toEqual([])
  })

  describe('of a damaged tape', () => {
    const lay = (name: string, at: (bytes: Buffer) => number): void => {
      const bytes = readFileSync(join(dataDir.path, 'tapes/sample.tape'))
      bytes[at(bytes)]! ^= 1
      writeFileSync(join(dataDir.path, `tapes/${name}.tape`), bytes)
    }
    const backtest = { ...rsi, mode: 'BACKTEST' }

    it('plays nothing where its heads show it', async () => {
      lay('bad-head', () => 20)
      const refused = await requestRun(client, { ...backtest, source: 'tape:bad-head' })
      expect(shapes(refused.userErrors)).toEqual([['TAPE_DAMAGED', 'input.source']])
      expect(refused.userErrors[0]?.message).toMatch(/is damaged at byte 8; no event before that can be read/)
    })

    it.each([{ mode: 'BACKTEST' }, { mode: 'REPLAY', speed: 1000 }])(
      'fails a run where it comes to it ($mode)',
      async (mode) => {
        lay('bad-events', (bytes) => bytes.length >> 1)
        const id = await startRun(client, { ...backtest, ...mode, source: 'tape:bad-events' })
        const { statusReason } = await runReaches(client, id, 'FAILED')
        expect(statusReason).toMatch(/TAPE_DAMAGED: .*bad-events.tape is damaged at byte \d+; \d+ events before that/)
      },
    )
  })
})
