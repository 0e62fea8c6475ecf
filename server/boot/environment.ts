/** The variables that a process is given. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One variable that cannot be used, and why, for a person. */
export interface ConfigFault {
  readonly key: string
  readonly message: string
}
