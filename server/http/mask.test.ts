import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createMask } from './mask.ts'

const log = pino({ level: 'silent' })
const codeOf = (error: unknown, storeIsThere = true): unknown =>
  createMask(log, () => storeIsThere)(error).extensions['code']

it('says that the database is away only where it is', () => {
  const noTurn = new Error('Invalid invocation: timeout exceeded when trying to connect')
  const overdue = Object.assign(new Error('canceling statement'), {
    cause: { kind: 'postgres', originalCode: '57014' },
  })
  expect(codeOf(noTurn)).toBe('SERVER_BUSY')
  expect(codeOf(noTurn, false)).toBe('STORE_UNAVAILABLE')
  expect(codeOf(overdue)).toBe('TIMED_OUT')
  expect(codeOf(new Error('connect ECONNREFUSED 127.0.0.1:5432'))).toBe('STORE_UNAVAILABLE')
  expect(codeOf(new Error('a bug'))).toBe('INTERNAL_SERVER_ERROR')
})
