import type { Readable, Writable } from 'node:stream'
import type { Channel, ControlMessage } from './control.ts'
import { written } from '../sink/event-sink.ts'
import { decodeControl, encodeLine } from './line-codec.ts'
import { LineSplitter } from './line-splitter.ts'
import { createRedisChannel } from '../redis/channel.ts'
import { redisUrlOf } from '../redis/url.ts'

/** Counts what was told and has not left yet. */
class Leaving {
  #count = 0
  #waiting: (() => void)[] = []

  add(): void {
    this.#count++
  }

  readonly left = (): void => {
    this.#count--
    if (this.#count > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async none(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

/** Node's own channel between a process and its child. It ends with the launcher, for good. */
export function createIpcChannel(process: NodeJS.Process): Channel {
  const leaving = new Leaving()
  return {
    launched: true,
    overRedis: false,
    tell(message) {
      // A launcher that is gone cannot be told; `onGone` says so.
      if (process.send === undefined || !process.connected) return
      leaving.add()
      process.send(message, undefined, undefined, leaving.left)
    },
    onControl: (listener) => void process.on('message', listener),
    onGone(listener) {
      // The launcher may have gone while this process was still loading its code: nothing would ever say so again.
      if (process.connected) process.once('disconnect', listener)
      else queueMicrotask(listener)
    },
    flushed: () => leaving.none(),
  }
}

/** Reports that would wait behind more than this are left out: nobody reads them, and the next says the same anew. */
const REPORT_BEHIND_BYTES = 1024 * 1024

/**
 * A line of JSON a message, over standard input and output: for a container, whose launcher attaches to both.
 * Launchers come and go: where one detaches, or input ends, the engine goes on and `onGone` is never called. Output
 * that nobody takes waits in memory; events are bounded by the sink, which sends no more before they are acknowledged.
 */
export function createLineChannel(input: Readable, output: Writable, warn: (text: string) => void): Channel {
  const leaving = new Leaving()
  const lines = new LineSplitter()
  const listeners: ((message: ControlMessage) => void)[] = []
  input.on('data', (bytes: Buffer) => {
    for (const line of lines.push(bytes)) {
      // Launchers begin with an empty line, which ends what one that died had begun.
      if (line === '') continue
      const message = decodeControl(line)
      if (message === null) warn(`told something that is no message: ${line.slice(0, 200)}`)
      else for (const listener of listeners) listener(message)
    }
  })
  // Whoever read is gone; the next may come. Writes after that end with the same error, through their callbacks.
  input.on('error', (error) => warn(`standard input broke: ${error.message}`))
  output.on('error', (error) => warn(`standard output broke: ${error.message}`))
  return {
    launched: true,
    overRedis: false,
    tell(message) {
      if (message.type === 'report' && output.writableLength > REPORT_BEHIND_BYTES) return
      leaving.add()
      output.write(`${encodeLine(message)}\n`, leaving.left)
    },
    onControl: (listener) => void listeners.push(listener),
    onGone: () => undefined,
    flushed: () => leaving.none(),
  }
}

/**
 * Of an engine that was started from a shell: there is nobody to talk to. Its last line, after those of its events, says
 * what came of it, so that a person can compare the fingerprint with another run's.
 */
function createShellChannel(output: Writable): Channel {
  // A reader that is gone is no fault of the engine.
  output.on('error', () => undefined)
  return {
    launched: false,
    overRedis: false,
    tell(message) {
      if (message.type === 'ended' && message.fingerprint !== null) output.write(`${JSON.stringify(message)}\n`)
    },
    onControl: () => undefined,
    onGone: () => undefined,
    flushed: () => written(output),
  }
}

/**
 * The channel that this process was launched with: `CONTROL=stdio` asks for lines, `CONTROL=redis` for streams of the Redis
 * that the engine uses, under the name `ENGINE_NAME`; a forked process has Node's own.
 */
export function openChannel(process: NodeJS.Process, warn: (text: string) => void): Channel {
  if (process.env['CONTROL'] === 'redis') {
    const engine = process.env['ENGINE_NAME'] ?? ''
    const url = redisUrlOf(process.env)
    if (!url.ok || url.value === null || engine === '') {
      warn('CONTROL=redis needs ENGINE_NAME, and REDIS_URL or REDIS_URL_FILE')
      process.exit(1)
    }
    return createRedisChannel({ url: url.value, engine, warn })
  }
  if (process.env['CONTROL'] === 'stdio') return createLineChannel(process.stdin, process.stdout, warn)
  if (process.send === undefined) return createShellChannel(process.stdout)
  return createIpcChannel(process)
}
