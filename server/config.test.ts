import { describe, expect, it } from 'vitest'
import { describeFaults, parseConfig } from './config.ts'
import { defaultEngineUser } from './launcher/docker/settings.ts'

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
  ['DATABASE_POOL_SIZE', '3'],
  ['MAX_CONNECTIONS', '19'],
  ['MAX_CONNECTIONS_PER_ADDRESS', 'all'],
  ['POSTGRES_PORT', '0'],
])('refuses %s=%s', (key, value) => {
  expect(faultKeys({ POSTGRES_HOST: 'db', [key]: value })).toContain(key)
})

it('says that a swarm needs Redis', () => {
  const result = parseConfig({ LAUNCHER: 'swarm' })
  expect(result.ok ? '' : describeFaults(result.faults)).toContain('"swarm" needs Redis')
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

it('lets containers reach Redis over a network, where nothing secret is needed for it', () => {
  const env = { REDIS_URL: 'redis://:secret@db', ENGINE_REDIS_URL: 'redis://redis', ENGINE_REDIS_NETWORK: 'bus' }
  expect(parseConfig(env)).toMatchObject({
    config: { redisUrl: env.REDIS_URL, engineRedisUrl: env.ENGINE_REDIS_URL, docker: { redisNetwork: 'bus' } },
  })
  expect(faultKeys({ REDIS_URL: 'redis://:secret@db', ENGINE_REDIS_NETWORK: 'bus' })).toEqual(['ENGINE_REDIS_URL'])
  expect(faultKeys({ ENGINE_REDIS_NETWORK: 'bus' })).toEqual(['ENGINE_REDIS_NETWORK'])
  expect(faultKeys({ REDIS_URL: 'redis://db', ENGINE_REDIS_NETWORK: 'a b' })).toEqual(['ENGINE_REDIS_NETWORK'])
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

describe('a variable that a file holds', () => {
  const files: Readonly<Record<string, string>> = {
    '/run/secrets/password': 'p@ss\n',
    '/run/secrets/url': 'redis://:hidden@redis:6379\n',
    '/run/secrets/empty': '\n',
    '/etc/passwd': 'root:x\nme:y\n',
  }
  const parse = (env: Record<string, string>) =>
    parseConfig(env, (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      return text
    })
  const faults = (env: Record<string, string>) => {
    const result = parse(env)
    return result.ok ? '' : describeFaults(result.faults)
  }

  it('is read from it, without the line end', () => {
    const file = '/run/secrets/password'
    expect(
      parse({
        POSTGRES_HOST: 'db',
        POSTGRES_PASSWORD_FILE: file,
        MONGODB_HOST: 'mongo',
        MONGODB_USER: 'me',
        MONGODB_PASSWORD_FILE: file,
        REDIS_HOST: 'redis',
        REDIS_USER: 'server',
        REDIS_PASSWORD_FILE: file,
      }),
    ).toMatchObject({
      config: {
        databaseUrl: 'postgresql://postgres:p%40ss@db:5432/aw_trade',
        mongoUrl: 'mongodb://me:p%40ss@mongo:27017/aw_trade?authSource=admin',
        redisUrl: 'redis://server:p%40ss@redis:6379',
      },
    })
    expect(parse({ REDIS_URL_FILE: '/run/secrets/url' })).toMatchObject({
      config: { redisUrl: 'redis://:hidden@redis:6379' },
    })
  })

  it.each([
    ['/run/secrets/nothing', 'there is no such file'],
    ['/run/secrets/empty', 'is empty'],
    ['/etc/passwd', 'holds more than one line'],
  ])('is a fault where the file cannot be used, and the only one: %s', (path, told) => {
    const lines = faults({ MONGODB_HOST: 'mongo', MONGODB_USER: 'me', MONGODB_PASSWORD_FILE: path }).split('\n')
    expect(lines.slice(1)).toEqual([expect.stringMatching(new RegExp(`MONGODB_PASSWORD_FILE: "${path}".*${told}`))])
    expect(faults({ DATABASE_URL_FILE: path }).split('\n')).toHaveLength(2)
  })

  it('is a fault where the variable is given too', () => {
    expect(faults({ DATABASE_URL_FILE: '/run/secrets/url', DATABASE_URL: 'postgresql://h/db' })).toMatch(
      /DATABASE_URL_FILE: is set together with DATABASE_URL; set one of them/,
    )
  })

  it('is checked like any other, and not repeated', () => {
    expect(faults({ DATABASE_URL_FILE: '/run/secrets/url' })).toMatch(/DATABASE_URL: this is not an address/)
    expect(faults({ DATABASE_URL_FILE: '/run/secrets/url' })).not.toContain('hidden')
  })
})

it('takes the names by which it may be called', () => {
  expect(parseConfig({ ALLOWED_HOSTS: 'Trade.example, server,[::1]' })).toMatchObject({
    config: { allowedHosts: ['trade.example', 'server', '[::1]'] },
  })
  expect(parseConfig({})).toMatchObject({ config: { allowedHosts: null } })
  expect(faultKeys({ ALLOWED_HOSTS: 'http://trade.example' })).toEqual(['ALLOWED_HOSTS'])
  expect(faultKeys({ ALLOWED_HOSTS: 'trade.example:8000' })).toEqual(['ALLOWED_HOSTS'])
  expect(faultKeys({ REDIS_HOST: 'redis', REDIS_USER: 'me' })).toEqual(['REDIS_PASSWORD'])
})
