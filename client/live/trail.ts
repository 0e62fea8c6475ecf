/** A moment and what the portfolio was worth. */
export interface TrailPoint {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly equity: number
}

/** The most points of a trail unless told otherwise; more than a small line has pixels for would be waste. */
const SMALL = 64

/** The shape of an equity line, in few points, the last of which is always the newest value. */
export interface Trail {
  /** Oldest first. */
  readonly points: () => readonly TrailPoint[]
  readonly values: () => readonly number[]
  readonly add: (point: TrailPoint) => void
}

/**
 * Makes a trail. Points are kept at a pace; once there are too many, every second one goes and the pace doubles, so
 * that a run of any length fits and the line stays even in time.
 * @param seed what is stored of the run, oldest first
 * @param most how many points it has at most
 */
export function createTrail(seed: readonly TrailPoint[], most = SMALL): Trail {
  let points: TrailPoint[] = []
  let pace = 1_000
  const add = (point: TrailPoint): void => {
    const last = points.at(-1)
    if (last !== undefined && point.time < last.time) return
    const before = points.at(-2)
    // The last one is replaced until the one before it is a pace away.
    if (before !== undefined && last !== undefined && last.time - before.time < pace) points.pop()
    points.push(point)
    if (points.length > most) {
      const newest = points.at(-1)!
      points = points.filter((_point, index) => index % 2 === 0)
      if (points.at(-1) !== newest) points.push(newest)
      pace = Math.max(pace * 2, ((newest.time - points[0]!.time) / most) * 2)
    }
  }
  // What is stored is thinned out already, peaks and troughs kept: it stays as it is.
  points = seed.slice(-most)
  const [first, last] = [points[0], points.at(-1)]
  if (first !== undefined && last !== undefined) pace = Math.max(pace, (last.time - first.time) / most)
  return { points: () => points, values: () => points.map(({ equity }) => equity), add }
}
