import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../domain/market/market.ts'
import { replay, type ReplayTarget } from './replay.ts'
import { cutWindow } from './tape-window.ts'

function event(sequence: number, time: number, product = 'BTC-USD'): MarketEvent {
  return { type: 'feed', state: 'CONNECTED', product, count: 0, detail: '', sequence, time }
}

/** A clock that moves only where the replay pauses, and a target that notes what came when. */
function stage(publish: ReplayTarget['publish'] = () => true) {
  const played: (readonly [sequence: number, at: number])[] = []
  let now = 1_000_000
  const target: ReplayTarget = {
    publish(one) {
      played.push([one.sequence, now])
      return publish(one)
    },
    flush: () => undefined,
    whenReady: () => {
      now += 5_000
      return Promise.resolve()
    },
  }
  const options = {
    now: () => now,
    pause: (milliseconds: number) => {
      now += milliseconds * 1000
      return Promise.resolve()
    },
    stopped: () => false,
  }
  return { played, target, options }
}

const second = 1_000_000

describe('a replay', () => {
  it('keeps the recorded pace, or another', async () => {
    const tape = [[event(1, 0), event(2, second)], [event(3, 3 * second)]]
    const real = stage()
    expect(await replay(tape, real.target, { ...real.options, speed: 1 })).toBe(true)
    expect(real.played).toEqual([
      [1, second],
      [2, 2 * second],
      [3, 4 * second],
    ])
    const fast = stage()
    await replay(tape, fast.target, { ...fast.options, speed: 10 })
    expect(fast.played.map(([, at]) => at)).toEqual([second, 1.1 * second, 1.3 * second])
  })

  it('waits for a target that is full, and skips nothing', async () => {
    const { played, target, options } = stage((one) => one.sequence !== 2)
    await replay([[event(1, 0), event(2, 0), event(3, 0)]], target, { ...options, speed: 1 })
    expect(played).toEqual([
      [1, second],
      [2, second],
      [3, second + 5_000],
    ])
  })

  it('ends early where it is stopped during a pause', async () => {
    const { played, target, options } = stage()
    let stopped = false
    const pause = () => {
      stopped = true
      return Promise.resolve()
    }
    const tape = [[event(1, 0), event(2, 60 * second)]]
    expect(await replay(tape, target, { ...options, pause, stopped: () => stopped, speed: 1 })).toBe(false)
    expect(played).toHaveLength(1)
  })
})

describe("a tape's window", () => {
  const tape = [
    [event(1, 10 * second), event(2, 11 * second, 'ETH-USD')],
    [event(3, 12 * second, ''), event(4, 13 * second)],
    [event(5, 99 * second)],
  ]
  const cut = (products: readonly string[], durationSeconds: number | null): readonly number[] =>
    [...cutWindow(tape, { products, durationSeconds })].flat().map((one) => one.sequence)

  it('holds the products asked for, and what concerns the whole feed', () => {
    expect(cut([], null)).toEqual([1, 2, 3, 4, 5])
    expect(cut(['ETH-USD'], null)).toEqual([2, 3])
  })

  it("ends after the duration, counted from the tape's first event whatever its product", () => {
    expect(cut(['BTC-USD'], 3)).toEqual([1, 3, 4])
    expect(cut([], 1)).toEqual([1, 2])
  })
})
