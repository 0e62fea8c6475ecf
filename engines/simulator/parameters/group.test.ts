import { expect, it } from 'vitest'
import * as z from 'zod'
import { simulatorParameters } from '../parameters.ts'

it('shows what few people change in parts of their own, so that what everybody sets stands alone', () => {
  const { properties } = z.toJSONSchema(simulatorParameters) as { properties: Record<string, { group?: string }> }
  const keysOf = (wanted: string | undefined) =>
    Object.entries(properties).flatMap(([key, { group }]) => (group === wanted ? [key] : []))
  expect([...new Set(Object.values(properties).map(({ group }) => group))].sort()).toEqual([
    'Fees and filling',
    'Limits and margin',
    'Protections',
    'Repeating a run',
    'Statistics',
    'Stops and targets',
    undefined,
  ])
  expect(keysOf(undefined)).toEqual([
    'INITIAL_CAPITAL',
    'POSITION_SIZE_PCT',
    'MAX_POSITION_SIZE',
    'MAX_POSITION_PCT',
    'TRADING_FEE_PCT',
    'MIN_CONFIDENCE',
    'ENABLE_SHORTING',
  ])
})
