import { BOUNDS } from '../../schema/arguments.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The place behind a string that begins at `start`; the end of the text where it does not end. */
function behindString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at++
  }
  return text.length
}

/**
 * Why a JSON text is too deep or holds too much to be made into values; null where it may be, if it is JSON at all. Looked at as
 * text, once, since values of some shapes cost seconds where their text costs milliseconds.
 */
export function shapeFault(text: string): string | null {
  // How many values the objects and lists around the present place hold so far.
  const counts: number[] = []
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = behindString(text, at) - 1
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (counts.push(1) > BOUNDS.depth) return `is nested deeper than ${BOUNDS.depth}`
      values++
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) counts.pop()
    else if (code === COMMA) {
      const count = (counts.pop() ?? 0) + 1
      counts.push(count)
      if (count > BOUNDS.items) return `has an object or a list of more than ${BOUNDS.items} values`
      if (++values > BOUNDS.values) return `holds more than ${BOUNDS.values} values`
    }
  }
  return null
}

/** A JSON text that somebody sent, or why it is not taken, as the end of a sentence. */
export type ReadJson = { readonly value: unknown } | { readonly fault: string }

/** Reads JSON of a bounded shape. What is wrong with it is said without a word of it. */
export function readJson(text: string): ReadJson {
  const fault = shapeFault(text)
  if (fault !== null) return { fault }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: 'is not JSON' }
  }
}
