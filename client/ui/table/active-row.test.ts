import { describe, expect, it } from 'vitest'
import { placeOf, withRow } from './active-row.ts'

const rows = (...ids: readonly string[]) => ids.map((id) => ({ id }))

describe('the row that the keys go from', () => {
  it('stays the same row where others come in above it or below it', () => {
    const active = { index: 1, id: 'b', length: 3 }
    expect(placeOf(active, rows('a', 'b', 'c'))).toBe(1)
    expect(placeOf(active, rows('y', 'z', 'a', 'b', 'c'))).toBe(3)
    expect(placeOf(active, rows('a', 'b', 'c', 'd'))).toBe(1)
  })

  it('is the one in its place where it is gone, and none where there are none', () => {
    expect(placeOf({ index: 2, id: 'c', length: 3 }, rows('a', 'b'))).toBe(1)
    expect(placeOf({ index: 0, id: null, length: 0 }, rows('a', 'b'))).toBe(0)
    expect(placeOf({ index: 0, id: 'a', length: 1 }, [])).toBe(-1)
  })

  it('is drawn wherever it is, in its order', () => {
    const inSight = { startIndex: 10, endIndex: 12, overscan: 0, count: 100 }
    expect(withRow(inSight, 3)).toEqual([3, 10, 11, 12])
    expect(withRow(inSight, 11)).toEqual([10, 11, 12])
    expect(withRow(inSight, -1)).toEqual([10, 11, 12])
  })
})
