import { expect, it } from 'vitest'
import { describeFaults, parseConfig } from './config.ts'
import { defaultEngineUser } from './launcher/docker-settings.ts'

function faultKeys(env: Record<string, string>): readonly string[] {
  const result = parseConfig(env)
  return result.ok ? [] : result.faults.map((fault) => fault.key)
}

it('needs no variable at all', () => {
  const result = parseConfig({})
  expect(result).toMatchObject({
    ok: true,
    config: {
      host: '127.0.0.1',
      port: 8000,
      databaseUrl: null,
      databasePoolSize: 10,
      mongoUrl: null,
      launcher: 'PROCESS',
      logLevel: 'info',
      maxSimulations: 64,
    },
  })
})

it('names every bad variable at once', () => {
  const env = {
    HOST: 'not a host',
    PORT: '70000',
    DATABASE_URL: 'mysql://u:secret@h/db',
    COINBASE_WS_URL: 'http://feed',
    COINBASE_REST_URL: 'nonsense',
    LAUNCHER: 'kubernetes',
    LOG_LEVEL: 'loud',
    MAX_SIMULATIONS: '-1',
  }
  expect([...faultKeys(env)].sort()).toEqual(Object.keys(env).sort())
  const result = parseConfig(env)
  expect(result.ok ? '' : describeFaults(result.faults)).not.toContain('secret')
})

it.each([
  ['PORT', '80.5'],
  ['PORT', '0x50'],
  ['PORT', '-1'],
  ['LAUNCHER', 'swarm'],
  ['DOCKER_HOST', 'http://docker:2375'],
  ['DOCKER_HOST', 'unix://'],
  ['ENGINE_CPUS', '0'],
  ['ENGINE_CPUS', 'many'],
  ['ENGINE_MEMORY_MB', '4'],
  ['ENGINE_PIDS', '1'],
  ['ENGINE_USER', 'root'],
  ['ENGINE_USER', '0:0'],
  ['ENGINE_USER', '1000'],
  ['MAX_SIMULATIONS', '0'],
  ['DATABASE_POOL_SIZE', '1'],
  ['POSTGRES_PORT', '0'],
])('refuses %s=%s', (key, value) => {
  expect(faultKeys({ POSTGRES_HOST: 'db', [key]: value })).toContain(key)
})

it('says that Swarm is not available in this version', () => {
  const result = parseConfig({ LAUNCHER: 'swarm' })
  expect(result.ok ? '' : describeFaults(result.faults)).toContain('not available in this version')
})

it('runs engines as containers where it is told to, with limits, and never as root', () => {
  expect(
    parseConfig({ LAUNCHER: 'docker', ENGINE_CPUS: '0.5', ENGINE_TAPES: 'tapes', SERVER_CONTAINER: 'api' }),
  ).toMatchObject({
    config: {
      launcher: 'DOCKER',
      docker: {
        host: 'unix:///var/run/docker.sock',
        memoryMb: 256,
        cpus: 0.5,
        pids: 64,
        tapes: 'tapes',
        serverContainer: 'api',
      },
    },
  })
  expect(defaultEngineUser(0, 0)).toBe('1000:1000')
  expect(defaultEngineUser(1234, 99)).toBe('1234:99')
  expect(defaultEngineUser(undefined, undefined)).toBe('1000:1000')
})

it('must be told where the tapes are where the server is a container itself', () => {
  expect(faultKeys({ SERVER_CONTAINER: 'api' })).toEqual(['ENGINE_TAPES'])
})

it('treats an empty variable as absent', () => {
  expect(parseConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({
    ok: true,
    config: { port: 8000, databaseUrl: null },
  })
})

it('puts the database address together from its parts, escaping what needs it', () => {
  const env = { POSTGRES_HOST: 'db', POSTGRES_USER: 'a b', POSTGRES_PASSWORD: 'p@ss/word', POSTGRES_DB: 'x' }
  expect(parseConfig(env)).toMatchObject({ config: { databaseUrl: 'postgresql://a%20b:p%40ss%2Fword@db:5432/x' } })
})

it('refuses a database address given twice, and parts without a host', () => {
  expect(faultKeys({ DATABASE_URL: 'postgresql://h/db', POSTGRES_HOST: 'db' })).toEqual(['DATABASE_URL'])
  expect(faultKeys({ POSTGRES_USER: 'me' })).toEqual(['POSTGRES_HOST'])
})

it('takes an address of MongoDB as it is, and puts one together from its parts', () => {
  const several = 'mongodb://me:p%40ss@one:27017,two:27018/mine?replicaSet=rs'
  expect(parseConfig({ MONGODB_URL: several })).toMatchObject({ config: { mongoUrl: several } })
  expect(parseConfig({ MONGODB_HOST: 'mongo' })).toMatchObject({
    config: { mongoUrl: 'mongodb://mongo:27017/aw_trade' },
  })
  const env = { MONGODB_HOST: '::1', MONGODB_PORT: '1', MONGODB_USER: 'a b', MONGODB_PASSWORD: 'p@s', MONGODB_DB: 'x' }
  expect(parseConfig(env)).toMatchObject({ config: { mongoUrl: 'mongodb://a%20b:p%40s@[::1]:1/x?authSource=admin' } })
})

it('names everything that is wrong with MongoDB at once, and never the password', () => {
  expect(faultKeys({ MONGODB_URL: 'http://u:secret@h', MONGODB_HOST: 'db' })).toEqual(['MONGODB_URL', 'MONGODB_URL'])
  expect(faultKeys({ MONGODB_PORT: 'x', MONGODB_PASSWORD: 'secret', MONGODB_DB: 'a/b' })).toEqual([
    'MONGODB_PORT',
    'MONGODB_USER',
    'MONGODB_HOST',
  ])
  expect(faultKeys({ MONGODB_HOST: 'a b', MONGODB_USER: 'me', MONGODB_DB: 'a/b' })).toEqual([
    'MONGODB_PASSWORD',
    'MONGODB_HOST',
    'MONGODB_DB',
  ])
  const result = parseConfig({ MONGODB_URL: 'http://u:secret@h', MONGODB_PASSWORD: 'secret' })
  expect(result.ok ? '' : describeFaults(result.faults)).not.toContain('secret')
})
