import { describe, expect, it } from 'vitest'
import type { SimulatorEvent } from '../../../engines/domain/trading/event.ts'
import type { FeedState } from '../../../engines/domain/market/market.ts'
import { NO_DATA_YET } from '../../../engines/domain/quality.ts'
import { FeedQuality } from './feed-quality.ts'

function feedEvent(sequence: number, state: FeedState, count: number): SimulatorEvent {
  const status = { type: 'feed', sequence, time: 0, state, product: 'BTC-USD', count, detail: '' } as const
  return { type: 'feed', sequence, time: 0, status }
}

describe("the quality of a run's feed", () => {
  it('adds what the feed lost and refilled to what the hops say', () => {
    const quality = new FeedQuality()
    quality.hear([feedEvent(1, 'CONNECTED', 0), feedEvent(2, 'REFILLED', 3), feedEvent(5, 'GAP', 2)])
    const hops = { received: 100, gaps: 1, recovered: 4, lost: 0, duplicates: 2, reordered: 1, lossUnknown: false }
    expect(quality.addTo(hops)).toEqual({
      received: 100,
      gaps: 3,
      recovered: 7,
      lost: 2,
      duplicates: 2,
      reordered: 1,
      lossUnknown: false,
    })
    expect(quality.addTo(undefined)).toEqual({ ...NO_DATA_YET, gaps: 2, recovered: 3, lost: 2 })
  })

  it('counts an event once that an engine hands over twice', () => {
    const quality = new FeedQuality()
    quality.hear([feedEvent(1, 'REFILLED', 3)])
    quality.hear([feedEvent(1, 'REFILLED', 3), feedEvent(2, 'REFILLED', 1)])
    expect(quality.addTo(undefined)).toMatchObject({ gaps: 2, recovered: 4 })
  })

  it('says nothing where nothing is known', () => {
    expect(new FeedQuality().addTo(undefined)).toBeUndefined()
  })

  it('stays a number that a double holds however far the numbers of a venue jump', () => {
    const quality = new FeedQuality()
    const jump = Number.MAX_SAFE_INTEGER - 1
    quality.hear([feedEvent(1, 'GAP', jump), feedEvent(2, 'GAP', jump), feedEvent(3, 'REFILLED', jump)])
    expect(quality.addTo({ ...NO_DATA_YET, recovered: 9 })).toMatchObject({
      gaps: 3,
      lost: Number.MAX_SAFE_INTEGER,
      recovered: Number.MAX_SAFE_INTEGER,
    })
  })
})
