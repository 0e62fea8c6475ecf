import { expect, it } from 'vitest'
import { defaultsOf } from '../../domain/parameters.ts'
import { simulatorParameters } from '../parameters.ts'

const given = (LATENCY_DISTRIBUTION: string) =>
  simulatorParameters.safeParse({ ...defaultsOf(simulatorParameters), LATENCY_DISTRIBUTION })

it('takes a distribution of latencies as a run that has measured one tells it', () => {
  expect(
    given('0.01:0.132 0.05:0.2 0.1:0.21 0.25:0.3 0.5:0.41 0.75:0.6 0.9:1.1 0.95:2 0.99:4.2 0.999:12 1:33').success,
  ).toBe(true)
  expect(given('').success).toBe(true)
  expect(given('1:5').success).toBe(true)
})

it('refuses one in which an order takes longer than it may', () => {
  expect(given('0.5:1 1:60001').error?.issues.map(({ message }) => message)).toEqual(['a latency is at most 60000 ms'])
})

it.each(['0.5:1 0.4:2', '0.5:1 0.5:2', '0.5:3 1:2'])('refuses one that falls: %s', (text) => {
  expect(given(text).error?.issues.map(({ message }) => message)).toEqual([
    'shares must rise from point to point, and no latency may be under the one before it',
  ])
})

it.each([
  ['10000:0.0025:0.004 50000:0:0.1', []],
  ['0:0.2:0.1', ['a rate is at most 0.1, which is 10 %']],
  [
    '0:0.1:5 99999999999999999999999999999999:0:0',
    ['a turnover is at most 1000000000000000', 'a rate is at most 0.1, which is 10 %'],
  ],
])(
  'takes fee tiers of the rates that a fee may have, and of turnovers that can be counted: %s',
  (FEE_TIERS, faults) => {
    const { error } = simulatorParameters.safeParse({ ...defaultsOf(simulatorParameters), FEE_TIERS })
    expect(error?.issues.map(({ message }) => message) ?? []).toEqual(faults)
  },
)
