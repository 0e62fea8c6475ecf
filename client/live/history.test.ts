import { describe, expect, it, vi } from 'vitest'
import { createFrameScheduler } from './frame.ts'
import { createHistory, type Rows } from './history.ts'

const still = createFrameScheduler({ request: () => () => undefined })
const listed = <Item>(rows: Rows<Item>): unknown[] =>
  Array.from({ length: rows.length }, (_none, index) => rows.at(index))

describe('a history', () => {
  it('gives what there is newest first, with older ones behind', () => {
    const history = createHistory<number>(10, still)
    for (const item of [3, 4]) history.append(item)
    history.prepend([1, 2])

    expect(listed(history.newestFirst())).toEqual([4, 3, 2, 1])
  })

  it('leaves a view what it was, whatever comes later', () => {
    const history = createHistory<number>(4, still)
    for (const item of [3, 4]) history.append(item)
    const view = history.newestFirst()
    history.prepend([2])
    for (const item of [5, 6, 7]) history.append(item)

    expect(listed(view)).toEqual([4, 3])
    expect(view.at(2)).toBeUndefined()
  })

  it('lets go of the oldest at its bound, and then takes no older ones', () => {
    const history = createHistory<number>(20, still)
    for (let item = 1; item <= 21; item++) history.append(item)

    expect([history.size(), history.at(0), history.dropped(), history.hasRoom()]).toEqual([19, 3, 2, false])
  })

  it('leaves out the oldest of older ones where there is no room for all', () => {
    const history = createHistory<number>(3, still)
    history.append(9)
    history.prepend([1, 2, 3, 4])

    expect(listed(history.newestFirst())).toEqual([9, 4, 3])
  })

  it('draws once a frame, and not for who has left', () => {
    const asked: (() => void)[] = []
    const scheduler = createFrameScheduler({
      request(draw) {
        asked.push(draw)
        return () => undefined
      },
    })
    const history = createHistory<number>(3, scheduler)
    const draw = vi.fn()
    const leave = history.watch(draw)
    for (const item of [1, 2, 3]) history.append(item)
    asked.splice(0).forEach((frame) => frame())
    expect(draw).toHaveBeenCalledTimes(1)
    leave()
    history.append(4)
    expect(asked).toHaveLength(0)
  })
})
