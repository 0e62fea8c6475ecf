import { describe, expect, it, vi } from 'vitest'
import { createEvents, readAll, type EventSource, type PageOf } from './events.ts'

interface Item {
  readonly sequence: string
}
const items = (from: number, to: number): readonly Item[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_none, index) => ({ sequence: String(from + index) }))

/** A list of the events 1 to `count`, as the API gives it. */
function createSource(count: number) {
  const asked: PageOf[] = []
  const feed: { push: ((item: Item) => void) | null; after: string } = { push: null, after: '' }
  const source: EventSource<Item> = {
    cursorOf: ({ sequence }) => sequence,
    page(page) {
      asked.push(page)
      const end = page.before === undefined ? count : Number(page.before) - 1
      const [from, to] =
        page.last === undefined
          ? [Number(page.after ?? 0) + 1, Math.min(count, Number(page.after ?? 0) + (page.first ?? 0))]
          : [Math.max(1, end - page.last + 1), end]
      return Promise.resolve({ items: items(from, to), hasOlder: from > 1, hasNewer: to < count })
    },
    follow(after, onItem) {
      feed.after = after
      feed.push = onItem
      return () => (feed.push = null)
    },
  }
  return { source, asked, feed }
}

const sequences = (events: ReturnType<typeof createEvents<Item>>): string[] => {
  const rows = events.history.newestFirst()
  return Array.from({ length: rows.length }, (_none, index) => rows.at(index)!.sequence)
}

describe('the events of a run', () => {
  it('begin with the newest page, go on with what comes, and grow at the old end when asked', async () => {
    const { source, feed } = createSource(250)
    const events = createEvents(source)
    const close = events.open()
    await vi.waitFor(() => expect(feed.push).not.toBeNull())
    expect(feed.after).toBe('250')
    feed.push!({ sequence: '251' })
    await events.loadOlder()
    await events.loadOlder()
    await events.loadOlder()

    expect(sequences(events)).toEqual(
      items(1, 251)
        .map(({ sequence }) => sequence)
        .toReversed(),
    )
    expect(events.state.get().older).toBe('none')
    close()
    expect(feed.push).toBeNull()
  })

  it('are asked for once, however often one comes near the end', async () => {
    const { source, asked, feed } = createSource(250)
    const events = createEvents(source)
    events.open()
    await vi.waitFor(() => expect(feed.push).not.toBeNull())
    await Promise.all([events.loadOlder(), events.loadOlder()])

    expect(asked).toEqual([{ last: 100 }, { last: 100, before: '151' }])
  })

  it('are loaded back as far as is wanted at once', async () => {
    const { source, asked } = createSource(1_000)
    const events = createEvents(source)
    events.open(250)
    await vi.waitFor(() => expect(events.history.size()).toBe(300))

    expect(asked).toHaveLength(3)
  })

  it('take nothing in once they are closed', async () => {
    const { source, feed } = createSource(5)
    const events = createEvents(source)
    events.open()()
    await Promise.resolve()

    expect([events.history.size(), feed.push]).toEqual([0, null])
  })

  it('tell a fault as a sentence', async () => {
    const source: EventSource<Item> = {
      cursorOf: ({ sequence }) => sequence,
      page: () => Promise.reject([{ message: 'The database cannot be reached.' }]),
      follow: () => () => undefined,
    }
    const events = createEvents(source)
    events.open()

    await vi.waitFor(() => expect(events.state.get().fault?.sentence).toBe('The database cannot be reached.'))
    expect(events.state.get().kind).toBe('ready')
  })
})

describe('reading all', () => {
  it('goes through all pages and tells how far it is', async () => {
    const told: number[] = []
    const all = await readAll(createSource(250).source, (count) => told.push(count), new AbortController().signal)

    expect(all).toEqual(items(1, 250))
    expect(told).toEqual([100, 200, 250])
  })

  it('ends where there is more than can be held', async () => {
    const reading = readAll(createSource(500).source, () => undefined, new AbortController().signal, 200)

    await expect(reading).rejects.toThrow('There are more than 200 rows')
  })
})
