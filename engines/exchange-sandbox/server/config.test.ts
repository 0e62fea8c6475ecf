import { describe, expect, it } from 'vitest'
import { BadEnvironmentError } from '../../edge/process/env.ts'
import { parseConfig } from './config.ts'

describe('the variables of the sandbox', () => {
  it('may all be left out', () => {
    expect(parseConfig({})).toEqual({
      host: '127.0.0.1',
      port: 0,
      seed: 1,
      products: [],
      activity: 1,
      speed: 1,
      startOn: null,
      capture: null,
      tape: null,
    })
  })

  it('are read under their names', () => {
    const market = { SANDBOX_SEED: '42', SANDBOX_PRODUCTS: 'BTC-USD, POL-USD', SANDBOX_ACTIVITY: '2.5' }
    expect(parseConfig({ ...market, BIND_ADDR: '0.0.0.0:9000', SANDBOX_SPEED: '10' })).toMatchObject({
      host: '0.0.0.0',
      port: 9000,
      seed: 42,
      products: ['BTC-USD', 'POL-USD'],
      activity: 2.5,
      speed: 10,
    })
    expect(parseConfig({ SANDBOX_CAPTURE: 'file' }).capture).toBe('file')
    expect(parseConfig({ SANDBOX_START: 'first-subscription' }).startOn).toBe('first-subscription')
    expect(() => parseConfig({ SANDBOX_START: 'soon' })).toThrow(/SANDBOX_START/)
  })

  it('are refused with every fault at once', () => {
    const faults = (variables: Record<string, string>): readonly string[] => {
      try {
        parseConfig(variables)
        return []
      } catch (error) {
        if (error instanceof BadEnvironmentError) return error.faults
        throw error
      }
    }
    expect(
      faults({
        BIND_ADDR: 'here',
        SANDBOX_SEED: '-1',
        SANDBOX_PRODUCTS: 'FOO-USD',
        SANDBOX_ACTIVITY: '0',
        SANDBOX_SPEED: 'fast',
      }),
    ).toEqual([
      expect.stringContaining('BIND_ADDR'),
      expect.stringContaining('SANDBOX_SEED'),
      expect.stringContaining('no market is made in FOO-USD'),
      expect.stringContaining('SANDBOX_ACTIVITY'),
      expect.stringContaining('SANDBOX_SPEED'),
    ])
    expect(faults({ SANDBOX_CAPTURE: 'a', SANDBOX_TAPE: 'b', SANDBOX_PRODUCTS: 'BTC-USD' })).toHaveLength(2)
  })
})
