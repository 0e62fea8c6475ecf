/** Hears what is published on a topic. Called at once, in order; must not block or throw. */
export type Listener<Item> = (item: Item) => void

/**
 * Topics within this process. A topic exists as long as somebody listens; publishing where nobody does costs a look-up.
 */
export interface Topics<Item> {
  publish(topic: string, item: Item): void
  /** @returns what ends the subscription; more than one call does no harm. */
  subscribe(topic: string, listener: Listener<Item>): () => void
  /** To every topic that somebody listens to. */
  publishAll(item: Item): void
  /** How many listen to a topic. */
  listeners(topic: string): number
  /** How many topics somebody listens to. */
  readonly size: number
}

/** Makes an independent set of topics. */
export function createTopics<Item>(): Topics<Item> {
  const topics = new Map<string, Set<{ readonly hear: Listener<Item> }>>()
  return {
    publish(topic, item) {
      const listeners = topics.get(topic)
      if (listeners === undefined) return
      for (const { hear } of listeners) hear(item)
    },
    publishAll(item) {
      for (const listeners of [...topics.values()]) for (const { hear } of [...listeners]) hear(item)
    },
    subscribe(topic, listener) {
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners)
      // Wrapped, so that one function may listen twice and be taken away once.
      const entry = { hear: listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic)
      }
    },
    listeners: (topic) => topics.get(topic)?.size ?? 0,
    get size() {
      return topics.size
    },
  }
}
