import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { root } from '../../../server/setup.mjs'
import { SERVER_IMAGE } from '../../support/docker/docker.ts'
import { joinSwarm, openDockerHosts, type DockerHosts } from '../../support/docker/docker-hosts.ts'
import { until } from '../../support/time/gather.ts'
import { STORE_IMAGES } from '../../support/docker/store-images.ts'

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

/** What a server answers to one that stands before it, in the network `aw-trade-edge`. */
function ask<Answer>(query: string, variables: object = {}): Answer {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const whole = { ...request, body: JSON.stringify({ query, variables }) }
  const code = `const answer = await fetch('http://server:8000/graphql', ${JSON.stringify(whole)})
    console.log(await answer.text())`
  const args = ['run', '--rm', '--network', 'aw-trade-edge', '--entrypoint', 'node', SERVER_IMAGE]
  const { data, errors } = JSON.parse(docker([...args, '--input-type=module', '--eval', code])) as {
    data: Answer
    errors?: unknown
  }
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
    const { health } = ask<{ health: { components: { name: string; status: string; message: string | null }[] } }>(
      '{ health { components { name status message } } }',
    )
    expect(health.components).toMatchObject([
      { name: 'store', status: 'up' },
      { name: 'configurations', status: 'up', message: 'kept in MongoDB' },
      { name: 'bus', status: 'up' },
      { name: 'launcher', status: 'up', message: expect.stringMatching(/^SWARM: /) as string },
      { name: 'feed' },
    ])
  })

  it('launches engines as services through the proxy: a REPLAY gives the fills of the BACKTEST', async () => {
    await until(() => {
      const { sources } = ask<{ sources: { name: string; available: boolean }[] }>('{ sources { name available } }')
      expect(sources).toContainEqual({ name: 'tape:sample', available: true })
    }, 60_000)
    const fingerprintOf = async (mode: object): Promise<string> => {
      const sample = { algorithm: 'rsi', source: 'tape:sample', products: ['BTC-USD'] }
      const input = { ...sample, durationSeconds: 60, algorithmParameters: { RSI_PERIOD: 3 }, ...mode }
      const { startSimulation } = ask<{ startSimulation: { simulation: { id: string }; userErrors: unknown[] } }>(
        `mutation ($input: StartSimulationInput!) {
          startSimulation(input: $input) { simulation { id } userErrors { message } }
        }`,
        { input },
      )
      expect(startSimulation.userErrors).toEqual([])
      let fingerprint: string | null = null
      await until(() => {
        const { simulation } = ask<{ simulation: { status: string; fingerprint: string; statusReason: string } }>(
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
