import { expect, it } from 'vitest'
import { Prisma } from '../../prisma/generated/client.ts'
import { DockerError } from '../launcher/docker/daemon.ts'
import { reasonOf } from './reason.ts'

const version = { clientVersion: '7' }

it.each([
  new Prisma.PrismaClientKnownRequestError('Raw query failed. Code: `22003`. Message: `integer out of range`', {
    code: 'P2010',
    ...version,
  }),
  new Prisma.PrismaClientUnknownRequestError('Invalid `prisma.$executeRaw()` invocation', version),
  new Prisma.PrismaClientValidationError('Argument `count` must be', version),
  Object.assign(new Error('integer out of range'), { name: 'DriverAdapterError' }),
  Object.assign(new Error('value "3000000000" is out of range for type integer'), { severity: 'ERROR', code: '22003' }),
])("does not hand a database library's words to the owner of a run: $message", (error) => {
  expect(reasonOf(error)).toBe("the database did not take what was to be written; the server's log says why")
})

it('says that a database is away, and passes on what was written for a person', () => {
  const away = Object.assign(new Error('Connection terminated unexpectedly'), { severity: 'FATAL', code: '57P01' })
  expect(reasonOf(away)).toBe('the database could not be reached')
  expect(reasonOf(new Error('The tape is not there.'))).toBe('The tape is not there.')
  expect(reasonOf('a word')).toBe('a word')
})

it('leaves to the log what another library says, and what a bug does', () => {
  const foreign = [
    new TypeError("Cannot read properties of undefined (reading 'sequence')"),
    Object.assign(new Error('(HTTP code 500) server error - boom'), { statusCode: 500 }),
  ]
  for (const error of foreign)
    expect(reasonOf(error)).toBe('an unexpected error, which the log of this server shows whole')
  expect(reasonOf(new DockerError('Docker cannot be reached.', null, null))).toBe('Docker cannot be reached.')
})
