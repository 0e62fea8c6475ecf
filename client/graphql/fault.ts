import type { CombinedError } from '@urql/core'

/** What went wrong, for a person: what is so, what to do, and what a programmer would want to know, folded away. */
export interface Fault {
  readonly sentence: string
  readonly advice: string
  readonly details: string | null
}

interface ServerError {
  readonly message: string
  readonly extensions?: unknown
  readonly path?: readonly (string | number)[] | undefined
}

const AWAY: Omit<Fault, 'details'> = {
  sentence: 'The server cannot be reached.',
  advice: 'What is shown may be old. The page keeps trying; see whether the server still runs.',
}

function describe({ message, path, extensions }: ServerError): string {
  const code = (extensions as { code?: unknown } | undefined)?.code
  const place = path === undefined ? '' : ` at ${path.join('.')}`
  return `${typeof code === 'string' ? `${code}${place}: ` : ''}${message}`
}

function isCombined(error: unknown): error is CombinedError {
  return error instanceof Error && 'graphQLErrors' in error
}

function fromServer(errors: readonly ServerError[]): Fault {
  const [first] = errors
  return {
    sentence: first?.message ?? 'The server answered with an error that it did not explain.',
    advice: 'Try again. If it stays like this, the details below help whoever runs the server.',
    details: errors.map(describe).join('\n'),
  }
}

/** Turns whatever a query, a subscription or a bug brought into a sentence; the server's own sentences stay as they are. */
export function sentenceOf(error: unknown): Fault {
  if (Array.isArray(error)) return fromServer(error as readonly ServerError[])
  if (isCombined(error)) {
    if (error.networkError === undefined) return fromServer(error.graphQLErrors)
    return { ...AWAY, details: error.networkError.message }
  }
  // A WebSocket that closed brings its close event.
  if (typeof error === 'object' && error !== null && 'code' in error && 'reason' in error) {
    return { ...AWAY, details: `The connection was closed (${String(error.code)}). ${String(error.reason)}`.trim() }
  }
  return {
    sentence: 'Something went wrong on this page.',
    advice: 'Load it again. If it comes back, please report it with the details below.',
    details: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  }
}
