import pino from 'pino'
import { describe, expect, it, vi } from 'vitest'
import type { SimulationSpec } from '../../engines/domain/simulation.ts'
import type { StartRequest } from '../../schema/context.ts'
import type { RunStore } from '../store/port.ts'
import { createRunControl, type ControlOptions } from './control.ts'

const SANDBOX = { name: 'sandbox', description: 'Generated.', products: ['BTC-USD'], available: true }
const RSI = {
  name: 'rsi',
  title: '',
  description: '',
  documentation: null,
  parametersSchema: {},
  defaults: {},
  warmUp: 1,
}

/** A control over a store that enters each run and then fails with `error`, as where the answer is lost. */
function control(error: Error, works: boolean) {
  const rows = new Map<string, { spec: SimulationSpec; key: string | null }>()
  const tried: string[] = []
  const runs: Partial<RunStore> = {
    findByKey: (key) => Promise.resolve(([...rows.values()].find((row) => row.key === key) ?? null) as never),
    create(spec, _launcher, key) {
      tried.push(spec.id)
      rows.set(spec.id, { spec, key })
      return Promise.reject(error)
    },
    delete: (id) => Promise.resolve(void rows.delete(id)),
  }
  const options = {
    request: {
      algorithms: { list: () => [RSI], find: () => RSI },
      parameters: { algorithm: () => ({ ok: true, value: {} }), simulator: () => ({ ok: true, value: {} }) },
      sources: { find: () => Promise.resolve(SANDBOX) },
      launchers: [{ kind: 'PROCESS' }],
    },
    runs,
    maxSimulations: 1,
    storeWorks: () => Promise.resolve(works),
    log: pino({ level: 'silent' }),
  } as unknown as ControlOptions
  return { runs: createRunControl(options), rows, tried }
}
const request: StartRequest = { algorithm: 'rsi', mode: 'LIVE', idempotencyKey: 'a key' }
const LOST = new Error('Connection terminated unexpectedly')

describe('a start that is refused', () => {
  it('leaves no run, also where it was entered and only the answer was lost', async () => {
    const { runs, rows } = control(LOST, false)
    expect(await runs.start(request)).toMatchObject({ ok: false, faults: [{ code: 'STORE_UNAVAILABLE' }] })
    await vi.waitFor(() => expect(rows.size).toBe(0))
    expect(runs.running()).toBe(0)
  })

  it('is begun anew by whoever asks again with the same key', async () => {
    const { runs, tried } = control(LOST, false)
    await runs.start(request)
    await runs.start(request)
    expect(new Set(tried).size).toBe(2)
  })

  it.each([
    ['the database where that is away', LOST, false, 'STORE_UNAVAILABLE', /^The database cannot be reached/],
    [
      'this server where the database answers',
      new Error('timeout exceeded when trying to connect'),
      true,
      'SERVER_BUSY',
      /too much to do/,
    ],
  ])('names %s', async (_who, error, works, code, message) => {
    const outcome = await control(error, works).runs.start(request)
    expect(outcome).toMatchObject({ ok: false, faults: [{ code, message: expect.stringMatching(message) }] })
  })

  it('is a bug, and no outage, where the database works and the error is another', async () => {
    await expect(control(new TypeError('x is not a function'), true).runs.start(request)).rejects.toThrow('x is not')
  })
})
