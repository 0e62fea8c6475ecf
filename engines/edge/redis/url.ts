import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Where Redis is (null: nowhere), or what is wrong with the variables that say so, without repeating a password. */
export type RedisUrlResult =
  { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly fault: string }

const fail = (fault: string): RedisUrlResult => ({ ok: false, fault })

/** `REDIS_URL`, a file that holds it (`REDIS_URL_FILE`, as Docker's secrets come), or `REDIS_HOST` with `REDIS_PORT`. */
export function redisUrlOf(env: Environment): RedisUrlResult {
  const text = (name: string): string | null => env[name]?.trim() || null
  const [url, file, host] = [text('REDIS_URL'), text('REDIS_URL_FILE'), text('REDIS_HOST')]
  const given = [url, file, host].filter((value) => value !== null).length
  if (given > 1) return fail('REDIS_URL, REDIS_URL_FILE and REDIS_HOST exclude each other; set one of them')
  if (file !== null) {
    try {
      return checked(readFileSync(file, 'utf8').trim(), 'REDIS_URL_FILE must name a file that holds')
    } catch (error) {
      return fail(`REDIS_URL_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
    }
  }
  if (url !== null) return checked(url, 'REDIS_URL must be')
  if (host === null) return { ok: true, value: null }
  const port = env['REDIS_PORT']?.trim() || '6379'
  if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) {
    return { ok: true, value: `redis://${host}:${port}` }
  }
  return fail(`REDIS_PORT must be a whole number from 1 to 65535; got "${port}"`)
}

function checked(url: string, rule: string): RedisUrlResult {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return { ok: true, value: url }
  return fail(`${rule} an address that starts with redis:// or rediss://`)
}
