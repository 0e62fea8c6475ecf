import { expect, it } from 'vitest'
import { sampleSpec } from '../../tests/support/events.ts'
import { composeFile } from './compose-file.ts'

const ID = '7a5c1f0e-0000-4000-8000-000000000000'

it('wires three engines of one image by name over a private network, and adds the sandbox where it is the source', () => {
  const text = composeFile(sampleSpec(ID))
  for (const service of ['exchange-sandbox', 'streamer', 'algorithm', 'simulator'])
    expect(text).toContain(`\n  ${service}:\n`)
  expect(text.match(/image: aw-trade-engine/g)).toHaveLength(4)
  expect(text).toContain('STREAMING_SOURCE_IP: "streamer"\n      STREAMING_SOURCE_PORT: "8888"')
  expect(text).toContain('ALGORITHM_SOURCE_IP: "algorithm"')
  expect(text).toContain('RSI_PERIOD: "14"')
  expect(text).toContain('INITIAL_CAPITAL: "100000"')
  expect(text).toContain('internal: true')
})

it('lets a live venue be reached, and says how long the run was to last', () => {
  const text = composeFile(sampleSpec(ID, { source: 'coinbase', durationSeconds: 60 }))
  expect(text).not.toContain('exchange-sandbox')
  expect(text).toContain('internal: false')
  expect(text).toContain('# Stop it after 60 seconds.')
})

it('plays a tape from a folder that engines may only read', () => {
  const text = composeFile(sampleSpec(ID, { mode: 'REPLAY', source: 'tape:monday', speed: 10 }))
  expect(text).toContain('TAPE_PATH: "/tapes/monday.tape"')
  expect(text).toContain('REPLAY_SPEED: "10"')
  expect(text).toContain('- "./tapes:/tapes:ro"')
})

it('runs a back-test as the one process that it is', () => {
  const text = composeFile(sampleSpec(ID, { mode: 'BACKTEST', source: 'tape:monday' }))
  expect(text.match(/image:/g)).toHaveLength(1)
  expect(text).toContain('command: ["backtest"]')
})

it('lets no value break out of its place', () => {
  const text = composeFile(sampleSpec(ID, { algorithmParameters: { NOTE: 'a"\n  evil: ${HOME}' } }))
  expect(text).toContain(String.raw`NOTE: "a\"\n  evil: $${'$'}{HOME}"`)
})
