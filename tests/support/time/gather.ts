import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, GraphqlClient } from '../server/graphql-client.ts'

/** The pauses between looks, in milliseconds. */
const FIRST_PAUSE = 5
const LAST_PAUSE = 50

/**
 * Waits until a check no longer throws. Asked after a few milliseconds at first, and less often the longer it takes: what
 * asks, and the server that answers, take from the machine what the engines need that are waited for.
 * @throws what the check threw last, once the time is over
 */
export async function until(check: () => void | Promise<void>, timeout = 15_000): Promise<void> {
  const deadline = performance.now() + timeout
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.2, LAST_PAUSE)) {
    try {
      await check()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await delay(pause)
  }
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
