import { describe, expect, it, vi } from 'vitest'
import { createManualClock } from '../tests/manual-clock.ts'
import { createAnnouncer } from './announcer.ts'
import { createCell } from './cell.ts'
import { createFrameScheduler, createPacedFrames } from './frame.ts'
import { createRing } from './ring.ts'

/** Frames that come when the test says so. */
function createFrames() {
  const asked: (() => void)[] = []
  const scheduler = createFrameScheduler({
    request(draw) {
      asked.push(draw)
      return () => void asked.pop()
    },
  })
  return { scheduler, asked, frame: () => asked.splice(0).forEach((draw) => draw()) }
}

describe('a frame', () => {
  it('draws once, however many values came since the last', () => {
    const { scheduler, frame, asked } = createFrames()
    const cell = createCell(0, scheduler)
    const drawn: number[] = []
    cell.watch(() => drawn.push(cell.get()))

    for (let tick = 1; tick <= 1_000; tick++) cell.set(tick)
    expect(asked).toHaveLength(1)
    frame()

    expect(drawn).toEqual([1_000])
  })

  it('is not asked for while nothing changes', () => {
    const { scheduler, frame, asked } = createFrames()
    const cell = createCell('same', scheduler)
    const draw = vi.fn()
    cell.watch(draw)
    cell.set('same')

    expect(asked).toHaveLength(0)
    frame()
    expect(draw).not.toHaveBeenCalled()
  })

  it('puts off to the next what is asked for while it draws', () => {
    const { scheduler, frame } = createFrames()
    let drawn = 0
    const draw = (): void => {
      drawn++
      scheduler.request(draw)
    }
    scheduler.request(draw)
    frame()
    expect(drawn).toBe(1)
    frame()
    expect(drawn).toBe(2)
  })

  it('draws the others where one fails, and tells the failure', () => {
    const { scheduler, frame } = createFrames()
    const other = vi.fn()
    scheduler.request(() => {
      throw new Error('broken')
    })
    scheduler.request(other)

    expect(frame).toThrow('broken')
    expect(other).toHaveBeenCalled()
  })

  it('draws nothing for who has left', () => {
    const { scheduler, frame } = createFrames()
    const cell = createCell(0, scheduler)
    const draw = vi.fn()
    const leave = cell.watch(draw)
    cell.set(1)
    leave()
    frame()

    expect(draw).not.toHaveBeenCalled()
  })
})

describe('a draw with a turn of its own', () => {
  it('is drawn in another frame than the rest, which is drawn together', () => {
    const { scheduler, frame } = createFrames()
    const drawn: string[] = []
    const rest = ['figures', 'book'].map((name) => () => void drawn.push(name))
    scheduler.request(rest[0]!)
    scheduler.request(Object.assign(() => void drawn.push('chart'), { turn: 'chart' }))
    scheduler.request(rest[1]!)

    frame()
    expect(drawn).toEqual(['figures', 'book'])
    frame()
    expect(drawn).toEqual(['figures', 'book', 'chart'])
  })

  it('waits for no more than one frame of the others, however often those are asked for', () => {
    const { scheduler, frame } = createFrames()
    const drawn: string[] = []
    const ask = ['', 'chart', 'equity'].map((turn) => {
      const draw = Object.assign(() => void drawn.push(turn), turn === '' ? {} : { turn })
      return () => scheduler.request(draw)
    })
    for (let each = 0; each < 6; each++) {
      ask.forEach((again) => again())
      frame()
    }

    expect(drawn).toEqual(['', 'chart', 'equity', '', 'chart', 'equity'])
  })

  it('has a frame asked for where it was left over, and where what was drawn before it failed', () => {
    const { scheduler, frame, asked } = createFrames()
    const chart = vi.fn()
    scheduler.request(() => {
      throw new Error('broken')
    })
    scheduler.request(Object.assign(chart, { turn: 'chart' }))

    expect(frame).toThrow('broken')
    expect(asked).toHaveLength(1)
    frame()
    expect(chart).toHaveBeenCalledTimes(1)
    expect(asked).toHaveLength(0)
  })
})

describe('a paced frame', () => {
  it('comes at most once in its pause, and then draws the newest', () => {
    const clock = createManualClock()
    const paced = createFrameScheduler(createPacedFrames(clock, 100))
    const draw = vi.fn()
    paced.request(draw)
    clock.advance(0)
    expect(draw).toHaveBeenCalledTimes(1)
    for (let tick = 0; tick < 50; tick++) paced.request(draw)
    clock.advance(99)
    expect(draw).toHaveBeenCalledTimes(1)
    clock.advance(1)
    expect(draw).toHaveBeenCalledTimes(2)
    expect(clock.waiting()).toBe(0)
  })

  it('draws nothing for who has left in its pause, and waits for nothing once it is done with', () => {
    const clock = createManualClock()
    const paced = createFrameScheduler(createPacedFrames(clock, 100))
    const draw = vi.fn()
    paced.request(draw)
    paced.cancel(draw)
    clock.advance(100)
    paced.request(draw)
    paced.dispose()
    clock.advance(100)

    expect(draw).not.toHaveBeenCalled()
    expect(clock.waiting()).toBe(0)
  })
})

describe('a ring', () => {
  it('keeps the newest, in order, and counts all', () => {
    const ring = createRing<number>(3, createFrames().scheduler)
    for (const item of [1, 2, 3, 4, 5]) ring.push(item)

    expect(ring.toArray()).toEqual([3, 4, 5])
    expect([ring.size(), ring.total(), ring.at(0), ring.at(2), ring.at(3)]).toEqual([3, 5, 3, 5, undefined])
  })

  it('draws once a frame, and is empty once cleared', () => {
    const { scheduler, frame } = createFrames()
    const ring = createRing<number>(2, scheduler)
    const draw = vi.fn()
    ring.watch(draw)
    for (const item of [1, 2, 3]) ring.push(item)
    ring.clear()
    frame()

    expect(draw).toHaveBeenCalledTimes(1)
    expect(ring.toArray()).toEqual([])
  })
})

describe('an announcer', () => {
  it('speaks at most once a second, and then says the newest', () => {
    const clock = createManualClock()
    const said: string[] = []
    const announcer = createAnnouncer(clock, (text) => said.push(text))
    for (const text of ['one', 'two', 'three']) announcer.announce(text)
    expect(said).toEqual(['one'])

    clock.advance(999)
    expect(said).toEqual(['one'])
    clock.advance(1)
    expect(said).toEqual(['one', 'three'])
    announcer.dispose()
    expect(clock.waiting()).toBe(0)
  })
})
