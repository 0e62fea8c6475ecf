import { expect, it } from 'vitest'
import { DockerError } from '../launcher/docker/daemon.ts'
import { saidToPerson } from './reason.ts'

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
