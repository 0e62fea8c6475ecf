import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { sampleSpec } from '../../tests/support/engines/events.ts'
import { composeFile } from './compose-file.ts'

const ID = '7a5c1f0e-0000-4000-8000-000000000000'
const IMAGE = 'registry.example/aw-trade-engine:1.2.3'

interface ParsedService {
  readonly image: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly networks: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[]
  readonly [key: string]: unknown
}

function parsed(changes: Parameters<typeof sampleSpec>[1] = {}) {
  const text = composeFile(sampleSpec(ID, changes), IMAGE)
  const file = parse(text, { merge: true }) as {
    services: Readonly<Record<string, ParsedService>>
    networks: Readonly<Record<string, { internal?: boolean }>>
  }
  return { text, ...file }
}

it('wires three engines of one image by name over a private network, and adds the sandbox where it is the source', () => {
  const { services, networks } = parsed()
  expect(Object.keys(services)).toEqual(['exchange-sandbox', 'streamer', 'algorithm', 'simulator'])
  for (const [name, service] of Object.entries(services)) {
    expect(service.image).toBe(IMAGE)
    expect(service.command).toEqual([name])
    expect(service.networks).toEqual(['engines'])
  }
  expect(services['streamer']?.environment['COINBASE_WS_URL']).toBe('ws://exchange-sandbox:8080')
  expect(services['algorithm']?.environment).toMatchObject({
    STREAMING_SOURCE_IP: 'streamer',
    STREAMING_SOURCE_PORT: '8888',
    RSI_PERIOD: '14',
  })
  expect(services['simulator']?.environment).toMatchObject({
    ALGORITHM_SOURCE_IP: 'algorithm',
    INITIAL_CAPITAL: '100000',
  })
  expect(networks).toEqual({ engines: { internal: true } })
})

it('lets the streamer alone reach a live venue, and says how long the run was to last', () => {
  const { text, services, networks } = parsed({ source: 'coinbase', durationSeconds: 60 })
  expect(Object.keys(services)).toEqual(['streamer', 'algorithm', 'simulator'])
  expect(services['streamer']?.networks).toEqual(['engines', 'outbound'])
  expect(services['simulator']?.networks).toEqual(['engines'])
  expect(networks['engines']).toEqual({ internal: true })
  expect(text).toContain('Stop it after 60 seconds.')
})

it('plays a tape from a folder that engines may only read', () => {
  const { services, text } = parsed({ mode: 'REPLAY', source: 'tape:monday', speed: 10 })
  expect(services['streamer']).toMatchObject({
    environment: { TAPE_PATH: '/tapes/monday.tape', REPLAY_SPEED: '10' },
    volumes: ['./tapes:/tapes:ro'],
  })
  expect(text).toContain('# It needs the tape at ./tapes/monday.tape')
  expect(text).toContain('logs simulator | grep')
})

it('runs a back-test as the one process that it is', () => {
  const { services } = parsed({ mode: 'BACKTEST', source: 'tape:monday' })
  expect(Object.values(services).map(({ command }) => command)).toEqual([['backtest']])
})

it('holds every engine back as the launcher does', () => {
  for (const service of Object.values(parsed().services)) {
    expect(service).toMatchObject({
      user: '1000:1000',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: '256m',
      memswap_limit: '256m',
      pids_limit: 64,
      restart: 'no',
    })
  }
})

it('lets no value break out of its place', () => {
  const { text, services } = parsed({ algorithmParameters: { NOTE: 'a"\n  evil: ${HOME}' } })
  expect(text).toContain(String.raw`NOTE: "a\"\n  evil: $${'$'}{HOME}"`)
  expect(services['algorithm']?.environment['NOTE']).toBe('a"\n  evil: $${HOME}')
})
