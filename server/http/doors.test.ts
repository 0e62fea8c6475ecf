import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTestApi, type Answer, type TestApi } from '../../tests/support/server/api.ts'
import { createPrometheus } from '../metrics/prometheus.ts'
import { createApi, type Api, type ApiOptions } from './api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.dispose())
beforeEach(() => {
  api.log.length = 0
})

/** Posts a body as it is. */
async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const given = { 'content-type': 'application/json', ...headers }
  const response = await fetch(`${api.url}/graphql`, { method: 'POST', headers: given, body: body as never })
  return { status: response.status, text: await response.text() }
}

/** Opens a WebSocket and greets, unless told otherwise. */
async function openSocket(greet = true): Promise<{ socket: WebSocket; heard: Record<string, unknown>[] }> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const heard: Record<string, unknown>[] = []
  socket.on('message', (data) => void heard.push(JSON.parse(String(data)) as Record<string, unknown>))
  await once(socket, 'open')
  if (greet) {
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await vi.waitFor(() => expect(heard).toHaveLength(1))
  }
  return { socket, heard }
}

const SAVE = `mutation ($input: SaveConfigurationInput!) {
  saveConfiguration(input: $input) { configuration { id name version tags savedBy } userErrors { code path message } } }`
const IMPORT = `mutation ($document: JSON!) {
  importConfiguration(input: { document: $document }) { configuration { id } userErrors { code path message } } }`
const faults = () => api.log.filter((line) => /"level":[56]0/.test(line))

describe('what is nested without end, or holds too much', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const keysOf = (count: number): string => `{${Array.from({ length: count }, (_, key) => `"${key}":0`).join()}}`
  const keys = keysOf(100_000)
  const inBody = (json: string): string =>
    `{"query":${JSON.stringify(SAVE)},"variables":{"input":{"name":"deep","algorithm":"rsi","algorithmParameters":${json}}}}`

  it.each([
    ['40,000 lists', nested(40_000)],
    ['100,000 keys', keys],
  ])('is refused over HTTP, in a body and in an address: %s', async (_what, json) => {
    const { status, text } = await post(inBody(json))
    expect(status).toBe(400)
    expect(text).toMatch(/The body .*(32|2000)/)
    const address = `${api.url}/graphql?query={__typename}&variables=${encodeURIComponent(`{"a":${nested(1_000)}}`)}`
    expect((await fetch(address)).status).toBe(400)
    expect(faults()).toEqual([])
  })

  it.each([
    ['40,000 lists', nested(40_000)],
    ['100,000 keys', keys],
  ])('is refused in less than 50 ms: %s', async (_what, json) => {
    const body = inBody(json)
    const took: number[] = []
    // The quickest of five: what other programs take of the processor is not what is looked at.
    for (let time = 0; time < 5; time++) {
      const start = performance.now()
      expect((await post(body)).status).toBe(400)
      took.push(performance.now() - start)
    }
    expect(Math.min(...took)).toBeLessThan(50)
  })

  it('is refused over WebSocket, in an operation, in a greeting and in a ping', async () => {
    const operation = (payload: string): string => `{"id":"1","type":"subscribe","payload":${payload}}`
    const [deep, much] = ['is nested deeper than 32', 'has an object or a list of more than 2000 values']
    for (const [message, fault] of [
      [operation(inBody(nested(40_000))), deep],
      [operation(inBody(keysOf(2_001))), much],
      [`{"type":"ping","payload":{"a":${nested(1_000)}}}`, deep],
      [`{"type":"connection_init","payload":{"a":${nested(1_000)}}}`, deep],
    ] as const) {
      const { socket } = await openSocket(!message.includes('connection_init'))
      socket.send(message)
      const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
      expect([code, String(reason)]).toEqual([4400, `The message ${fault}`])
    }
    expect(faults()).toEqual([])
  })

  it('is refused within a document too, before it is read', async () => {
    const deep = `{ a: ${'['.repeat(1_500)}${']'.repeat(1_500)} }`
    const write = `mutation { saveConfiguration(input: { name: "n", algorithm: "rsi", algorithmParameters: ${deep} }) { __typename } }`
    expect((await api.query(write)).errors?.[0]?.message).toMatch(/nested at most 100/)
    expect((await api.query('{ a '.repeat(900) + '}'.repeat(900))).errors?.[0]?.message).toMatch(/nested at most 100/)
  })
})

describe('a WebSocket', () => {
  it('answers a ping with its contents, if these are short, and is closed by long ones', async () => {
    const { socket, heard } = await openSocket()
    socket.send(JSON.stringify({ type: 'ping', payload: { at: 7 } }))
    await vi.waitFor(() => expect(heard.at(-1)).toEqual({ type: 'pong', payload: { at: 7 } }))
    socket.send(JSON.stringify({ type: 'ping', payload: { much: 'x'.repeat(200_000) } }))
    expect((await once(socket, 'close'))[0]).toBe(4400)
  })

  it('is cut off when its client asks on and on and does not read', { timeout: 30_000 }, async () => {
    const { socket } = await openSocket()
    const closed = once(socket, 'close')
    socket.pause()
    const ping = JSON.stringify({ type: 'ping', payload: { much: 'x'.repeat(3_900) } })
    const flood = setInterval(() => {
      for (let count = 0; count < 500 && socket.readyState === WebSocket.OPEN; count++) socket.send(ping)
    }, 1)
    // A socket that is paused hears of its end only when it reads.
    await vi.waitFor(() => expect(api.visitors().held).toBe(0), { timeout: 20_000 })
    clearInterval(flood)
    socket.resume()
    socket.on('error', () => undefined)
    await closed
    expect(faults()).toEqual([])
  })

  it('holds no more of what runs on it than so much, and takes more once some of it has ended', async () => {
    const { socket, heard } = await openSocket()
    const variables = { much: 'x'.repeat(200_000) }
    const query = 'subscription { ticks(products: ["BTC-USD"], source: "sandbox") { price } }'
    const begin = (id: string): void =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }))
    for (const id of ['first', 'second', 'third']) begin(id)
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ id: 'third', type: 'error' }))
    expect(JSON.stringify(heard.at(-1))).toContain('TOO_MANY_OPERATIONS')
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(2))
    socket.send(JSON.stringify({ id: 'first', type: 'complete' }))
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(1))
    begin('fourth')
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(2))
    socket.terminate()
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(0))
  })

  it('keeps a long id out of its answers, and a reason within what a close frame holds', async () => {
    const { socket } = await openSocket()
    const id = 'é'.repeat(1_000)
    const operation = JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { ticks { price } }' } })
    socket.send(operation)
    socket.send(operation)
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(4409)
    await vi.waitFor(() => expect(api.ticks.listeners()).toBe(0))
    expect(faults()).toEqual([])
  })
})

describe('a body', () => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'query=mutation%20%7B%20__typename%20%7D'],
    [
      'a form of several parts',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
    ],
    ['plain text', 'text/plain', '{"query":"{ __typename }"}'],
    ['a bare document', 'application/graphql', '{ __typename }'],
    ['what has no type', '', '{"query":"{ __typename }"}'],
  ])('that is %s is refused: a page elsewhere could have it sent', async (_what, type, body) => {
    const { status, text } = await post(body, { 'content-type': type })
    expect([status, text]).toEqual([415, expect.stringContaining('application/json')])
  })

  it('that is not understood is not repeated, be it compressed, broken, or something else', async () => {
    const secret = 'secret'.repeat(2_000)
    const bodies: [string | Buffer, Record<string, string>][] = [
      [gzipSync(JSON.stringify({ query: '{ __typename }' })), { 'content-encoding': 'gzip' }],
      [gzipSync(JSON.stringify({ query: '{ __typename }' })), {}],
      [`{"query": ${secret}`, {}],
      [`"${secret}"`, {}],
      [`[{"query":"${secret}"}]`, {}],
      ['null', {}],
      ['{}', {}],
      [JSON.stringify({ query: '{ __typename }', [secret]: 1 }), {}],
      [JSON.stringify({ query: 7 }), {}],
      [JSON.stringify({ query: '{ __typename }', variables: [secret] }), {}],
    ]
    for (const [body, headers] of bodies) {
      const { status, text } = await post(body, headers)
      expect(status, text).toBeGreaterThanOrEqual(400)
      expect(status, text).toBeLessThan(500)
      expect(text.length, text.slice(0, 300)).toBeLessThan(300)
    }
    expect(faults()).toEqual([])
  })

  it('is repeated by no more than 200 characters, wherever in an operation it is wrong', async () => {
    const long = 'x'.repeat(50_000)
    const date = 'query ($since: DateTime) { simulations(filter: { since: $since }) { totalCount } }'
    const answers = [
      await api.query(`{ ${long} }`),
      await api.query(`{ simulations(after: "${long}") { totalCount } }`),
      await api.query(`{ simulation(id: 7.${'1'.repeat(50_000)}) { id } }`),
      await api.query(`{ "${long}" }`),
      await api.query(`{ simulations(filter: { status: ${'y'.repeat(199)} }) { totalCount } }`),
      await api.query(date, { since: long }),
      await api.query(date, { since: { [long.slice(0, 400)]: long } }),
      await api.query('query ($f: Int) { simulations(first: $f) { totalCount } }', { f: long }),
      await api.query('query ($s: [SimulationStatus!]) { simulations(filter: { status: $s }) { totalCount } }', {
        s: [long],
      }),
      await api.query('query ($id: ID!) { simulation(id: $id) { id } }', { id: long }),
      (await (await fetch(`${api.url}/${'z'.repeat(5_000)}`)).json()) as Answer,
      JSON.parse((await post(JSON.stringify({ query: 'query a { __typename }', operationName: long }))).text) as Answer,
    ]
    for (const { errors } of answers) {
      expect(errors).toHaveLength(1)
      expect(JSON.stringify(errors)).not.toMatch(/x{201}|1{201}|y{201}|z{201}/)
      expect(errors?.[0]?.message.length).toBeLessThan(300)
    }
    expect(faults()).toEqual([])
  })
})

describe('what cannot be kept, or cannot be told apart', () => {
  it.each([
    ['a time before all times', '0000-01-01T00:00:00Z'],
    ['a time after all times', '9999-12-31T23:59:59Z'],
    ['a day that is none', '2026-02-30T00:00:00Z'],
    ['an offset that is none', '2026-02-03T00:00:00+99:99'],
  ])('is refused as a filter: %s', async (_what, since) => {
    const text = 'query ($since: DateTime) { simulations(filter: { since: $since }) { totalCount } }'
    expect((await api.query(text, { since })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(faults()).toEqual([])
  })

  it('is refused in a document that is imported, as a user error', async () => {
    const version = { version: 1, savedAt: '0000-01-01T00:00:00Z', algorithm: 'rsi' }
    const document = { format: 'aw-trade/configuration', formatVersion: 1, name: 'old', versions: [version] }
    const { data } = await api.query(IMPORT, { document })
    const path = ['input', 'document', 'versions', '0', 'savedAt']
    expect(data?.['importConfiguration']).toMatchObject({ configuration: null, userErrors: [{ path }] })
  })

  it('is refused as a list of 60,000 values', async () => {
    const text = 'query ($s: [SimulationStatus!]) { simulations(filter: { status: $s }) { totalCount } }'
    const { errors } = await api.query(text, { s: Array<string>(60_000).fill('RUNNING') })
    expect(errors?.[0]?.message).toMatch(/more than 2000 values/)
    expect((await api.query(text, { s: Array<string>(1_000).fill('RUNNING') })).errors).toBeUndefined()
  })

  it.each([
    ['escape sequences', 'a\u001b[2Jb'],
    ['a turn of the direction of writing', 'a\u202eb'],
    ['nothing that can be seen', '\u200b\u2060'],
    ['two lines', 'a\nb'],
    ['letters with nothing between them that hide a space', 'a\u200bb'],
  ])('is refused as a name: %s', async (_what, name) => {
    for (const change of [{ name }, { tags: [name] }, { savedBy: name }]) {
      const { data, errors } = await api.query(SAVE, { input: { name: 'fine', algorithm: 'rsi', ...change } })
      const told = (data?.['saveConfiguration'] as { userErrors: unknown[] } | undefined)?.userErrors ?? errors ?? []
      if (name.trim() !== '' || !('savedBy' in change)) expect(told, JSON.stringify(change)).toHaveLength(1)
    }
  })

  it('is one where it looks the same: a name is kept in one form, and found by it', async () => {
    const save = async (name: string) => {
      const { data } = await api.query(SAVE, { input: { name, algorithm: 'rsi', tags: ['cafe\u0301'] } })
      return (data?.['saveConfiguration'] as { configuration: { id: string; version: number; name: string } })
        .configuration
    }
    const [first, second] = [await save('re\u0301sume\u0301'), await save(' r\u00e9sum\u00e9 ')]
    expect([first.version, second.version, second.name]).toEqual([1, 2, 'r\u00e9sum\u00e9'])
    expect(second.id).toBe(first.id)
    const tagged = 'query ($tag: String) { configurations(tag: $tag) { edges { node { id } } } }'
    for (const tag of ['cafe\u0301', 'caf\u00e9'])
      expect((await api.query(tagged, { tag })).data?.['configurations']).toEqual({
        edges: [{ node: { id: first.id } }],
      })
  })

  it('is refused as the key "__proto__", in every way in', async () => {
    const proto = JSON.parse('{ "__proto__": { "RSI_PERIOD": 3 } }') as unknown
    const input = { name: 'p', algorithm: 'rsi' }
    const version = { version: 1, savedAt: '2026-09-04T07:44:10Z', algorithm: 'rsi', algorithmParameters: proto }
    const document = { format: 'aw-trade/configuration', formatVersion: 1, name: 'p', versions: [version] }
    const start = 'mutation ($input: StartSimulationInput!) { startSimulation(input: $input) { userErrors { code } } }'
    const answers = [
      await api.query(SAVE, { input: { ...input, algorithmParameters: proto } }),
      await api.query(SAVE, { input: { ...input, simulatorParameters: { A: [proto] } } }),
      await api.query(IMPORT, { document }),
      await api.query(start, { input: { algorithm: 'rsi', algorithmParameters: proto } }),
      await api.query(
        'mutation { saveConfiguration(input: { name: "p", algorithm: "rsi", algorithmParameters: { __proto__: { A: 1 } } }) { __typename } }',
      ),
    ]
    for (const { errors } of answers) expect(errors?.[0]?.message).toMatch(/"__proto__"/)
  })
})

it.each([
  ['{ simulations(first: 2147483647) { totalCount } }', /"first" is 2147483647/],
  ['{ simulations(first: 1, last: 1) { totalCount } }', /not both/],
  ['{ simulations(last: -1) { pageInfo { hasNextPage } } }', /"last" is -1/],
  ['{ configurations(first: 2147483647) { __typename } }', /"first" is 2147483647/],
])('holds a page to its rule whatever is selected of it: %s', async (text, message) => {
  expect((await api.query(text)).errors?.[0]?.message).toMatch(message)
})

it('refuses an operation that reads very much, by its price, before it reads anything', async () => {
  const { globalId } = await api.newRun()
  const hundred = (field: string): string => Array.from({ length: 100 }, (_, index) => `a${index}: ${field}`).join(' ')
  const text = (fields: string): string => `query ($id: ID!) { simulation(id: $id) { ${fields} } }`
  for (const fields of [
    hundred('equityCurve(maxPoints: 10000) { equity }'),
    hundred('equityCurve(maxPoints: 4) { equity }'),
    hundred('candles(product: "BTC-USD") { interval }'),
    // Each of these is asked of every point.
    `equityCurve(maxPoints: 10000) { ${hundred('drawdown')} }`,
    `candles(product: "BTC-USD") { candles { ${hundred('open')} } }`,
  ])
    expect((await api.query(text(fields), { id: globalId })).errors?.[0]?.extensions?.['code']).toBe('TOO_COMPLEX')
  expect((await api.query(`{ ${hundred('performance { runs }')} }`)).errors?.[0]?.extensions?.['code']).toBe(
    'TOO_COMPLEX',
  )
  const fair = text(
    'equityCurve(maxPoints: 10000) { time equity drawdown buyAndHoldReturn } candles(product: "BTC-USD") { candles { time open high low close } }',
  )
  expect((await api.query(fair, { id: globalId })).errors).toBeUndefined()
})

describe('a subscription over SSE', () => {
  const FEEDS = {
    trades: 'subscription ($id: ID!) { trades(simulationId: $id) { price } }',
    portfolio: 'subscription ($id: ID!) { portfolio(simulationId: $id) { equity } }',
    simulation: 'subscription ($id: ID!) { simulation(id: $id) { status } }',
  }

  it('ends with its client, be it that this leaves before the first answer', async () => {
    const { globalId } = await api.newRun()
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const leave = (query: string, index: number) =>
      new Promise<void>((resolve) => {
        const body = JSON.stringify({ query, variables: { id: globalId } })
        const call = request(`${api.url}/graphql`, { method: 'POST', headers })
        call.on('error', () => undefined).on('close', resolve)
        call.end(body, () => {
          // At various moments: as soon as it is asked, and within the next turns of the loop.
          let turns = index % 12
          const wait = (): void => void (turns-- > 0 ? setImmediate(wait) : call.destroy())
          wait()
        })
      })
    await Promise.all(
      Object.values(FEEDS).flatMap((query) => Array.from({ length: 20 }, (_, index) => leave(query, index))),
    )
    // What was asked has been answered by then, whoever was there to hear it.
    await vi.waitFor(() => expect([api.visitors().held, api.live.subscribers()]).toEqual([0, 0]), 10_000)
    expect(faults()).toEqual([])
  })

  it('ends with its connection, also where others were asked for on it without waiting; and these are bounded', async () => {
    const { globalId } = await api.newRun()
    const { hostname, port } = new URL(api.url)
    const address = new URLSearchParams({ query: FEEDS.portfolio, variables: JSON.stringify({ id: globalId }) })
    const head = `GET /graphql?${address} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAccept: text/event-stream\r\n\r\n`
    const client = connect(Number(port), hostname)
    client.on('error', () => undefined)
    client.write(head.repeat(150))
    await vi.waitFor(() => expect(api.live.subscribers()).toBe(100), 10_000)
    client.destroy()
    await vi.waitFor(() => expect([api.visitors().held, api.live.subscribers()]).toEqual([0, 0]), 10_000)
  })

  it('over WebSocket ends so, too', async () => {
    const { globalId } = await api.newRun()
    for (let round = 0; round < 10; round++) {
      const { socket } = await openSocket()
      for (const [id, query] of Object.entries(FEEDS))
        socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { id: globalId } } }))
      if (round % 2 === 0) socket.terminate()
      else socket.close()
    }
    await vi.waitFor(() => expect([api.visitors().held, api.live.subscribers()]).toEqual([0, 0]), 10_000)
  })
})

describe('a server with few places', () => {
  const patience = { headMs: 300, requestMs: 600, lookMs: 50 }
  let server: Api
  let port: number
  const guests: Socket[] = []

  async function open(options: Partial<ApiOptions> = {}): Promise<void> {
    server = createApi({
      context: {} as never,
      logger: { debug() {}, error() {} } as never,
      version: '0',
      isReady: () => true,
      metrics: createPrometheus(),
      visitors: { connections: 40, perAddress: 20 },
      ...options,
    })
    port = (await server.listen({ host: '127.0.0.1', port: 0 })).port
  }
  async function close(): Promise<void> {
    for (const guest of guests.splice(0)) guest.destroy()
    await server.dispose()
  }
  async function guest(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    guests.push(socket)
    await once(socket, 'connect')
    return socket
  }
  const isReady = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/ready`)).status

  it('answers newcomers, however many others say half of what they want', async () => {
    await open()
    for (let count = 0; count < 60; count++) (await guest()).write('GET /ready HTTP/1.1\r\nHost: local')
    for (let count = 0; count < 5; count++) expect(await isReady()).toBe(200)
    await close()
  })

  it('answers newcomers, however many WebSockets are open, and says to further ones that it is full', async () => {
    await open()
    const url = `ws://127.0.0.1:${port}/graphql`
    const sockets: WebSocket[] = []
    const outcomes = new Map<string, number>()
    for (let count = 0; count < 50; count++) {
      const socket = new WebSocket(url, 'graphql-transport-ws')
      sockets.push(socket)
      const outcome = await new Promise<string>((resolve) => {
        socket.once('open', () => resolve('open')).once('error', (error) => resolve(error.message))
      })
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    expect(Object.fromEntries(outcomes)).toEqual({ open: 30, 'Unexpected server response: 503': 20 })
    expect(await isReady()).toBe(200)
    sockets[0]!.terminate()
    await vi.waitFor(() => expect(server.visitors().held).toBe(29))
    for (const socket of sockets) socket.terminate()
    await close()
  })

  it('gives a request a time that a trickle does not renew', async () => {
    await open({ patience })
    const [head, body] = [await guest(), await guest()]
    const type = 'Content-Type: application/json\r\nContent-Length: 1000'
    body.write(`POST /graphql HTTP/1.1\r\nHost: localhost\r\n${type}\r\n\r\n`)
    head.write('GET /ready HTTP/1.1\r\n')
    const trickle = setInterval(() => {
      head.write('x')
      body.write(' ')
    }, 20)
    await Promise.all([
      once(head.resume(), 'close'),
      once(body.resume(), 'close'),
      once((await guest()).resume(), 'close'),
    ])
    clearInterval(trickle)
    await close()
  })

  it('does not hold an answer for ever that nobody reads', async () => {
    const page = {
      serve: (_request: unknown, response: { end(text: Buffer): void }) => {
        response.end(Buffer.alloc(64 * 1024 * 1024))
        return true
      },
    }
    await open({ patience: { ...patience, standstillMs: 400 }, page: page as never })
    const reader = await guest()
    reader.pause()
    reader.write('GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(() => expect(server.visitors().connected).toBe(1))
    await vi.waitFor(() => expect(server.visitors().connected).toBe(0), 10_000)
    await close()
  })
})
