/** How the line of a run looks, by its letter: colour and dashes both tell it apart. */
export interface LineStyle {
  /** The name of a colour in `app.css`. */
  readonly colour: string
  /** Lengths of strokes and gaps in px; empty: unbroken. */
  readonly dash: readonly number[]
}

const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [10, 3, 2, 3], [4, 2], [14, 4]]

/** @param letter `A` to `F` */
export function lineStyleOf(letter: string): LineStyle {
  const place = Math.max(0, letter.charCodeAt(0) - 'A'.charCodeAt(0)) % DASHES.length
  return { colour: `--series-${place + 1}`, dash: DASHES[place]! }
}
