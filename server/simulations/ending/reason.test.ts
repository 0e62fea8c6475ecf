import { expect, it } from 'vitest'
import { Prisma } from '../../../prisma/generated/client.ts'
import { DockerError } from '../../launcher/docker/daemon.ts'
import { reasonOf, saidToPerson, SEE_LOG } from './reason.ts'

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
  expect(reasonOf(error)).toBe("The database did not take what was to be written; the server's log says why.")
})

it('says that a database is away, and passes on what was written for a person', () => {
  const away = Object.assign(new Error('Connection terminated unexpectedly'), { severity: 'FATAL', code: '57P01' })
  expect(reasonOf(away)).toBe('The database could not be reached.')
  expect(reasonOf(new Error('The tape is not there.'))).toBe('The tape is not there.')
  expect(reasonOf('a word')).toBe(SEE_LOG)
})

it('gives on what was written for a person', () => {
  expect(saidToPerson(new Error('There is no simulator program.'))).toBe('There is no simulator program.')
  expect(saidToPerson(new DockerError('Docker cannot be reached.', null, null))).toBe('Docker cannot be reached.')
})

it('keeps what libraries and bugs say to the log', () => {
  class PrismaClientKnownRequestError extends Error {}
  const foreign = [
    new PrismaClientKnownRequestError('Invalid `prisma.simulation.findMany()` invocation'),
    new TypeError("Cannot read properties of undefined (reading 'sequence')"),
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('(HTTP code 500) server error - boom'), { statusCode: 500 }),
    'a text',
  ]
  expect(foreign.map(saidToPerson)).toEqual(foreign.map(() => null))
})
