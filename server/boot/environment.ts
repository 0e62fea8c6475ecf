/** The variables that a process is given. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One variable that cannot be used, and why, for a person. */
export interface ConfigFault {
  readonly key: string
  readonly message: string
}

/**
 * Takes away what libpq, PostgreSQL's own client, is told by a shell's environment (`PGSSLMODE`, `PGOPTIONS`, `PGUSER` …). The
 * driver obeys it too, whatever its address says, and it is not meant for a database that only this server knows.
 */
export function forgetLibpq(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]/.test(name)) Reflect.deleteProperty(env, name)
}
