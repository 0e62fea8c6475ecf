import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFakeNet } from '../tests/fake-socket.ts'
import { createManualClock } from '../tests/manual-clock.ts'
import { backOff } from './back-off.ts'
import { createConnection } from './connection.ts'

function open(random = 0) {
  const net = createFakeNet()
  const clock = createManualClock(random)
  const connection = createConnection({ url: 'ws://test/graphql', clock, webSocket: net.WebSocket })
  return { net, clock, connection }
}

/** Waits until so many sockets have been opened, and gives the last. */
async function socket(net: ReturnType<typeof createFakeNet>, count: number) {
  await vi.waitFor(() => expect(net.sockets).toHaveLength(count))
  return net.sockets[count - 1]!
}

it.each([
  [1, 250, 500],
  [2, 500, 1_000],
  [5, 4_000, 8_000],
  [7, 10_000, 20_000],
  [1_000, 10_000, 20_000],
])('waits before attempt %i between %i and %i ms', (attempt, least, most) => {
  expect(backOff(attempt, 0)).toBe(least)
  expect(backOff(attempt, 1)).toBe(most)
})

it('connects by itself, before anybody subscribes', async () => {
  const { net, connection } = open()
  expect(connection.state()).toEqual({ kind: 'connecting' })

  const first = await socket(net, 1)
  first.accept()

  await vi.waitFor(() => expect(connection.state()).toEqual({ kind: 'connected' }))
  connection.dispose()
})

it('says when it tries again, waits that long, and counts the attempts in vain', async () => {
  const { net, clock, connection } = open(1)
  const first = await socket(net, 1)
  first.accept()
  await vi.waitFor(() => expect(connection.state().kind).toBe('connected'))

  first.cut()
  await vi.waitFor(() => expect(connection.state()).toEqual({ kind: 'reconnecting', attempt: 1, retryAt: 500 }))
  clock.advance(499)
  expect(net.sockets).toHaveLength(1)
  clock.advance(1)
  expect(connection.state()).toEqual({ kind: 'reconnecting', attempt: 1, retryAt: null })
  const second = await socket(net, 2)
  second.cut()

  await vi.waitFor(() => expect(connection.state()).toEqual({ kind: 'reconnecting', attempt: 2, retryAt: 1_500 }))
  connection.dispose()
})

it('tells once that it is back, and begins with attempt 1 the next time', async () => {
  const { net, connection } = open()
  const returned = vi.fn()
  connection.onReconnect(returned)
  ;(await socket(net, 1)).accept()
  await vi.waitFor(() => expect(connection.state().kind).toBe('connected'))
  expect(returned).not.toHaveBeenCalled()

  net.sockets[0]!.cut()
  await vi.waitFor(() => expect(connection.state().kind).toBe('reconnecting'))
  connection.retryNow()
  ;(await socket(net, 2)).accept()

  await vi.waitFor(() => expect(returned).toHaveBeenCalledTimes(1))
  net.sockets[1]!.cut()
  await vi.waitFor(() => expect(connection.state()).toMatchObject({ kind: 'reconnecting', attempt: 1 }))
  connection.dispose()
})

it('sends a subscription again after a cut', async () => {
  const { net, connection } = open()
  const next = vi.fn()
  const close = connection.open({ query: 'subscription { a }' }, { next, error: vi.fn(), complete: vi.fn() })
  ;(await socket(net, 1)).accept()
  const subscriptions = (index: number) => net.sockets[index]!.sent.filter(({ type }) => type === 'subscribe')
  await vi.waitFor(() => expect(subscriptions(0)).toHaveLength(1))

  net.sockets[0]!.cut()
  await vi.waitFor(() => expect(connection.state().kind).toBe('reconnecting'))
  connection.retryNow()
  ;(await socket(net, 2)).accept()

  await vi.waitFor(() => expect(subscriptions(1)).toHaveLength(1))
  close()
  connection.dispose()
})

describe('a server that is asked whether it is there', () => {
  afterEach(() => void vi.useRealTimers())

  async function asked() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const opened = open()
    const server = await socket(opened.net, 1)
    server.accept()
    await vi.waitFor(() => expect(opened.connection.state().kind).toBe('connected'))
    await vi.advanceTimersByTimeAsync(12_000)
    expect(server.sent.map(({ type }) => type)).toContain('ping')
    return { ...opened, server }
  }

  it('is given up where it says nothing for six seconds', async () => {
    const { clock, connection } = await asked()
    clock.advance(6_000)
    await vi.waitFor(() => expect(connection.state().kind).toBe('reconnecting'))
    connection.dispose()
  })

  it('is there as long as anything comes from it', async () => {
    const { clock, connection, server } = await asked()
    server.say({ type: 'next', id: 'nobody', payload: { data: null } })
    clock.advance(6_000)
    expect(connection.state().kind).toBe('connected')
    connection.dispose()
  })
})
