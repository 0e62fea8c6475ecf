import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLineChannel } from './channel.ts'
import type { ControlMessage, EngineMessage } from './control.ts'
import { decodeEngineMessage, encodeLine } from './line-codec.ts'

function open() {
  const input = new PassThrough()
  const output = new PassThrough()
  const warnings: string[] = []
  const heard: ControlMessage[] = []
  const channel = createLineChannel(input, output, (text) => warnings.push(text))
  channel.onControl((message) => heard.push(message))
  return { input, output, warnings, heard, channel }
}

const REPORT: EngineMessage = { type: 'report', cpuMicros: 1, memoryBytes: 2 }

describe('a channel of lines', () => {
  it('tells a message a line', async () => {
    const { output, channel } = open()
    channel.tell({ type: 'ready', port: 8888 })
    channel.tell({ type: 'connected' })
    await channel.flushed()
    const lines = String(output.read()).trimEnd().split('\n')
    expect(lines.map(decodeEngineMessage)).toEqual([{ type: 'ready', port: 8888 }, { type: 'connected' }])
  })

  it('hears what it is told, however it is cut, and says what it cannot read', () => {
    const { input, heard, warnings } = open()
    // The launcher that began the first line died; the one that came after it began with an empty line.
    for (const part of [
      '{"type":"a',
      '\n',
      '\n{"type":"ack",',
      '"sequence":7}\n',
      `${encodeLine({ type: 'stop' })}\n`,
    ]) {
      input.write(part)
    }
    expect(heard).toEqual([{ type: 'ack', sequence: 7 }, { type: 'stop' }])
    expect(warnings).toEqual(['told something that is no message: {"type":"a'])
  })

  it('does not take the end of its input for the end of its launcher', async () => {
    const { input, channel, heard } = open()
    let gone = false
    channel.onGone(() => (gone = true))
    const ended = new Promise((resolve) => input.once('end', resolve))
    input.end(`${encodeLine({ type: 'ack', sequence: 1 })}\n`)
    await ended
    expect(gone).toBe(false)
    expect(heard).toEqual([{ type: 'ack', sequence: 1 }])
  })

  it('leaves out reports that nobody takes, so that they cost a bounded memory', () => {
    const stuck = new Writable({ write: () => undefined })
    const channel = createLineChannel(new PassThrough(), stuck, () => undefined)
    for (let told = 0; told < 100_000; told++) channel.tell(REPORT)
    expect(stuck.writableLength).toBeGreaterThan(1_000_000)
    expect(stuck.writableLength).toBeLessThan(1_100_000)
  })

  it('lives on when whoever read its output is gone', async () => {
    const { output, channel, warnings } = open()
    output.destroy(new Error('gone'))
    channel.tell({ type: 'connected' })
    await channel.flushed()
    expect(warnings).toContain('standard output broke: gone')
  })
})
