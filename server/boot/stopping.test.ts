import { describe, expect, it } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import { createWish, STOP_SIGNALS, StoppedError, unlessStopped } from './stopping.ts'

describe('a server that is told to stop', () => {
  it('hears a terminal, its being closed, and whoever supervises', () => {
    expect([...STOP_SIGNALS].sort()).toEqual(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'])
  })

  it('takes what npm passes on again for the same wish, and a later signal for a more urgent one', () => {
    let now = 100
    const wish = createWish(() => now)
    const told = [wish(), wish()]
    now += 999
    told.push(wish())
    now += 1
    told.push(wish())
    expect(told).toEqual(['stop', 'nothing', 'nothing', 'now'])
  })

  it('waits for nothing that still opens, and is not troubled by what that comes to later', async () => {
    const stop = new AbortController()
    const work = deferred<number>()
    const waiting = unlessStopped(stop.signal, work.promise)
    stop.abort(new StoppedError())
    await expect(waiting).rejects.toBeInstanceOf(StoppedError)
    work.reject(new Error('the connection was closed'))
    await expect(unlessStopped(stop.signal, Promise.reject(new Error('too late')))).rejects.toBeInstanceOf(StoppedError)
    expect(await unlessStopped(new AbortController().signal, Promise.resolve(7))).toBe(7)
  })
})
