/** The longest error that becomes part of a sentence. */
const MOST_CHARACTERS = 400

/** What Node prints below an error, and at last: frames of a stack, properties, its version, that somebody looked into it. */
const BELOW = /^(?:\s|\}|Node\.js v|\(Use `node --trace-uncaught|Waiting for the debugger)/
const FRAME = /\n\s+at /
/** Node's finger: what went wrong is below it. */
const CARET = /^\s*\^+$/
/** The error is told: its stack, or Node's farewell. */
const OVER = /^(?:\s+at |Node\.js v)/
const CAUSE = /^\s*\[cause\]: (.+)/

/** Whether a line tells a person something. */
export const isTold = (line: string): boolean => !BELOW.test(line) && !CARET.test(line)

/** An error in one line, without the words that lead to it; a bare `Error` says nothing. */
function bare(text: string): string {
  const [named = text] = /(?<=: )\w*(?:Error|Exception)(?: \[\w+\])?: [^]*$/.exec(text) ?? []
  const words = (/^[A-Z]\w*(?: \[\w+\])?: /.test(text) ? text : named)
    .replace(/^Error: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words.length <= MOST_CHARACTERS ? words : `${words.slice(0, MOST_CHARACTERS)} …`
}

/**
 * The message of the error that a program ended with, out of the last lines of its log: as Node prints what nobody has caught,
 * or as the program logged it with its stack. null: the last that it said is no error.
 * @param lines oldest first
 */
export function errorOf(lines: readonly string[]): string | null {
  const end = lines.findLastIndex((line) => !BELOW.test(line))
  const last = lines[end]
  if (last === undefined) return null
  if (FRAME.test(last)) return bare(last.split(FRAME)[0]!)
  const finger = lines.findLastIndex((line, index) => index < end && CARET.test(line))
  // What stands under a stack is of another story.
  const caret = lines.slice(finger + 1, end).some((line) => OVER.test(line)) ? -1 : finger
  const frames = /^\s+at /.test(lines[end + 1] ?? '')
  if (caret === -1 && !frames) return null
  const said = caret === -1 ? last : lines.slice(caret + 1, end + 1).join(' ')
  const cause = lines.slice(end + 1).flatMap((line) => CAUSE.exec(line)?.[1] ?? [])
  return [said, ...cause].map(bare).join(', because of: ')
}
