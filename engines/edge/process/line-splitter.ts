/** The longest line that is taken; a batch of events is a few hundred kilobytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

const NEWLINE = 0x0a

/**
 * Cuts a stream of bytes into lines at `\n` alone: Node's `readline` also cuts at characters that JSON leaves in text.
 * A line of more than 16 MiB is left out whole, so that a stream that never ends one costs a bounded memory.
 */
export class LineSplitter {
  #parts: Uint8Array[] = []
  #length = 0

  /** Takes the next bytes; returns the lines that they complete, without their ends. */
  push(bytes: Uint8Array): readonly string[] {
    const lines: string[] = []
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end))
      if (this.#length <= MAX_LINE_BYTES) lines.push(Buffer.concat(this.#parts).toString('utf8'))
      this.#parts = []
      this.#length = 0
      from = end + 1
    }
    this.#keep(bytes.subarray(from))
    return lines
  }

  /** What came after the last line's end. */
  rest(): string {
    return this.#length <= MAX_LINE_BYTES ? Buffer.concat(this.#parts).toString('utf8') : ''
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#length += part.length
    if (this.#length > MAX_LINE_BYTES) this.#parts = []
    else this.#parts.push(part)
  }
}
