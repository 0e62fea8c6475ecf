import { describe, expect, it } from 'vitest'
import type { DockerSettings } from '../launcher/docker/settings.ts'
import { serviceOf, type SwarmSettings } from '../launcher/swarm/spec.ts'
import type { ProxyLimits } from './limits.ts'
import { ruleOn } from './rules.ts'

const LIMITS: ProxyLimits = {
  image: 'aw-trade-engine:1',
  tapes: 'aw-trade-tapes',
  memoryMb: 256,
  cpus: 1,
  pids: 64,
  redisNetwork: null,
  serverContainer: 'none',
  swarmNetwork: 'aw-trade-engines',
}
const docker: DockerSettings = { ...LIMITS, host: 'tcp://docker-proxy:2375', user: '1000:1000', serverContainer: null }
const swarm: SwarmSettings = {
  network: 'aw-trade-engines',
  publish: false,
  constraints: { ALL: [], STREAMER: ['node.labels.engines==yes'], ALGORITHM: [], SIMULATOR: [] },
}

/** What the launcher asks for a streamer that plays a tape. */
const service = (changes: { docker?: Partial<DockerSettings>; swarm?: Partial<SwarmSettings> } = {}) =>
  serviceOf(
    {
      entry: 'streamer',
      role: 'STREAMER',
      owner: '13325ae6-9a3f-448c-b9d1-e14a33148b43',
      serves: 'udp',
      outbound: false,
      tape: { variable: 'TAPE_PATH', path: '/data/tapes/monday.tape' },
      env: { PRODUCTS: 'BTC-USD' },
    },
    {
      instance: 'abcd1234',
      docker: { ...docker, ...changes.docker },
      swarm: { ...swarm, ...changes.swarm },
      tapes: '/data/tapes',
      redisUrl: 'redis://redis:6379',
      secret: null,
    },
  )

const rule = (method: string, url: string, body?: unknown) => ruleOn({ method, url, body }, LIMITS)
const filters = (value: unknown) => encodeURIComponent(JSON.stringify(value))

describe('what the launcher of a swarm asks of Docker', () => {
  it('goes on as it is where it makes the service of an engine', () => {
    expect(rule('POST', '/services/create', service())).toMatchObject({ allowed: true, path: '/services/create' })
  })

  it.each<[method: string, url: string, touches: number]>([
    ['GET', '/info', 0],
    ['GET', '/nodes', 0],
    ['GET', `/services?filters=${filters({ label: ['aw-trade.instance=abcd1234'] })}`, 0],
    ['GET', `/tasks?filters=${filters({ label: ['aw-trade.instance=abcd1234'] })}`, 0],
    ['GET', `/networks?filters=${filters({ name: ['aw-trade-engines'] })}`, 0],
    ['GET', '/services/aw-abcd1234-x-streamer/logs?follow=true&stdout=true&stderr=true&tail=1000', 1],
    ['DELETE', '/services/aw-abcd1234-x-streamer', 1],
  ])('goes on: %s %s', (method, url, touches) => {
    const ruling = rule(method, url)
    expect(ruling).toMatchObject({ allowed: true })
    expect(ruling.allowed && ruling.touches).toHaveLength(touches)
  })
})

describe('what a server that was taken over might ask', () => {
  const without = (change: (body: Record<string, never>) => void): unknown => {
    const body = structuredClone(service()) as Record<string, never>
    change(body)
    return body
  }
  const labels = { 'aw-trade': '1', 'aw-trade.instance': 'abcd1234', 'aw-trade.owner': 'someone' }
  const logs = (size: string) => ({ Name: 'json-file', Options: { 'max-size': size, 'max-file': '2' } })
  const task = (body: Record<string, never>) => body['TaskTemplate'] as unknown as Record<string, unknown>
  const spec = (body: Record<string, never>) =>
    (body['TaskTemplate'] as unknown as { ContainerSpec: Record<string, unknown> }).ContainerSpec

  it.each<[what: string, body: unknown]>([
    ['another image', service({ docker: { image: 'alpine' } })],
    ['a folder of the host', service({ docker: { tapes: '/etc' } })],
    ['more memory', service({ docker: { memoryMb: 4_096 } })],
    ['a published port', service({ swarm: { publish: true } })],
    ['another network', service({ swarm: { network: 'ingress' } })],
    ['a network of stores of a stack "aw-trade-prod"', service({ swarm: { network: 'aw-trade-prod_stores' } })],
    ['code for Node', without((body) => (spec(body)['Env'] = ['NODE_OPTIONS=--import=data:text/javascript,0']))],
    [
      'labels of others',
      without((body) => (body['Labels'] = { ...labels, 'com.docker.stack.namespace': 'x' } as never)),
    ],
    ['a log without end', without((body) => (task(body)['LogDriver'] = logs('999999999m')))],
    ['root', without((body) => (spec(body)['User'] = '0:0'))],
    ['another program', without((body) => (spec(body)['Command'] = ['sh']))],
    ['a secret', without((body) => (spec(body)['Secrets'] = [{ SecretName: 'aw_trade_postgres_password' }]))],
    ['rights', without((body) => (spec(body)['CapabilityAdd'] = ['SYS_ADMIN']))],
    ['many', without((body) => (body['Mode'] = { Replicated: { Replicas: 1_000 } } as never))],
  ])('is refused: a service with %s', (_, body) => {
    expect(rule('POST', '/services/create', body)).toMatchObject({ allowed: false })
  })

  it.each([
    ['GET', '/services'],
    ['GET', `/tasks?filters=${filters({ service: ['x'] })}`],
    ['GET', `/networks?filters=${filters({ name: ['ingress'] })}`],
    ['POST', '/services/aw-abcd1234-x-streamer/update'],
    ['GET', '/secrets'],
    ['POST', '/swarm/leave'],
    ['DELETE', '/nodes/n'],
  ])('is refused: %s %s', (method, url) => {
    expect(rule(method, url)).toMatchObject({ allowed: false })
  })
})
