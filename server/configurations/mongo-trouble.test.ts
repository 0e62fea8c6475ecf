import { describe, expect, it } from 'vitest'
import { loadDriver, troubleOf } from './mongo-trouble.ts'

const driver = await loadDriver()
const withCode = (code: string | number) => Object.assign(new Error(`it said ${code}`), { code })
const ofServer = (code: number) => new driver.MongoServerError({ message: `it said ${code}`, code })
/** As the driver throws it where a write of many fails with something. */
const wrapped = (error: Error) => new driver.MongoBulkWriteError(error as never, {} as never)

describe('what is wrong with a MongoDB', () => {
  it.each([
    ['a name that cannot be found', withCode('ENOTFOUND')],
    ['a name server that is silent', withCode('ETIMEOUT')],
    ['a reset connection', withCode('ECONNRESET')],
    ['a reset connection, in a write of many', wrapped(withCode('ECONNRESET'))],
    ['a lost connection', new driver.MongoNetworkError('gone')],
    ['a lost connection, in a write of many', wrapped(new driver.MongoNetworkError('gone'))],
    ['a client that was closed', new driver.MongoExpiredSessionError()],
    ['a server that shuts down', ofServer(11_600)],
    ['a server that shuts down, in a write of many', wrapped(ofServer(11_600))],
    ['a router that does not reach its shard', ofServer(6)],
  ])('is that it is away for a while: %s', (_, error) => {
    expect(troubleOf(driver, error)?.advice).toContain('try again in a moment')
  })

  it.each([
    ['who we say we are', ofServer(18), 'MONGODB_PASSWORD'],
    ['what we want to do', ofServer(13), 'readWrite'],
    ['what we want to do, in a write of many', wrapped(ofServer(13)), 'readWrite'],
  ])('is that it refuses %s', (_, error, advice) => {
    expect(troubleOf(driver, error)?.advice).toContain(advice)
  })

  it.each([
    ['a document that is there already', ofServer(11_000)],
    ['a document that it refuses', ofServer(121)],
    ['an argument of ours', new driver.MongoInvalidArgumentError('no')],
    ['an argument of ours, in a write of many', wrapped(new driver.MongoInvalidArgumentError('no'))],
    ['a mistake of ours', new TypeError('undefined is not a function')],
    ['a mistake of ours, in a write of many', wrapped(new TypeError('undefined is not a function'))],
    ['a file that is not there', withCode('ENOENT')],
    ['nothing that is an error', 'away'],
  ])('is not where something else is: %s', (_, error) => {
    expect(troubleOf(driver, error)).toBeNull()
  })
})
