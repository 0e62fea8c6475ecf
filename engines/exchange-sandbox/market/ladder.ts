/**
 * One side of a generated book. Prices are whole ticks, sizes whole steps. Kept sorted with the best level last, so
 * that the busy end is the cheap end of the arrays.
 */
export interface Ladder {
  /** Number of levels. */
  readonly depth: () => number
  /** Price of the level at `rank`, 0 being the best. The rank must exist. */
  readonly priceAt: (rank: number) => number
  /** Size of the level at `rank`, 0 being the best. The rank must exist. */
  readonly sizeAt: (rank: number) => number
  /** Size at a price; 0 where there is no level. */
  readonly sizeOf: (price: number) => number
  /** Puts an absolute size at a price; 0 removes the level. */
  readonly set: (price: number, size: number) => void
}

/** @param direction 1 for bids (the highest is best), -1 for asks (the lowest is best) */
export function createLadder(direction: 1 | -1): Ladder {
  const keys: number[] = []
  const sizes: number[] = []

  /** First index whose key is not below `key`. Walks from the best end, where nearly all changes are, then halves. */
  const locate = (key: number): number => {
    let high = keys.length
    let step = 1
    let low = high - step
    while (low >= 0 && keys[low]! >= key) {
      high = low
      step *= 2
      low = high - step
    }
    if (low < 0) low = -1
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (keys[middle]! >= key) high = middle
      else low = middle
    }
    return high
  }

  return {
    depth: () => keys.length,
    priceAt: (rank) => keys[keys.length - 1 - rank]! * direction,
    sizeAt: (rank) => sizes[keys.length - 1 - rank]!,
    sizeOf: (price) => {
      const index = locate(price * direction)
      return keys[index] === price * direction ? sizes[index]! : 0
    },
    set: (price, size) => {
      const key = price * direction
      const index = locate(key)
      const exists = keys[index] === key
      if (size === 0) {
        if (!exists) return
        keys.splice(index, 1)
        sizes.splice(index, 1)
      } else if (exists) sizes[index] = size
      else {
        keys.splice(index, 0, key)
        sizes.splice(index, 0, size)
      }
    },
  }
}
