import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { redisKeys } from '../../../engines/edge/redis/connection.ts'
import { root } from '../../../server/setup.mjs'
import { openCompose, type ComposeProject } from '../../support/docker/compose.ts'
import { createGraphqlClient, type GraphqlClient } from '../../support/server/graphql-client.ts'
import { freePort } from '../../support/stores/redis.ts'
import { STORE_IMAGES } from '../../support/docker/store-images.ts'

const host = inject('dockerHost')
const socket = host.slice('unix://'.length)
const api = new Docker({ socketPath: socket })
const PATIENCE = { timeout: 60_000, interval: 200 }
const NAME = 'aw-trade-test'

let port = 0
let project: ComposeProject
let client: GraphqlClient

beforeAll(async () => {
  port = await freePort()
  project = openCompose(join(root, 'docker/compose.yml'), NAME, {
    DOCKER_HOST: host,
    DOCKER_SOCKET: socket,
    AW_TRADE_NAME: NAME,
    AW_TRADE_PORT: String(port),
    AW_TRADE_VERSION: manifest.version,
    // Nothing listens there, and nothing leaves the machine.
    COINBASE_WS_URL: 'ws://127.0.0.1:9',
    COINBASE_REST_URL: 'http://127.0.0.1:9',
    ...STORE_IMAGES,
  })
  client = createGraphqlClient(`http://127.0.0.1:${port}`)
  await project.run('up', '--detach')
  await vi.waitFor(async () => expect(await answers('/ready')).toBe(200), PATIENCE)
}, 180_000)

afterAll(async () => {
  await client.dispose()
  await project.run('down', '--volumes', '--timeout', '5')
}, 60_000)

/** The status that a page is answered with; null where nobody answers. */
function answers(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number | null> {
  return new Promise((resolve) => {
    request(`http://127.0.0.1:${port}${path}`, { headers }, (response) => resolve(response.resume().statusCode ?? null))
      .once('error', () => resolve(null))
      .end()
  })
}

interface Run {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly fingerprint: string | null
  readonly composeFile: string
}

async function start(input: Readonly<Record<string, unknown>>): Promise<string> {
  const { startSimulation } = await client.ask<{
    startSimulation: { simulation: { id: string } | null; userErrors: readonly unknown[] }
  }>(
    `mutation ($input: StartSimulationInput!) { startSimulation(input: $input) { simulation { id } userErrors { message } } }`,
    { input: { algorithm: 'rsi', products: ['BTC-USD'], ...input } },
  )
  expect(startSimulation.userErrors).toEqual([])
  return startSimulation.simulation?.id ?? ''
}

async function reaches(id: string, status: string): Promise<Run> {
  const query = 'query ($id: ID!) { simulation(id: $id) { id status statusReason fingerprint composeFile } }'
  const look = async () => (await client.ask<{ simulation: Run }>(query, { id })).simulation
  await expect
    .poll(async () => (await look()).status, PATIENCE)
    .toSatisfy((now: string) => now === status || now === 'FAILED')
  const run = await look()
  expect(run.status, run.statusReason ?? '').toBe(status)
  return run
}

/** Runs code in the server's container, which is where an intruder would be. */
function inServer(code: string): string {
  const args = ['exec', `${NAME}-server`, 'node', '--input-type=module', '--eval', code]
  return execFileSync('docker', args, { env: { ...process.env, DOCKER_HOST: host }, encoding: 'utf8' })
}

/** What the proxy answers to the server. */
function proxyAnswers(method: string, path: string, body?: unknown): { status: number; message?: string } {
  const options = {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  const code = `const answer = await fetch('http://docker-proxy:2375${path}', ${JSON.stringify(options)})
    console.log(JSON.stringify({ status: answer.status, ...(await answer.json()) }))`
  return JSON.parse(inServer(code)) as { status: number; message?: string }
}

describe('docker/compose.yml', () => {
  it('brings up PostgreSQL, MongoDB, Redis, the proxy and the server, all of them healthy', async () => {
    const { health } = await client.ask<{
      health: { components: readonly { name: string; status: string; message: string | null }[] }
    }>('{ health { components { name status message } } }')
    const found = Object.fromEntries(health.components.map(({ name, status, message }) => [name, [status, message]]))
    expect(found).toMatchObject({
      store: ['up', null],
      configurations: ['up', 'kept in MongoDB'],
      bus: ['up', null],
      launcher: ['up', expect.stringMatching(/^DOCKER: /) as string],
    })
  })

  it('holds every container back, and publishes nothing but the API, on the loopback address', async () => {
    const label = [`com.docker.compose.project=${NAME}`]
    const listed = await api.listContainers({ all: true, filters: { label } })
    expect(listed).toHaveLength(7)
    for (const { Id } of listed) {
      const { Name, HostConfig, Config } = await api.getContainer(Id).inspect()
      expect(HostConfig, Name).toMatchObject({ CapDrop: ['ALL'], ReadonlyRootfs: true, Privileged: false })
      expect(HostConfig.Memory, Name).toBeGreaterThan(0)
      expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0)
      const published = Object.values((HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string }[]>).flat()
      expect(published.map(({ HostIp }) => HostIp)).toEqual(Name === `/${NAME}-server` ? ['127.0.0.1'] : [])
      const secrets = (Config.Env ?? []).filter((variable) => /PASSWORD=/.test(variable))
      expect(secrets, Name).toEqual([])
    }
  })

  it('serves the page', async () => {
    const page = await fetch(`http://127.0.0.1:${port}/new`, { headers: { accept: 'text/html' } })
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    const [script] = /\/assets\/[\w.-]+\.js/.exec(await page.text()) ?? expect.fail('the page names no script')
    expect((await fetch(`http://127.0.0.1:${port}${script}`)).status).toBe(200)
  })

  it('answers to localhost, and to no name that was made to point there', async () => {
    expect(await answers('/graphql?query={__typename}', { host: `localhost:${port}` })).toBe(200)
    expect(await answers('/graphql?query={__typename}', { host: `rebound.example:${port}` })).toBe(403)
  })

  it('runs a LIVE simulation in containers that it starts through the proxy, and leaves nothing of it', async () => {
    const id = await start({ mode: 'LIVE', source: 'sandbox' })
    const query = 'subscription ($id: ID!) { ticks(simulationId: $id) { price } }'
    await reaches(id, 'RUNNING')
    const ticks = client.subscribe<{ ticks: { price: string } }>(query, { id })
    const { value } = await ticks.next()
    expect(Number((value as { data: { ticks: { price: string } } }).data.ticks.price)).toBeGreaterThan(0)
    await ticks.return?.()
    // Its simulator alone is let to Redis, where the server reads its stream.
    const run = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
    const { Containers = {} } = (await api.getNetwork(`${NAME}-redis`).inspect()) as { Containers?: object }
    const members = Object.entries(Containers as Record<string, { Name: string }>)
    // Compose names its containers as its version sees fit, and labels them the same in all.
    const ofRedis = [`com.docker.compose.project=${NAME}`, 'com.docker.compose.service=redis']
    const [{ Id: store } = { Id: '' }] = await api.listContainers({ filters: { label: ofRedis } })
    const others = members.filter(([memberId]) => memberId !== store)
    expect(members).toHaveLength(2)
    expect(others.map(([, { Name }]) => Name)).toEqual([expect.stringMatching(/-simulator$/)])
    const asked = ['exec', store, 'redis-cli', 'XINFO', 'GROUPS', redisKeys.events(run)]
    expect(execFileSync('docker', asked, { env: { ...process.env, DOCKER_HOST: host }, encoding: 'utf8' })).toMatch(
      /^name\nstore\n/,
    )
    const stop = 'mutation ($id: ID!) { stopSimulation(input: { simulationId: $id }) { userErrors { message } } }'
    await client.ask(stop, { id })
    expect((await reaches(id, 'STOPPED')).statusReason).toBe('Stopped on request.')
    const label = [`aw-trade.simulation=${run}`]
    await expect.poll(() => api.listContainers({ all: true, filters: { label } }), PATIENCE).toEqual([])
  })
})

describe('an intruder in the server', () => {
  const ours = (change: Record<string, unknown>) => ({
    Image: `aw-trade-engine:${manifest.version}`,
    Cmd: ['sh'],
    ...change,
  })

  it.each<[method: string, path: string, body?: unknown]>([
    ['POST', '/containers/create', ours({ HostConfig: { Privileged: true, Binds: ['/:/host'] } })],
    ['POST', '/containers/create', ours({})],
    ['GET', '/containers/json?all=true'],
    ['GET', `/containers/${NAME}-server/json`],
    ['POST', `/containers/${NAME}-server/exec`, { Cmd: ['sh'] }],
    ['POST', `/containers/${NAME}-server/kill`],
    ['DELETE', `/networks/${NAME}_stores`],
    ['GET', '/volumes'],
  ])('is refused %s %s', (method, path, body) => {
    expect(proxyAnswers(method, path, body)).toMatchObject({
      status: 403,
      message: expect.stringMatching(/^The proxy refuses: /) as string,
    })
  })

  it.each([
    ['what is not ours', `${NAME}-server`, 403],
    ['what is not there', 'nobody', 404],
  ])('is not attached to %s, nor does another request follow on that connection', (_what, container, status) => {
    const lines = [
      `POST /containers/${container}/attach?stream=1 HTTP/1.1`,
      'Host: docker-proxy',
      'Connection: Upgrade',
      'Upgrade: tcp',
    ]
    const smuggled = 'GET /info HTTP/1.1\r\nHost: docker-proxy\r\n\r\n'
    const code = `import { connect } from 'node:net'
      const socket = connect(2375, 'docker-proxy')
      socket.on('data', (bytes) => process.stdout.write(bytes))
      socket.write(${JSON.stringify(`${lines.join('\r\n')}\r\n\r\n${smuggled}`)})`
    const said = inServer(code)
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(said.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })
})

describe('the Compose file of a simulation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-compose-'))
  beforeAll(async () => {
    mkdirSync(join(folder, 'tapes'))
    // The server makes its sample tape in the background of its first start.
    const look = () => client.ask<{ sources: { name: string }[] }>('{ sources { name } }')
    await vi.waitFor(
      async () => expect((await look()).sources.map(({ name }) => name)).toContain('tape:sample'),
      PATIENCE,
    )
    const tape = join(folder, 'tapes/sample.tape')
    const args = ['cp', `${NAME}-server:/data/tapes/sample.tape`, tape]
    execFileSync('docker', args, { env: { ...process.env, DOCKER_HOST: host } })
    chmodSync(tape, 0o644)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    { mode: 'BACKTEST', teller: 'backtest' },
    { mode: 'REPLAY', teller: 'simulator' },
  ])('of a $mode gives the fingerprint that the API has', { timeout: 120_000 }, async ({ mode, teller }) => {
    const window = { algorithmParameters: { RSI_PERIOD: 7 }, durationSeconds: 60 }
    const id = await start({ mode, source: 'tape:sample', ...window, ...(mode === 'REPLAY' ? { speed: 100 } : {}) })
    const { fingerprint, composeFile } = await reaches(id, 'COMPLETED')
    expect(fingerprint).toMatch(/^[\da-f]{64}$/)
    const file = join(folder, `${teller}.yml`)
    writeFileSync(file, composeFile)
    const repeated = openCompose(file, `${NAME}-${teller}`, { DOCKER_HOST: host })
    await repeated.run('up')
    const lines = (await repeated.run('logs', '--no-log-prefix', '--no-color', teller)).split('\n')
    await repeated.run('down')
    const last = lines.find((line) => line.includes('"type":"ended"')) ?? expect.fail(lines.slice(-5).join('\n'))
    expect(JSON.parse(last)).toMatchObject({ type: 'ended', reason: 'COMPLETED', fingerprint })
    // Of no fills it would be the same for whatever ran.
    expect(lines.filter((line) => line.includes('"type":"fill"')).length).toBeGreaterThan(3)
  })
})
