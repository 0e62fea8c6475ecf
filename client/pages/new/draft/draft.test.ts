import { parse, valueFromASTUntyped, visit } from 'graphql'
import { expect, it } from 'vitest'
import { parametersOf, rangeOf } from '../../../ui/parameter-schema.ts'
import type { RunToRepeat, Source } from '../documents.ts'
import { draftOfRun, FIRST_MARKET, inMode, inputOf, onSource, type Draft } from './draft.ts'
import { marketFaults, parameterFaults, standing, toldFaults } from './faults.ts'
import { mutationText } from './mutation-text.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    PERIOD: { type: 'integer', minimum: 2, maximum: 1000, default: 14, title: 'Period', unit: 'prices' },
    SHARE: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.05, title: 'Share' },
    SHORTING: { type: 'boolean', default: true, title: 'Shorting' },
    STYLE: { type: 'string', enum: ['calm', 'wild'], default: 'calm', title: 'Style' },
  },
}
const parameters = parametersOf(schema)
const check = (entries: Record<string, string | number | boolean>) =>
  parameterFaults('algorithmParameters', schema, parameters, entries)

const SANDBOX: Source = { name: 'sandbox', description: '', products: ['BTC-USD', 'ETH-USD'], available: true }
const TAPE: Source = {
  name: 'tape:sample',
  description: '',
  products: ['ETH-USD', 'SOL-USD', 'SOL-EUR'],
  available: true,
}

it('finds nothing wrong with the defaults, and every fault of other values at once', () => {
  expect(check({})).toEqual({})
  expect(check({ PERIOD: 1.5, SHARE: 0, STYLE: 'odd' })).toEqual({
    'algorithmParameters.PERIOD': 'Give a whole number: 2 to 1,000.',
    'algorithmParameters.SHARE': 'Give a number: above 0, at most 1.',
    'algorithmParameters.STYLE': 'Choose one of calm, wild.',
  })
})

it.each([
  ['an empty field', ''],
  ['a text', 'fast'],
  ['too little', 1],
  ['too much', 1001],
])('refuses %s where a whole number is due', (_what, value) => {
  expect(Object.keys(check({ PERIOD: value }))).toEqual(['algorithmParameters.PERIOD'])
})

it('takes what stands right at the edge of a range, but not where the edge is left out', () => {
  expect(check({ PERIOD: 2 })).toEqual({})
  expect(check({ PERIOD: 1000, SHARE: 1 })).toEqual({})
  expect(Object.keys(check({ SHARE: 0 }))).toEqual(['algorithmParameters.SHARE'])
  expect(parameters.map(rangeOf)).toEqual(['2 to 1,000', 'above 0, at most 1', '', ''])
})

it('finds what is wrong with a market', () => {
  const sources = [SANDBOX, TAPE, { ...SANDBOX, name: 'coinbase', available: false }]
  expect(marketFaults(FIRST_MARKET, sources)).toEqual({})
  expect(marketFaults({ ...FIRST_MARKET, mode: 'REPLAY', speed: '', products: [], seed: -1 }, sources)).toEqual({
    source: 'This mode plays a tape; choose one.',
    products: 'Choose at least one product.',
    speed: 'Give a number above 0.',
    seed: 'Give a whole number from 0 to 2,147,483,647, or nothing.',
  })
  expect(marketFaults({ ...FIRST_MARKET, source: 'coinbase' }, sources)['source']).toContain('cannot be reached')
  expect(marketFaults({ ...FIRST_MARKET, source: 'tape:gone', mode: 'REPLAY' }, sources)['source']).toContain(
    'not there any more',
  )
  expect(marketFaults({ ...FIRST_MARKET, durationSeconds: 3e9 }, sources)).toHaveProperty('durationSeconds')
  // What is not known yet is not held against anybody.
  expect(marketFaults({ ...FIRST_MARKET, source: 'coinbase' }, null)).toEqual({})
})

it('keeps the products that another source has too, and begins with its own where there are none', () => {
  const both = { ...FIRST_MARKET, products: ['BTC-USD', 'ETH-USD'] }
  expect(onSource(both, TAPE).products).toEqual(['ETH-USD'])
  expect(onSource(FIRST_MARKET, TAPE).products).toEqual(['ETH-USD', 'SOL-USD'])
})

it('goes to a source that fits when the mode is changed, and stays where it fits already', () => {
  const replay = inMode(FIRST_MARKET, 'REPLAY', [SANDBOX, TAPE])
  expect(replay).toMatchObject({ mode: 'REPLAY', source: 'tape:sample', products: ['ETH-USD', 'SOL-USD'] })
  expect(inMode(replay, 'BACKTEST', [SANDBOX, TAPE])).toEqual({ ...replay, mode: 'BACKTEST' })
  expect(inMode(FIRST_MARKET, 'REPLAY', [SANDBOX])).toMatchObject({ source: '', products: [] })
})

const draft: Draft = {
  algorithm: 'rsi',
  algorithmParameters: { rsi: { PERIOD: 7, SHARE: 0.05, GONE: 3 }, other: { PERIOD: 99 } },
  simulatorParameters: { SHORTING: false, PERIOD: '' },
  market: { ...FIRST_MARKET, speed: 5, durationSeconds: 60, seed: 3 },
}

it('asks only for what differs from the defaults, and for what the mode takes', () => {
  expect(inputOf(draft, parameters, parameters)).toEqual({
    algorithm: 'rsi',
    algorithmParameters: { PERIOD: 7 },
    simulatorParameters: { SHORTING: false },
    mode: 'LIVE',
    source: 'sandbox',
    products: ['BTC-USD'],
    durationSeconds: 60,
    seed: 3,
  })
  const tape = { ...draft, market: { ...draft.market, mode: 'REPLAY' as const, source: 'tape:a' } }
  expect(inputOf(tape, parameters, parameters)).toMatchObject({ speed: 5 })
  expect(inputOf(tape, parameters, parameters)).not.toHaveProperty('seed')
})

it('repeats how a run was switched where its market comes again, which is where it played a tape', () => {
  const run = {
    algorithm: { id: 'a', name: 'rsi', title: 'RSI' },
    algorithmParameters: {},
    simulatorParameters: { SHORTING: false },
    source: { name: 'tape:sample' },
    products: ['BTC-USD'],
    durationSeconds: null,
    speed: 10,
    seed: '1',
    tradingSwitches: '7:HALTED 9:ACTIVE',
  }
  const of = (more: object) => draftOfRun({ ...run, ...more } as unknown as RunToRepeat).simulatorParameters
  expect(of({ mode: 'REPLAY' })).toEqual({ SHORTING: false, TRADING_SWITCHES: '7:HALTED 9:ACTIVE' })
  expect(of({ mode: 'REPLAY', tradingSwitches: null })).toEqual({ SHORTING: false })
  expect(of({ mode: 'LIVE', source: { name: 'sandbox' } })).toEqual({ SHORTING: false })
})

it('writes a mutation that GraphQL reads as the very same input', () => {
  const market = { ...draft.market, source: 'tape:a "b"\\', mode: 'REPLAY' as const, launcher: 'DOCKER' as const }
  const input = inputOf({ ...draft, market }, parameters, parameters)
  const values: unknown[] = []
  visit(parse(mutationText(input)), {
    Argument: ({ value }) => {
      values.push(valueFromASTUntyped(value))
    },
  })

  expect(JSON.parse(JSON.stringify(values))).toEqual([input])
})

it("puts the server's faults where they belong, and takes back what a change may have mended", () => {
  const errors = [
    {
      path: ['input', 'algorithmParameters', 'LOW'],
      message: 'LOW must be under HIGH',
      code: 'CONFLICTING_PARAMETERS',
    },
    { path: ['input', 'products', '1'], message: 'There is no such product.', code: 'UNKNOWN_PRODUCT' },
    { path: null, message: 'Too many run already.', code: 'TOO_MANY' },
  ]
  const told = toldFaults(errors)
  expect(told.map(({ place, message }) => [place, message])).toEqual([
    ['algorithmParameters.LOW', 'LOW must be under HIGH.'],
    ['products', 'There is no such product.'],
    ['', 'Too many run already.'],
  ])
  const left = (changed: string) => standing(told, changed).map(({ place }) => place)
  expect(left('algorithmParameters.HIGH')).toEqual(['products', ''])
  expect(left('products')).toEqual(['algorithmParameters.LOW', ''])
  expect(left('source')).toEqual(['algorithmParameters.LOW', ''])
  expect(left('algorithm')).toEqual(['products', ''])
})
