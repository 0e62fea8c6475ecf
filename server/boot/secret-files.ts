import type { ConfigFault, Environment } from './environment.ts'

/** Variables that may be given as `<NAME>_FILE`: the path of a file that holds the value, as secrets are mounted. */
export const FILE_KEYS = [
  'DATABASE_URL',
  'POSTGRES_PASSWORD',
  'MONGODB_URL',
  'MONGODB_PASSWORD',
  'REDIS_URL',
  'REDIS_PASSWORD',
] as const

/** Reads a text file. @throws Error with a `code` where it cannot. */
export type ReadFile = (path: string) => string

/** The most that such a file may hold: more is no password, but another file. */
const MOST_CHARACTERS = 8_192

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

function faultOf(path: string, error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  return `"${path}" cannot be read: ${REASONS[code] ?? message}`
}

/**
 * Puts the content of files in the place of the variables that name them; white space at the ends does not count.
 * @returns what is to be read from, and what is wrong. A value whose file is at fault is absent, so that whoever reads
 * on must overlook what else is found wrong with the keys in `broken`.
 */
export function readSecretFiles(
  env: Environment,
  readFile: ReadFile,
): { readonly env: Environment; readonly faults: readonly ConfigFault[]; readonly broken: ReadonlySet<string> } {
  const values: Record<string, string | undefined> = { ...env }
  const faults: ConfigFault[] = []
  const broken = new Set<string>()
  const fail = (key: string, message: string): void => {
    broken.add(key)
    faults.push({ key: `${key}_FILE`, message })
  }
  for (const key of FILE_KEYS) {
    const path = env[`${key}_FILE`]?.trim() ?? ''
    if (path === '') continue
    if ((env[key]?.trim() ?? '') !== '') {
      fail(key, `is set together with ${key}; set one of them`)
      continue
    }
    try {
      const text = readFile(path).trim()
      values[key] = text
      if (text === '') fail(key, `"${path}" is empty`)
      else if (text.length > MOST_CHARACTERS || text.includes('\n')) fail(key, `"${path}" holds more than one line`)
    } catch (error) {
      fail(key, faultOf(path, error))
    }
    // Something must stand there, lest its absence be reported too.
    if (broken.has(key)) values[key] = 'unknown'
  }
  return { env: values, faults, broken }
}
