import { vi } from 'vitest'
import type { Answer, GraphqlClient } from '../server/graphql-client.ts'

/** Waits until a check no longer throws; asked every few milliseconds unless told otherwise. */
export function until(check: () => void | Promise<void>, timeout = 15_000, interval = 10): Promise<void> {
  return vi.waitFor(check, { timeout, interval })
}

/** What a subscription brought so far, gathered in the background. */
export interface Gathered<Item> {
  readonly items: readonly Item[]
  /** Messages of errors that it ended with or brought. */
  readonly errors: readonly string[]
  /** Whether the server has ended it. */
  ended(): boolean
  /** Ends it, as a client would. */
  stop(): Promise<void>
}

/** Subscribes over WebSocket and keeps the value of the one field that was asked for. */
export function gather<Item>(
  client: GraphqlClient,
  query: string,
  variables: Record<string, unknown> = {},
): Gathered<Item> {
  const items: Item[] = []
  const errors: string[] = []
  let over = false
  const feed = client.subscribe<Record<string, Item>>(query, variables)
  const take = (answer: Answer<Record<string, Item>>): void => {
    errors.push(...(answer.errors ?? []).map((error) => error.message))
    items.push(...Object.values(answer.data ?? {}))
  }
  const listen = async (): Promise<void> => {
    try {
      for await (const answer of feed) take(answer)
    } catch (error) {
      const faults: readonly unknown[] = Array.isArray(error) ? error : [error]
      errors.push(...faults.map((fault) => (fault as { message?: string }).message ?? JSON.stringify(fault)))
    }
    over = true
  }
  const listening = listen()
  return {
    items,
    errors,
    ended: () => over,
    async stop() {
      await feed.return?.()
      await listening
    },
  }
}
