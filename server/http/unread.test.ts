import { expect, it, vi } from 'vitest'
import { MAX_UNREAD } from './limits.ts'
import { countUnread } from './unread.ts'

/** A socket whose client reads when it is told to. */
function stalled() {
  const waiting: (() => void)[] = []
  const socket = {
    OPEN: 1 as const,
    readyState: 1 as 1 | 3,
    send: (_data: string, done: () => void) => void waiting.push(done),
    pong: (_data: Buffer, _mask: boolean, done: () => void) => void waiting.push(done),
    terminate: vi.fn(() => (socket.readyState = 3)),
  }
  const read = (): void => waiting.splice(0).forEach((done) => done())
  return { socket, read, waiting, unread: countUnread(socket as never) }
}

it('cuts a client off that asks on and on and reads none of the answers, pongs of either kind among them', async () => {
  const { socket, waiting, unread } = stalled()
  for (let count = 0; count < MAX_UNREAD / 2; count++) {
    void unread.send('{"type":"pong"}')
    unread.pong(Buffer.from('ping'))
  }
  expect(socket.terminate).not.toHaveBeenCalled()
  await unread.send('one more')
  expect(socket.terminate).toHaveBeenCalledTimes(1)
  await unread.send('and another')
  expect([socket.terminate.mock.calls.length, waiting.length]).toEqual([1, MAX_UNREAD])
})

it('leaves a client alone that reads, however much it asks', () => {
  const { socket, read, unread } = stalled()
  for (let count = 0; count < 10 * MAX_UNREAD; count++) {
    unread.pong(Buffer.alloc(0))
    if (count % 100 === 0) read()
  }
  expect(socket.terminate).not.toHaveBeenCalled()
})
