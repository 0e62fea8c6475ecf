import type { Duplex } from 'node:stream'
import type { ControlMessage, EngineMessage } from '../../../engines/edge/process/control.ts'
import { decodeEngineMessage, encodeLine } from '../../../engines/edge/process/line-codec.ts'
import { LineSplitter } from '../../../engines/edge/process/line-splitter.ts'
import type { DockerDaemon } from './daemon.ts'

const HEADER_BYTES = 8

/**
 * Takes apart what Docker sends of a container without a terminal: frames of a header (the stream's number, three
 * zeros, the length as a 32-bit number) and their bytes. Bytes are handed on as they come; nothing is kept but a header.
 */
export class Demultiplexer {
  readonly #take: (stream: 'stdout' | 'stderr', bytes: Buffer) => void
  #header = Buffer.alloc(0)
  #stream: 'stdout' | 'stderr' = 'stdout'
  #left = 0

  constructor(take: (stream: 'stdout' | 'stderr', bytes: Buffer) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    let from = 0
    while (from < bytes.length) {
      if (this.#left > 0) {
        const part = bytes.subarray(from, from + this.#left)
        this.#left -= part.length
        from += part.length
        this.#take(this.#stream, part)
        continue
      }
      const part = bytes.subarray(from, from + HEADER_BYTES - this.#header.length)
      from += part.length
      this.#header = Buffer.concat([this.#header, part])
      if (this.#header.length < HEADER_BYTES) return
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout'
      this.#left = this.#header.readUInt32BE(4)
      this.#header = Buffer.alloc(0)
    }
  }
}

/** What is heard of a container. */
export interface AttachmentListener {
  message(message: EngineMessage): void
  /** A line of its log, or one on its channel that is no message. */
  line(text: string): void
}

/** A hold on a container's standard streams. */
export interface Attachment {
  tell(message: ControlMessage): void
  /** Resolves when it is over, whoever ended it and however; never rejects. */
  readonly closed: Promise<void>
  /** Lets go; the container does not notice. */
  detach(): void
}

/**
 * Attaches to a container, before it starts or while it runs.
 * @param late whether it runs: the first line then may be the end of one that was sent to nobody, and is not told.
 * @throws DockerError
 */
export async function attach(
  daemon: DockerDaemon,
  containerId: string,
  late: boolean,
  listener: AttachmentListener,
): Promise<Attachment> {
  const stream = (await daemon.open("An engine's container cannot be attached to", (abortSignal) =>
    daemon.streams
      .getContainer(containerId)
      .attach({ stream: true, stdin: true, stdout: true, stderr: true, logs: false, hijack: true, abortSignal }),
  )) as Duplex
  return hold(stream, late, listener)
}

function hold(stream: Duplex, late: boolean, listener: AttachmentListener): Attachment {
  const lines = { stdout: new LineSplitter(), stderr: new LineSplitter() }
  let torn = late
  const takeMessage = (text: string): void => {
    const message = decodeEngineMessage(text)
    if (message !== null) listener.message(message)
    else if (!torn && text.trim() !== '') listener.line(text)
    torn = false
  }
  const apart = new Demultiplexer((from, bytes) => {
    for (const text of lines[from].push(bytes)) {
      if (from === 'stdout') takeMessage(text)
      else listener.line(text)
    }
  })
  stream.on('data', (bytes: Buffer) => apart.push(bytes))
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => {
      const rest = lines.stderr.rest()
      if (rest !== '') listener.line(rest)
      resolve()
    })
    // Docker closes its half when the container ends.
    stream.once('end', () => stream.destroy())
    // 'close' follows; what became of the container is asked of Docker, not concluded from here.
    stream.on('error', () => stream.destroy())
  })
  // Ends what a launcher that died may have begun to say.
  stream.write('\n')
  return {
    closed,
    tell(message) {
      if (stream.writable) stream.write(`${encodeLine(message)}\n`)
    },
    detach: () => void stream.destroy(),
  }
}
