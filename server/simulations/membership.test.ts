import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import type { DeadServer } from '../store/servers.ts'
import type { Sighting } from '../store/silence.ts'
import { createMembership, type Membership } from './membership.ts'

const DEAD: DeadServer = { id: 'dead', host: 'there', pid: 1 }

let membership: Membership
beforeEach(() => void vi.useFakeTimers())
afterEach(async () => {
  await membership.dispose()
  vi.useRealTimers()
})

/** A server among others, on a registry that a test plays. */
function join() {
  const registry = {
    beat: vi.fn(() => Promise.resolve(true)),
    others: vi.fn((): Promise<readonly Sighting[]> => Promise.resolve([])),
    bury: vi.fn((_silent: readonly Sighting[]): Promise<readonly DeadServer[]> => Promise.resolve([])),
  }
  const duties = {
    stopRequests: vi.fn((): Promise<readonly string[]> => Promise.resolve([])),
    onStopRequest: vi.fn(),
    onDead: vi.fn((): Promise<void> => Promise.resolve()),
  }
  const onBuried = vi.fn()
  const log = pino({ level: 'silent' })
  membership = createMembership({ registry, onBuried, now: () => Date.now(), log })
  membership.attend(duties)
  return { registry, duties, onBuried }
}
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1_000)

describe('a server among others', () => {
  it('buries nobody before it was seen itself for as long as others must be', async () => {
    const { registry } = join()
    await seconds(5)
    expect(registry.bury).not.toHaveBeenCalled()
    await seconds(3)
    expect(registry.bury).toHaveBeenCalled()
  })

  it('buries nobody while the database refuses it, nor soon after', async () => {
    const { registry } = join()
    await seconds(10)
    registry.beat.mockImplementation(() => Promise.reject(new Error('away')))
    await seconds(2)
    registry.bury.mockClear()
    await seconds(18)
    registry.beat.mockImplementation(() => Promise.resolve(true))
    await seconds(4)
    expect(registry.bury).not.toHaveBeenCalled()
    await seconds(4)
    expect(registry.bury).toHaveBeenCalled()
  })

  it('buries nobody while the database hangs, nor soon after', async () => {
    const { registry, duties } = join()
    await seconds(10)
    const [beat, requests] = [deferred<boolean>(), deferred<readonly string[]>()]
    registry.beat.mockImplementation(() => beat.promise)
    duties.stopRequests.mockImplementation(() => requests.promise)
    await seconds(2)
    registry.bury.mockClear()
    await seconds(18)
    registry.beat.mockImplementation(() => Promise.resolve(true))
    duties.stopRequests.mockImplementation(() => Promise.resolve([]))
    requests.resolve([])
    beat.resolve(true)
    await seconds(4)
    expect(registry.bury).not.toHaveBeenCalled()
    await seconds(4)
    expect(registry.bury).toHaveBeenCalled()
  })

  it('buries who says nothing for five seconds by its own clock, and nobody else, whatever times they write', async () => {
    const { registry } = join()
    const times = [100, 101, 131, 132, 133, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113]
    registry.others.mockImplementation(() =>
      Promise.resolve([
        { id: 'living', beat: String(times.shift()) },
        { id: 'silent', beat: '100' },
      ]),
    )
    await seconds(5)
    expect(registry.bury).not.toHaveBeenCalled()
    await seconds(8)
    expect(registry.bury).toHaveBeenLastCalledWith([{ id: 'silent', beat: '100' }])
    expect(JSON.stringify(registry.bury.mock.calls)).not.toContain('living')
  })

  it('after a break of its own watches everybody anew', async () => {
    const { registry } = join()
    registry.others.mockResolvedValue([{ id: 'other', beat: '100' }])
    await seconds(4)
    registry.beat.mockRejectedValueOnce(new Error('away'))
    await seconds(6)
    expect(registry.bury.mock.calls.flat(2)).toEqual([])
    await seconds(3)
    expect(registry.bury).toHaveBeenLastCalledWith([{ id: 'other', beat: '100' }])
  })

  it('sees to the runs of the dead until that has succeeded', async () => {
    const { registry, duties } = join()
    registry.bury.mockResolvedValueOnce([DEAD])
    duties.onDead.mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'))
    await seconds(15)
    expect(duties.onDead).toHaveBeenCalledTimes(3)
    expect(duties.onDead).toHaveBeenNthCalledWith(1, [DEAD])
  })

  it('sees to runs that may have become its own without its hearing of it', async () => {
    const { registry, duties } = join()
    registry.bury.mockRejectedValueOnce(new Error('the connection broke'))
    await seconds(15)
    expect(duties.onDead.mock.calls).toEqual([[[]]])
  })

  it('is told once that others have buried it', async () => {
    const { registry, onBuried } = join()
    registry.beat.mockResolvedValue(false)
    await seconds(5)
    expect(onBuried).toHaveBeenCalledTimes(1)
    expect(registry.bury).not.toHaveBeenCalled()
  })
})
