import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DRAIN_MOST_MS, DRAIN_STILL_MS } from '../bounds.ts'
import { watchDrain } from './drain.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a chain that finishes after a stop', () => {
  it('is given up where it stands still', () => {
    const giveUp = vi.fn()
    watchDrain(() => 'the same', giveUp)
    vi.advanceTimersByTime(DRAIN_STILL_MS - 1)
    expect(giveUp).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(giveUp).toHaveBeenCalledOnce()
  })

  it('is waited for while it moves, and no longer than the most', () => {
    const giveUp = vi.fn()
    let count = 0
    watchDrain(() => `${count++}`, giveUp)
    vi.advanceTimersByTime(DRAIN_MOST_MS - 1)
    expect(giveUp).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(giveUp).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(10 * DRAIN_MOST_MS)
    expect(giveUp).toHaveBeenCalledOnce()
  })

  it('is given up once it has moved and stands still after that', () => {
    const giveUp = vi.fn()
    let place = 'one'
    watchDrain(() => place, giveUp)
    place = 'two'
    vi.advanceTimersByTime(DRAIN_STILL_MS)
    expect(giveUp).not.toHaveBeenCalled()
    vi.advanceTimersByTime(DRAIN_STILL_MS)
    expect(giveUp).toHaveBeenCalledOnce()
  })

  it('is not looked at any more once it has ended', () => {
    const giveUp = vi.fn()
    watchDrain(() => 'the same', giveUp)()
    vi.advanceTimersByTime(10 * DRAIN_MOST_MS)
    expect(giveUp).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
