import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { checkParameters, defaultsOf, jsonSchemaOf, parametersFromEnv, withRule } from './parameters.ts'

const schema = withRule(
  z.object({
    PERIOD: z
      .int()
      .min(2)
      .max(1000)
      .default(14)
      .meta({ title: 'Period', unit: 'prices', sweep: { min: 5, max: 50, step: 1 } }),
    LOW: z.number().min(0).max(100).default(30),
    HIGH: z.number().min(0).max(100).default(70),
    FLAG: z.boolean().default(true),
    SHARE: z.number().gt(0).max(1).default(0.5),
  }),
  { keys: ['LOW', 'HIGH'], holds: (value) => value.LOW < value.HIGH, message: 'LOW must be under HIGH' },
)

function faultsOf(input: unknown, path: readonly string[] = []): readonly string[] {
  const outcome = checkParameters(schema, input, path)
  return outcome.ok ? [] : outcome.faults.map((fault) => `${fault.path.join('/')} ${fault.code}: ${fault.message}`)
}

describe('checkParameters', () => {
  it('fills in the defaults of what is not given', () => {
    expect(checkParameters(schema, { PERIOD: 20 })).toEqual({
      ok: true,
      value: { PERIOD: 20, LOW: 30, HIGH: 70, FLAG: true, SHARE: 0.5 },
    })
    expect(checkParameters(schema, undefined)).toEqual({ ok: true, value: defaultsOf(schema) })
    expect(checkParameters(schema, null)).toEqual({ ok: true, value: defaultsOf(schema) })
  })

  it('lists every fault at once, each with its path', () => {
    const input = { PERIOD: 2.5, LOW: 80, HIGH: 20, FLAG: 'yes', SHARE: 0, PERIDO: 3 }
    expect(faultsOf(input, ['input', 'algorithmParameters'])).toEqual([
      'input/algorithmParameters/PERIOD INVALID_PARAMETER: PERIOD must be a whole number from 2 to 1000; got 2.5',
      'input/algorithmParameters/FLAG INVALID_PARAMETER: FLAG must be true or false; got "yes"',
      'input/algorithmParameters/SHARE INVALID_PARAMETER: SHARE must be a number above 0 to 1; got 0',
      'input/algorithmParameters/PERIDO UNKNOWN_PARAMETER: PERIDO is not a parameter here; known are PERIOD, LOW, HIGH, FLAG, SHARE',
      'input/algorithmParameters/LOW CONFLICTING_PARAMETERS: LOW must be under HIGH',
    ])
  })

  it('leaves a cross rule out where one of its own parameters is wrong', () => {
    expect(faultsOf({ LOW: 'x', HIGH: 1 })).toEqual([
      'LOW INVALID_PARAMETER: LOW must be a number from 0 to 100; got "x"',
    ])
  })

  it('checks a cross rule against defaults', () => {
    expect(faultsOf({ LOW: 90 })).toEqual(['LOW CONFLICTING_PARAMETERS: LOW must be under HIGH'])
  })

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['14', '"14"'],
    [null, 'null'],
    [[14], '[14]'],
  ])('refuses %s as a number', (value, shown) => {
    expect(faultsOf({ PERIOD: value })).toEqual([
      `PERIOD INVALID_PARAMETER: PERIOD must be a whole number from 2 to 1000; got ${shown}`,
    ])
  })

  it.each(['text', 3, [], true])('refuses %j as a set of parameters', (input) => {
    expect(faultsOf(input, ['input'])).toEqual([`input NOT_AN_OBJECT: must be an object; got ${JSON.stringify(input)}`])
  })
})

describe('parametersFromEnv', () => {
  it('reads texts into their types and leaves other variables alone', () => {
    const env = { PERIOD: '21', LOW: ' 25.5 ', FLAG: 'false', SHARE: '', PATH: '/bin', HIGH: undefined }
    expect(parametersFromEnv(schema, env)).toEqual({
      ok: true,
      value: { PERIOD: 21, LOW: 25.5, HIGH: 70, FLAG: false, SHARE: 0.5 },
    })
  })

  it('lists every bad variable', () => {
    const outcome = parametersFromEnv(schema, { PERIOD: '0x10', LOW: 'low', FLAG: 'perhaps', SHARE: '-1' })
    expect(outcome.ok ? [] : outcome.faults.map((fault) => fault.path[0])).toEqual(['PERIOD', 'LOW', 'FLAG', 'SHARE'])
  })
})

describe('jsonSchemaOf', () => {
  it('carries defaults, ranges, units and sweeps, and asks for nothing', () => {
    const json = jsonSchemaOf(schema) as { properties: Record<string, unknown>; required?: unknown }
    expect(json.required).toBeUndefined()
    expect(json).toMatchObject({ type: 'object', additionalProperties: false })
    expect(json.properties['PERIOD']).toEqual({
      type: 'integer',
      minimum: 2,
      maximum: 1000,
      default: 14,
      title: 'Period',
      unit: 'prices',
      sweep: { min: 5, max: 50, step: 1 },
    })
  })
})
