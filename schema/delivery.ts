/** One event on its way to a subscriber: a value, or the error that ends the feed. */
export type Delivery<Item> = { readonly item: Item } | { readonly error: unknown }

/**
 * Carries a feed to its subscriber. An error of the feed becomes its last event, so that it arrives as an ordinary
 * GraphQL error (with its code, masked where it is a bug) over every transport, and the connection lives on.
 * Written out as an iterator: an async generator could not be ended while it waits for the next event.
 */
export function deliver<Item>(feed: AsyncIterableIterator<Item>): AsyncIterableIterator<Delivery<Item>> {
  let over = false
  const done = { value: undefined, done: true } as const
  return {
    async next() {
      if (over) return done
      try {
        const result = await feed.next()
        if (result.done !== true) return { value: { item: result.value }, done: false }
        over = true
        return done
      } catch (error) {
        over = true
        return { value: { error }, done: false }
      }
    },
    async return() {
      over = true
      await feed.return?.()
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** The event's value. @throws the error that ended the feed. */
export function received<Item>(delivery: Delivery<Item>): Item {
  if ('error' in delivery) throw delivery.error
  return delivery.item
}

/** The same feed with each item turned into another. */
export function mapFeed<Item, Mapped>(
  feed: AsyncIterableIterator<Item>,
  map: (item: Item) => Mapped,
): AsyncIterableIterator<Mapped> {
  return {
    async next() {
      const result = await feed.next()
      return result.done === true ? { value: undefined, done: true } : { value: map(result.value), done: false }
    },
    async return() {
      await feed.return?.()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
