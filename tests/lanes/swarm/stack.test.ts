import { execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { root } from '../../../server/setup.mjs'
import { SERVER_IMAGE } from '../../support/docker/docker.ts'
import { joinSwarm, openDockerHosts, type DockerHosts } from '../../support/docker/docker-hosts.ts'
import { until as often } from '../../support/time/gather.ts'
import { STORE_IMAGES } from '../../support/docker/store-images.ts'

/** A swarm takes seconds for what a test waits for, and each look at it costs its manager some milliseconds. */
const until = (check: () => void | Promise<void>, timeout?: number) => often(check, timeout, 100)

/** A folder that both hosts have, as a shared file system would be. */
const tapes = mkdtempSync(join(tmpdir(), 'aw-trade-stack-'))
const UNPRIVILEGED = 1_000
/** What was opened, to be closed in the opposite order; less where the set-up failed. */
const opened: (() => unknown)[] = [() => rmSync(tapes, { recursive: true, force: true })]
let cluster: DockerHosts

interface Task {
  readonly ServiceID: string
  readonly NodeID: string
  readonly Status: { readonly State: string }
  readonly Spec: { readonly ContainerSpec: { readonly Env?: readonly string[]; readonly Image: string } }
}
interface Node {
  readonly ID: string
  readonly Description: { readonly Hostname: string }
  readonly Version: { readonly Index: number }
  readonly Spec: object
}

/** Runs Docker's command line against the manager, as an operator would. */
function docker(args: readonly string[], input = ''): string {
  const env = {
    ...process.env,
    ...STORE_IMAGES,
    DOCKER_HOST: cluster.hosts[0]!.host,
    DOCKER_SOCKET: cluster.hosts[0]!.host.slice('unix://'.length),
    TAPES_TYPE: 'none',
    TAPES_OPTIONS: 'bind',
    TAPES_DEVICE: tapes,
  }
  return execFileSync('docker', args, { env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Where what stands before the servers is reached from this machine: see {@link openRelay}. */
const RELAY_PORT = 8001

/**
 * Opens what stands before the servers, in the network `aw-trade-edge`: it hands each connection on to whichever server the
 * name leads to at that moment.
 */
function openRelay(): void {
  const code = `import { connect, createServer } from 'node:net'
    createServer((near) => {
      const far = connect(8000, 'server')
      near.on('error', () => far.destroy()).pipe(far)
      far.on('error', () => near.destroy()).pipe(near)
    }).listen(${RELAY_PORT})`
  const place = ['--network', 'aw-trade-edge', '--publish', `${RELAY_PORT}:${RELAY_PORT}`]
  const args = ['run', '--detach', ...place, '--entrypoint', 'node', SERVER_IMAGE]
  docker([...args, '--input-type=module', '--eval', code])
}

/** What a server answers to one that asks by way of the relay; a connection of its own each time. */
async function ask<Answer>(query: string, variables: object = {}): Promise<Answer> {
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { host: 'server:8000', 'content-type': 'application/json' }
    const target = { host: cluster.hosts[0]!.address, port: RELAY_PORT, path: '/graphql', method: 'POST' }
    request({ ...target, headers, agent: false }, (response) => text(response).then(resolve, reject))
      .once('error', reject)
      .end(JSON.stringify({ query, variables }))
  })
  const { data, errors } = JSON.parse(answer) as { data: Answer; errors?: unknown }
  expect(errors).toBeUndefined()
  return data
}

/** The tasks of a service that run: of one with a health check, those that are healthy. */
async function running(service: string): Promise<readonly Task[]> {
  const filters = { service: [service], 'desired-state': ['running'] }
  const tasks = (await cluster.hosts[0]!.api.listTasks({ filters })) as unknown as Task[]
  return tasks.filter(({ Status }) => Status.State === 'running')
}

beforeAll(async () => {
  chownSync(tapes, UNPRIVILEGED, UNPRIVILEGED)
  cluster = openDockerHosts(2, inject('dockerImages'))
  opened.push(() => cluster.remove())
  const [manager] = cluster.hosts
  await joinSwarm(cluster.hosts)
  const { api, name } = manager!
  const node = ((await api.listNodes()) as Node[]).find(({ Description }) => Description.Hostname === name)
  const labelled = { ...node!.Spec, Labels: { 'aw-trade.stores': 'true' } }
  await api.getNode(node!.ID).update({ version: node!.Version.Index, ...labelled })
  for (const store of ['postgres', 'redis', 'mongo']) {
    docker(['secret', 'create', `aw_trade_${store}_password`, '-'], `password-of-${store}`)
  }
  // This machine's kernel may have no IPsec, without which hosts do not hear each other on an encrypted network.
  const stack = readFileSync(join(root, 'docker/stack.yml'), 'utf8').replaceAll(
    /, driver_opts: .*encrypted.* }$/gm,
    ' }',
  )
  docker(['stack', 'deploy', '--detach=true', '--resolve-image', 'never', '--compose-file', '-', 'aw-trade'], stack)
  await until(async () => expect(await running('aw-trade_server')).toHaveLength(2), 120_000)
  openRelay()
  await until(async () => expect(await ask('{ __typename }')).toEqual({ __typename: 'Query' }))
})
afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

describe('docker/stack.yml on two hosts', () => {
  it('runs a server on each, stores where the label is, and no password in any variable', async () => {
    const nodes = (await cluster.hosts[0]!.api.listNodes()) as Node[]
    const hostOf = ({ NodeID }: Task) => nodes.find(({ ID }) => ID === NodeID)?.Description.Hostname
    expect((await running('aw-trade_server')).map(hostOf).sort()).toEqual(['host-1', 'host-2'])
    for (const store of ['postgres', 'redis', 'mongo', 'docker-proxy']) {
      const tasks = await running(`aw-trade_${store}`)
      expect(tasks.map(hostOf), store).toEqual(['host-1'])
      expect((tasks[0]?.Spec.ContainerSpec.Env ?? []).join(), store).not.toContain('password-of')
    }
    const { health } = await ask<{
      health: { components: { name: string; status: string; message: string | null }[] }
    }>('{ health { components { name status message } } }')
    expect(health.components).toMatchObject([
      { name: 'store', status: 'up' },
      { name: 'configurations', status: 'up', message: 'kept in MongoDB' },
      { name: 'bus', status: 'up' },
      { name: 'launcher', status: 'up', message: expect.stringMatching(/^SWARM: /) as string },
      { name: 'simulations', status: 'up' },
      { name: 'feed' },
    ])
  })

  it('launches engines as services through the proxy: a REPLAY gives the fills of the BACKTEST', async () => {
    await until(async () => {
      const { sources } = await ask<{ sources: { name: string; available: boolean }[] }>(
        '{ sources { name available } }',
      )
      expect(sources).toContainEqual({ name: 'tape:sample', available: true })
    }, 60_000)
    const fingerprintOf = async (mode: object): Promise<string> => {
      const sample = { algorithm: 'rsi', source: 'tape:sample', products: ['BTC-USD'] }
      const input = { ...sample, durationSeconds: 60, algorithmParameters: { RSI_PERIOD: 3 }, ...mode }
      const { startSimulation } = await ask<{ startSimulation: { simulation: { id: string }; userErrors: unknown[] } }>(
        `mutation ($input: StartSimulationInput!) {
          startSimulation(input: $input) { simulation { id } userErrors { message } }
        }`,
        { input },
      )
      expect(startSimulation.userErrors).toEqual([])
      let fingerprint: string | null = null
      await until(async () => {
        const { simulation } = await ask<{ simulation: { status: string; fingerprint: string; statusReason: string } }>(
          'query ($id: ID!) { simulation(id: $id) { status statusReason fingerprint } }',
          { id: startSimulation.simulation.id },
        )
        expect(simulation).toMatchObject({ status: 'COMPLETED', statusReason: null })
        ;({ fingerprint } = simulation)
      }, 90_000)
      return fingerprint ?? ''
    }
    const backtest = await fingerprintOf({ mode: 'BACKTEST' })
    expect(backtest).toMatch(/^[\da-f]{64}$/)
    expect(await fingerprintOf({ mode: 'REPLAY', speed: 60 })).toBe(backtest)
    await until(async () => {
      const services = await cluster.hosts[0]!.api.listServices()
      expect(services.filter(({ Spec }) => Spec?.Name?.startsWith('aw-trade_') !== true)).toEqual([])
    })
  })
})
