import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLossyRelay, seeded, type LossyRelay } from '../../../tests/support/wire/lossy-relay.ts'
import { udpEnds } from '../../../tests/support/wire/udp-ends.ts'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import type { Publisher } from './publisher.ts'
import { closeSocket, openSocket } from './socket.ts'
import type { Subscriber } from './subscriber.ts'

const { opened, publisher, listen, listening, close } = udpEnds()

afterEach(close)

async function publishPaced(source: Publisher, from: number, to: number): Promise<void> {
  for (let sequence = from; sequence <= to; sequence += 1) {
    if (!source.publish(tickNumber(sequence))) await source.whenReady()
  }
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)
const patience = { timeout: 10_000, interval: 5 }

describe('a publisher and its subscribers', () => {
  it('hand over every message once and in order, and the end with its reason', async () => {
    const source = await publisher()
    const { subscriber, messages, ends } = await listening(source.port)
    const sent = upTo(100).map((sequence) => tickNumber(sequence))
    for (const tick of sent) source.publish(tick)
    expect(await source.end('tape at its end')).toBe(true)
    expect(messages).toEqual(sent)
    expect(ends).toEqual(['tape at its end'])
    expect(subscriber.state()).toBe('ended')
    expect(subscriber.statistics()).toMatchObject({
      received: 100,
      gaps: 0,
      lost: 0,
      duplicates: 0,
      garbage: 0,
      stale: 0,
    })
  })

  it('send at the end of the turn without being asked to', async () => {
    const source = await publisher()
    const { messages } = await listening(source.port)
    source.publish(tickNumber(1))
    await vi.waitFor(() => expect(messages).toEqual([tickNumber(1)]), patience)
    expect(source.statistics().datagrams).toBe(1)
  })

  it('give each subscriber what its filter names, and a feed message about all to all', async () => {
    const source = await publisher()
    const bitcoin = await listening(source.port, { products: ['BTC-USD'] })
    const both = await listening(source.port, { products: ['ETH-USD', 'BTC-USD', 'BTC-USD'] })
    const all = await listening(source.port)
    expect(source.subscribers().map((one) => one.products)).toEqual([['BTC-USD'], ['BTC-USD', 'ETH-USD'], []])
    const feed = {
      type: 'feed',
      sequence: 4,
      time: 1,
      state: 'CONNECTED',
      product: '',
      count: 0,
      detail: 'up',
    } as const
    for (const message of [tickNumber(1, 'BTC-USD'), tickNumber(2, 'ETH-USD'), tickNumber(3, 'SOL-USD'), feed])
      source.publish(message)
    await source.end('done')
    expect(bitcoin.sequences()).toEqual([1, 4])
    expect(both.sequences()).toEqual([1, 2, 4])
    expect(all.sequences()).toEqual([1, 2, 3, 4])
  })

  it('tell when a message was first sent', async () => {
    const sentAts: number[] = []
    const source = await publisher({ now: () => 1_234_567 })
    await listening(source.port, { onMessage: (_, sentAt) => sentAts.push(sentAt) })
    source.publish(tickNumber(1))
    await source.end('done')
    expect(sentAts).toEqual([1_234_567])
  })

  it('start a latecomer at the next message', async () => {
    const source = await publisher()
    const early = await listening(source.port)
    source.publish(tickNumber(1))
    source.flush()
    const late = await listening(source.port)
    source.publish(tickNumber(2))
    await source.end('done')
    expect(early.sequences()).toEqual([1, 2])
    expect(late.sequences()).toEqual([2])
    expect(late.subscriber.statistics().gaps).toBe(0)
  })

  it('end the batch once for each arrival, after its messages', async () => {
    const calls: string[] = []
    const source = await publisher()
    await listening(source.port, { onMessage: () => calls.push('message'), onBatchEnd: () => calls.push('end') })
    for (const sequence of upTo(3)) source.publish(tickNumber(sequence))
    await source.end('done')
    expect(calls).toEqual(['message', 'message', 'message', 'end'])
  })

  it('forget a subscriber that says goodbye, and one that does not renew', async () => {
    const counts: number[] = []
    const source = await publisher({
      onSubscribersChange: (subscribers) => counts.push(subscribers.length),
      heartbeatMs: 20,
    })
    const polite = await listening(source.port)
    await polite.subscriber.dispose()
    await vi.waitFor(() => expect(counts).toEqual([1, 0]), patience)
    expect(source.statistics().lanes).toBe(0)
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 1, faults: {} })
    opened.push(relay)
    await listening(relay.port, { ttlMs: 200 })
    relay.setFaults({ drop: 1 })
    await vi.waitFor(() => expect(counts).toEqual([1, 0, 1, 0]), patience)
    expect(source.ready()).toBe(true)
  })

  it('refuse one filter too many with the reason, and take it when a place is free', async () => {
    const source = await publisher({ maxLanes: 1 })
    const first = await listening(source.port, { products: ['BTC-USD'] })
    const second = await listen(source.port, { products: ['ETH-USD'] })
    await vi.waitFor(
      () => expect(second.happenings).toContain('this publisher serves as many subscribers or filters as it can'),
      patience,
    )
    await first.subscriber.dispose()
    await second.subscriber.whenSubscribed()
    expect(source.subscribers().map((one) => one.products)).toEqual([['ETH-USD']])
  })

  it('drop garbage from anywhere, count it, and go on', async () => {
    const source = await publisher()
    const { subscriber, messages } = await listening(source.port)
    const stranger = await openSocket({ host: '127.0.0.1', port: 0, receiveBufferBytes: 65_536 })
    opened.push({ dispose: () => closeSocket(stranger) })
    stranger.send(new Uint8Array([1, 2, 3]), source.port, '127.0.0.1')
    stranger.send(new Uint8Array([1, 2, 3]), subscriber.port, '127.0.0.1')
    await vi.waitFor(() => {
      expect(source.statistics().garbage).toBe(1)
      expect(subscriber.statistics().foreign).toBe(1)
    }, patience)
    source.publish(tickNumber(1))
    await source.end('done')
    expect(messages).toHaveLength(1)
  })

  it('say in words that a port is taken', async () => {
    const source = await publisher()
    await expect(publisher({ port: source.port })).rejects.toThrow(/UDP 127\.0\.0\.1:\d+ is in use by another program/)
  })

  it('publish nothing after the end', async () => {
    const source = await publisher()
    await source.end('done')
    expect(() => source.publish(tickNumber(1))).toThrow('ended')
  })
})

describe('a lossless subscription', () => {
  it('holds the publisher at its window while the subscriber is held up, and loses nothing', async () => {
    const source = await publisher({ window: 8 })
    const { subscriber, sequences } = await listening(source.port, { lossless: true })
    subscriber.hold()
    let sent = 0
    while (source.publish(tickNumber((sent += 1))));
    // 18 ticks fill a datagram; the eighth one is sent when the first tick after it does not fit.
    expect(sent).toBeGreaterThan(8 * 16)
    expect(sent).toBeLessThan(9 * 20)
    expect(source.subscribers()[0]!.behind).toBe(8)
    expect(sequences()).toEqual([])
    const free = source.whenReady()
    subscriber.release()
    await free
    await publishPaced(source, sent + 1, 5000)
    await source.end('done')
    expect(sequences()).toEqual(upTo(5000))
    expect(source.statistics().lost).toBe(0)
  })

  it('slows a chain of engines down to its slowest, and loses nothing', async () => {
    const source = await publisher({ window: 16, endTimeoutMs: 200 })
    const middle = await publisher({ window: 4, endTimeoutMs: 200 })
    const last = await listening(middle.port, { lossless: true })
    let holding = false
    const between: Subscriber = (
      await listening(source.port, {
        lossless: true,
        onMessage: (message) => {
          if (middle.publish(message) || holding) return
          holding = true
          between.hold()
          void middle.whenReady().then(() => {
            holding = false
            between.release()
          })
        },
        onEnd: (reason) => void middle.end(reason),
      })
    ).subscriber
    last.subscriber.hold()
    const published = publishPaced(source, 1, 20_000).then(() => source.end('done'))
    await vi.waitFor(() => {
      expect(source.ready()).toBe(false)
      expect(middle.ready()).toBe(false)
    }, patience)
    last.subscriber.release()
    expect(await published).toBe(true)
    await vi.waitFor(() => expect(last.ends).toEqual(['done']), patience)
    expect(last.sequences()).toEqual(upTo(20_000))
  })

  it('is waited for at the end while it is held up but alive', async () => {
    const source = await publisher({ window: 8, endTimeoutMs: 300, heartbeatMs: 20 })
    const { subscriber, sequences } = await listening(source.port, { lossless: true })
    subscriber.hold()
    source.publish(tickNumber(1))
    const ended = source.end('done')
    const startedAt = performance.now()
    await vi.waitFor(() => expect(performance.now() - startedAt).toBeGreaterThan(900), patience)
    subscriber.release()
    expect(await ended).toBe(true)
    expect(sequences()).toEqual([1])
  })

  it('does not keep the end waiting when it is gone', async () => {
    const source = await publisher({ endTimeoutMs: 100 })
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 1, faults: {} })
    opened.push(relay)
    await listening(relay.port, { lossless: true })
    relay.setFaults({ drop: 1 })
    source.publish(tickNumber(1))
    expect(await source.end('done')).toBe(false)
  })

  it('no longer holds the publisher once it has expired', async () => {
    const source = await publisher({ window: 4, heartbeatMs: 20 })
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 1, faults: {} })
    opened.push(relay)
    await listening(relay.port, { lossless: true, ttlMs: 200 })
    relay.setFaults({ drop: 1 })
    let sent = 0
    while (source.publish(tickNumber((sent += 1))));
    await source.whenReady()
    expect(source.subscribers()).toEqual([])
  })
})

describe('over a network that drops 5 %, doubles and reorders', () => {
  async function badly(source: Publisher, seed: number): Promise<LossyRelay> {
    const faults = { drop: 0.05, duplicate: 0.05, reorder: 0.05 }
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed, faults })
    opened.push(relay)
    return relay
  }

  it.each([1, 2, 3])('a lossless subscriber gets everything, as fast as it can take it (seed %i)', async (seed) => {
    const source = await publisher({ endTimeoutMs: 10_000 })
    const relay = await badly(source, seed)
    const { subscriber, sequences, ends } = await listening(relay.port, { lossless: true })
    await publishPaced(source, 1, 50_000)
    expect(await source.end('done')).toBe(true)
    expect(sequences()).toEqual(upTo(50_000))
    expect(ends).toEqual(['done'])
    const counts = subscriber.statistics()
    expect(counts).toMatchObject({ received: 50_000, lost: 0, garbage: 0 })
    expect(counts.recovered).toBeGreaterThan(500)
    expect(counts.reordered).toBeGreaterThan(100)
    expect(counts.duplicates).toBeGreaterThan(500)
    expect(relay.counts().dropped).toBeGreaterThan(50)
  })

  it('a live subscriber recovers what the ring still holds', async () => {
    const source = await publisher({ endTimeoutMs: 10_000 })
    const relay = await badly(source, 4)
    const { subscriber, sequences } = await listening(relay.port)
    for (let batch = 0; batch < 200; batch += 1) {
      for (let index = 1; index <= 10; index += 1) source.publish(tickNumber(batch * 10 + index))
      source.flush()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await source.end('done')
    expect(sequences()).toEqual(upTo(2000))
    expect(subscriber.statistics().lost).toBe(0)
  })

  it('the end is made known however often its acknowledgement is lost', async () => {
    const source = await publisher({ endTimeoutMs: 10_000 })
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 7, faults: {} })
    opened.push(relay)
    const listeners = await Promise.all([1, 2, 3, 4].map(() => listening(relay.port)))
    relay.setFaults({ drop: 0.7 })
    expect(await source.end('done')).toBe(true)
    expect(listeners.map((listener) => listener.ends)).toEqual([['done'], ['done'], ['done'], ['done']])
  })

  it('a loss for good is reported in its place and counted', async () => {
    const source = await publisher({ ringBytes: 1 })
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 5, faults: {} })
    opened.push(relay)
    const order: (number | string)[] = []
    const { subscriber } = await listening(relay.port, {
      onMessage: (message) => order.push(message.type === 'tick' ? message.sequence : 0),
      onLost: (count) => order.push(`lost ${count}`),
    })
    source.publish(tickNumber(1))
    await vi.waitFor(() => expect(order).toEqual([1]), patience)
    relay.setFaults({ drop: 1 })
    const dropped = relay.counts().dropped
    for (let sequence = 2; sequence <= 1001; sequence += 1) source.publish(tickNumber(sequence))
    source.flush()
    await vi.waitFor(() => expect(relay.counts().dropped - dropped).toBeGreaterThanOrEqual(55), patience)
    relay.setFaults({})
    await source.end('done')
    expect(order.filter((one) => typeof one === 'string')).toHaveLength(1)
    const lost = subscriber.statistics().lost
    expect(order[1]).toBe(`lost ${lost}`)
    expect(order.slice(2)).toEqual(upTo(1000 - lost, lost + 2))
    expect(subscriber.statistics()).toMatchObject({ received: 1001 - lost, lost })
  })
})

describe('a source that goes away', () => {
  it('is noticed, and so is its return', async () => {
    const source = await publisher()
    const relay = await createLossyRelay({ target: { host: '127.0.0.1', port: source.port }, seed: 6, faults: {} })
    opened.push(relay)
    const { subscriber, sequences, happenings } = await listening(relay.port, { silenceMs: 250, ttlMs: 300 })
    source.publish(tickNumber(1))
    await vi.waitFor(() => expect(sequences()).toEqual([1]), patience)
    relay.setFaults({ drop: 1 })
    await vi.waitFor(() => expect(happenings).toEqual(['silence']), patience)
    expect(subscriber.state()).toBe('silent')
    await vi.waitFor(() => expect(source.subscribers()).toEqual([]), patience)
    source.publish(tickNumber(2))
    relay.setFaults({})
    await vi.waitFor(() => expect(happenings).toEqual(['silence', 'voice']), patience)
    source.publish(tickNumber(3))
    await source.end('done')
    // It was not subscribed any more when 2 was sent; its lane was kept, so it resumes without a hole.
    expect(sequences()).toEqual([1, 2, 3])
    expect(subscriber.statistics()).toMatchObject({ lost: 0, restarts: 0 })
  })

  it('and starts again on the same port is taken up again from its first message', async () => {
    const first = await publisher()
    const { subscriber, sequences, happenings } = await listening(first.port, { silenceMs: 250 })
    first.publish(tickNumber(1))
    await vi.waitFor(() => expect(sequences()).toEqual([1]), patience)
    await first.dispose()
    const second = await publisher({ port: first.port, random: seeded(2) })
    await vi.waitFor(() => expect(happenings).toContain('restart'), patience)
    second.publish(tickNumber(7))
    await second.end('done')
    expect(sequences()).toEqual([1, 7])
    expect(subscriber.statistics()).toMatchObject({ restarts: 1, received: 2 })
  })

  it('need not be there when the subscriber starts, and may be called by name', async () => {
    const place = await openSocket({ host: '127.0.0.1', port: 0, receiveBufferBytes: 65_536 })
    const { port } = place.address()
    await closeSocket(place)
    const { subscriber, sequences } = await listen(port, { source: { host: 'localhost', port } })
    const source = await publisher({ port })
    await subscriber.whenSubscribed()
    source.publish(tickNumber(1))
    await source.end('done')
    expect(sequences()).toEqual([1])
  })
})
