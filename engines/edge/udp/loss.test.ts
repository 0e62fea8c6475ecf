import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLossyRelay, seeded } from '../../../tests/support/wire/lossy-relay.ts'
import { udpEnds } from '../../../tests/support/wire/udp-ends.ts'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import type { Publisher } from './publisher.ts'

const { opened, publisher, listening, close } = udpEnds()

afterEach(close)

const patience = { timeout: 10_000, interval: 5 }
const feed = (sequence: number) =>
  ({ type: 'feed', sequence, time: 1, state: 'CONNECTED', product: '', count: 0, detail: 'up' }) as const

async function relayTo(source: Publisher) {
  const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 3, faults: {} })
  opened.push(relay)
  return relay
}

/** Subscribes by a line that is then cut until the publisher has forgotten both the subscriber and its lane. */
async function forgotten(options: { readonly lossless?: boolean } = {}) {
  const source = await publisher({ maxLanes: 1, heartbeatMs: 20 })
  const relay = await relayTo(source)
  const quick = { products: ['BTC-USD'], ttlMs: 100, silenceMs: 150, ...options }
  const listener = await listening(relay.port, quick)
  source.publish(tickNumber(1))
  await vi.waitFor(() => expect(listener.sequences()).toEqual([1]), patience)
  relay.setFaults({ drop: 1 })
  await vi.waitFor(() => expect(source.subscribers()).toEqual([]), patience)
  // There is room for one lane: the new one's goes.
  const other = await listening(source.port, { products: ['ETH-USD'] })
  await other.subscriber.dispose()
  await vi.waitFor(() => expect(source.statistics().lanes).toBe(0), patience)
  return { source, relay, ...listener }
}

describe('a subscriber that comes back to a stream that was made anew', () => {
  it('counts exactly what its filter would have let through meanwhile as lost', async () => {
    const { source, relay, subscriber, sequences, happenings } = await forgotten()
    for (const product of ['BTC-USD', 'ETH-USD', 'BTC-USD', 'SOL-USD']) source.publish(tickNumber(2, product))
    source.publish(feed(3))
    relay.setFaults({})
    await vi.waitFor(() => expect(happenings).toContain('lost 3'), patience)
    source.publish(tickNumber(9))
    await vi.waitFor(() => expect(sequences()).toEqual([1, 9]), patience)
    expect(subscriber.statistics()).toMatchObject({ received: 2, lost: 3, gaps: 1, restarts: 0, lossUnknown: false })
    expect(subscriber.reached()).toEqual({ publisher: source.emitted().publisher, count: 5 })
  })

  it('has lost nothing where nothing was sent meanwhile', async () => {
    const { source, relay, subscriber, sequences } = await forgotten()
    relay.setFaults({})
    await vi.waitFor(() => expect(subscriber.state()).toBe('live'), patience)
    await vi.waitFor(() => expect(source.subscribers()).toHaveLength(1), patience)
    source.publish(tickNumber(2))
    await vi.waitFor(() => expect(sequences()).toEqual([1, 2]), patience)
    expect(subscriber.statistics()).toMatchObject({ lost: 0, gaps: 0, lossUnknown: false })
  })

  it('says that it does not know what it lost where another publisher is there', async () => {
    const first = await publisher()
    const { subscriber, happenings } = await listening(first.port, { silenceMs: 150 })
    await first.dispose()
    const second = await publisher({ port: first.port, random: seeded(2) })
    second.publish(tickNumber(1))
    await vi.waitFor(() => expect(happenings).toContain('restart'), patience)
    expect(subscriber.statistics()).toMatchObject({ restarts: 1, lossUnknown: true })
    expect(subscriber.reached()?.publisher).toBe(second.emitted().publisher)
  })
})

describe('a subscriber that comes late for the first time', () => {
  it('has lost nothing of a live feed, and what was there before of a tape', async () => {
    const source = await publisher()
    for (const sequence of [1, 2, 3]) source.publish(tickNumber(sequence, sequence === 2 ? 'ETH-USD' : 'BTC-USD'))
    const live = await listening(source.port)
    const tape = await listening(source.port, { lossless: true, products: ['BTC-USD'] })
    expect(live.subscriber.statistics()).toMatchObject({ lost: 0, gaps: 0, lossUnknown: false })
    expect(tape.subscriber.statistics()).toMatchObject({ lost: 2, gaps: 1 })
  })
})

describe('a live subscriber that leaves', () => {
  it('does not know what its source said while it was not heard', async () => {
    const source = await publisher()
    const relay = await relayTo(source)
    const { subscriber, happenings } = await listening(relay.port, { silenceMs: 150 })
    relay.setFaults({ drop: 1 })
    await vi.waitFor(() => expect(happenings).toEqual(['silence']), patience)
    await subscriber.dispose()
    expect(subscriber.statistics().lossUnknown).toBe(true)
  })
})

describe('a publisher that waits for whom it knows alone', () => {
  it('lets nobody else hold it up, and serves them as live readers', async () => {
    const source = await publisher({ waitsFor: 77, window: 4 })
    const stranger = await listening(source.port, { lossless: true })
    const guesser = await listening(source.port, { lossless: true, key: 78 })
    stranger.subscriber.hold()
    guesser.subscriber.hold()
    for (let sequence = 1; sequence <= 500; sequence += 1) source.publish(tickNumber(sequence))
    expect(source.ready()).toBe(true)
    expect(source.subscribers().map((one) => one.lossless)).toEqual([false, false])
    expect(stranger.subscriber.awaited()).toBe(false)
  })

  it('waits for whom it knows also while that one is not heard, and says for how long and for whom', async () => {
    const source = await publisher({ waitsFor: 77, window: 4, heartbeatMs: 20 })
    const relay = await relayTo(source)
    const known = await listening(relay.port, { lossless: true, key: 77, ttlMs: 100, silenceMs: 150 })
    expect(known.subscriber.awaited()).toBe(true)
    relay.setFaults({ drop: 1 })
    let sent = 0
    while (source.publish(tickNumber((sent += 1))));
    await vi.waitFor(() => expect(source.stalled()?.forMs).toBeGreaterThan(300), patience)
    expect(source.ready()).toBe(false)
    expect(source.stalled()?.subscribers).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
    relay.setFaults({})
    await source.whenReady()
    expect(source.stalled()).toBeNull()
    await source.end('done')
    expect(known.sequences()).toHaveLength(sent)
    expect(known.subscriber.statistics()).toMatchObject({ lost: 0, lossUnknown: false })
  })

  it('waits for whom it knows also at the end, and says so', async () => {
    const source = await publisher({ waitsFor: 77, heartbeatMs: 20, endTimeoutMs: 50 })
    const relay = await relayTo(source)
    const known = await listening(relay.port, { lossless: true, key: 77, ttlMs: 100, silenceMs: 150 })
    relay.setFaults({ drop: 1 })
    source.publish(tickNumber(1))
    const ended = source.end('done')
    await vi.waitFor(() => expect(source.stalled()?.forMs).toBeGreaterThan(200), patience)
    relay.setFaults({})
    expect(await ended).toBe(true)
    expect(known.sequences()).toEqual([1])
    expect(source.stalled()).toBeNull()
  })

  it('no longer waits for one that is not heard once another has come in its place', async () => {
    const source = await publisher({ waitsFor: 77, window: 4, heartbeatMs: 20 })
    const relay = await relayTo(source)
    await listening(relay.port, { lossless: true, key: 77, ttlMs: 100 })
    relay.setFaults({ drop: 1 })
    let sent = 0
    while (source.publish(tickNumber((sent += 1))));
    await vi.waitFor(() => expect(source.stalled()?.forMs).toBeGreaterThan(120), patience)
    const next = await listening(source.port, { lossless: true, key: 77 })
    await source.whenReady()
    expect(next.subscriber.statistics().lost).toBe(sent)
  })

  it('waits for nobody where nobody is to be waited for', async () => {
    const source = await publisher({ waitsFor: 'nobody', window: 4, endTimeoutMs: 100 })
    const reader = await listening(source.port, { lossless: true })
    reader.subscriber.hold()
    for (let sequence = 1; sequence <= 500; sequence += 1) expect(source.publish(tickNumber(sequence))).toBe(true)
    expect(await source.end('done')).toBe(false)
  })
})

describe('a subscriber that asks for what is newest', () => {
  it('is told it at once, apart from the stream', async () => {
    const newest: unknown[] = []
    const source = await publisher()
    source.publish(tickNumber(1, 'ETH-USD'))
    source.publish(tickNumber(2))
    source.publish(tickNumber(3))
    const { sequences, subscriber } = await listening(source.port, {
      products: ['BTC-USD'],
      onNewest: (message) => newest.push(message),
    })
    await vi.waitFor(() => expect(newest).toEqual([tickNumber(3)]), patience)
    source.publish(tickNumber(4))
    await source.end('done')
    expect(sequences()).toEqual([4])
    expect(newest).toHaveLength(1)
    expect(subscriber.statistics()).toMatchObject({ received: 1, garbage: 0, lost: 0 })
  })
})
