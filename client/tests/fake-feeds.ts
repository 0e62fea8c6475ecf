import type { ExecutionResult, Sink } from 'graphql-ws'
import type { Connection } from '../graphql/connection.ts'
import { quietConnection, type Answer } from './fake-api.tsx'

interface Open {
  readonly name: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly sink: Sink<ExecutionResult<never>>
}

/** A connection whose feeds are played by a test. */
export interface FakeFeeds {
  /** Hand this to `renderPage`. */
  readonly connection: Connection
  /** Names of the feeds that are open. */
  readonly names: () => readonly string[]
  /** Sends data to all feeds of a name. */
  readonly say: (name: string, data: object) => void
  /** Sends an error to all feeds of a name, and ends them. */
  readonly refuse: (name: string, message: string, code?: string) => void
}

/** @param answer what is asked once over the connection is answered by it; undefined: it is a feed, and stays open */
export function createFakeFeeds(answer: Answer = () => undefined): FakeFeeds {
  const open = new Set<Open>()
  const named = (name: string): readonly Open[] => [...open].filter((one) => one.name === name)
  const connection: Connection = {
    ...quietConnection,
    open(payload, sink) {
      const name = /(?:query|subscription) (\w+)/.exec(payload.query)?.[1] ?? ''
      const variables = (payload.variables ?? {}) as Record<string, unknown>
      const data = answer(name, variables)
      const one: Open = { name, variables, sink: sink as never }
      open.add(one)
      if (data !== undefined) {
        queueMicrotask(() => {
          if (!open.delete(one)) return
          sink.next({ data: data as never })
          sink.complete()
        })
      }
      return () => void open.delete(one)
    },
  }
  return {
    connection,
    names: () => [...open].map(({ name }) => name),
    say: (name, data) => named(name).forEach(({ sink }) => sink.next({ data: data as never })),
    refuse: (name, message, code) =>
      named(name).forEach((one) => {
        open.delete(one)
        one.sink.next({ errors: [{ message, extensions: { code } }] as never })
        one.sink.complete()
      }),
  }
}
