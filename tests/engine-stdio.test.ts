import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import type { ControlMessage, EngineMessage } from '../engines/edge/process/control.ts'
import { decodeEngineMessage, encodeLine } from '../engines/edge/process/line-codec.ts'
import { LineSplitter } from '../engines/edge/process/line-splitter.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { root } from '../server/setup.mjs'
import { backtestEngine } from '../server/simulations/engine-specs.ts'
import { fingerprintOf, runPure, specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-stdio-'))
const spec = specOf('rsi', ['BTC-USD'])
const children: ChildProcess[] = []
let tape = ''

beforeAll(async () => {
  const market = { seed: 5, startTime: 1_767_571_200_000_000, seconds: 60, activity: 1 }
  tape = await writeTape(folder, 'stdio', generateEvents({ ...market, products: spec.products }))
})
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Starts an engine that is told by lines, as one in a container is. */
function launch(entry: string, variables: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'dist/engines', `${entry}.js`)], {
    env: { PATH: process.env.PATH, CONTROL: 'stdio', ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.push(child)
  const messages: EngineMessage[] = []
  const lines = new LineSplitter()
  const told = { strange: [] as string[] }
  child.stdout.on('data', (bytes: Buffer) => {
    for (const line of lines.push(bytes)) {
      const message = decodeEngineMessage(line)
      if (message === null) told.strange.push(line)
      else messages.push(message)
    }
  })
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string,
  }))
  const tell = (message: ControlMessage): void => void child.stdin.write(`${encodeLine(message)}\n`)
  return { child, messages, strange: told.strange, tell, exited }
}

const PATIENCE = { timeout: 15_000, interval: 10 }
const eventsOf = (messages: readonly EngineMessage[]): readonly SimulatorEvent[] =>
  messages.flatMap((message) => (message.type === 'events' ? message.events : []))
const backtest = () => launch('backtest', { ...backtestEngine(spec, tape, 'warn').env, TAPE_PATH: tape })

// All at once: one of them waits for the ten seconds that an engine has to hand over its events.
describe.concurrent('an engine that is told by lines', () => {
  it('hands over every event exactly as it is, waits until they are taken, and ends in order', async () => {
    const { messages, strange, tell, exited } = backtest()
    const pure = runPure(spec, tape)
    await vi.waitFor(() => expect(eventsOf(messages)).toHaveLength(pure.length), PATIENCE)
    tell({ type: 'ack', sequence: pure.length })
    expect(await exited).toEqual({ code: 0, signal: null })
    expect(eventsOf(messages)).toEqual(pure)
    expect(strange).toEqual([])
    expect(messages.at(-2)).toEqual({
      type: 'ended',
      reason: 'COMPLETED',
      fingerprint: fingerprintOf(pure),
      last: pure.length,
    })
  })

  it('goes on when its input ends, holding its events, and ends by SIGTERM all the same', async () => {
    const { child, messages, exited } = backtest()
    await vi.waitFor(() => expect(eventsOf(messages).length).toBeGreaterThan(10), PATIENCE)
    child.stdin?.end()
    // It still reports, a second later and two: neither ended nor stopped.
    const reports = () => messages.filter((message) => message.type === 'report').length
    const before = reports()
    await vi.waitFor(() => expect(reports()).toBeGreaterThan(before + 1), PATIENCE)
    expect(child.exitCode).toBeNull()
    child.kill('SIGTERM')
    // Nobody takes its events any more: it says so by its exit code, after its time to hand them over.
    expect(await exited).toEqual({ code: 3, signal: null })
  })

  it('stops when it is told to', async () => {
    const { messages, tell, exited } = launch('exchange-sandbox', { BIND_ADDR: '127.0.0.1:0', LOG_LEVEL: 'warn' })
    await vi.waitFor(() => expect(messages.some((message) => message.type === 'ready')).toBe(true), PATIENCE)
    tell({ type: 'stop' })
    expect(await exited).toEqual({ code: 0, signal: null })
  })

  it('touches a file every second while its event loop turns', async () => {
    const alive = join(folder, 'alive')
    const { child } = launch('exchange-sandbox', { BIND_ADDR: '127.0.0.1:0', LOG_LEVEL: 'warn', ALIVE_PATH: alive })
    await vi.waitFor(() => expect(existsSync(alive)).toBe(true), PATIENCE)
    const first = statSync(alive).mtimeMs
    await vi.waitFor(() => expect(statSync(alive).mtimeMs).toBeGreaterThan(first), PATIENCE)
    expect(child.exitCode).toBeNull()
  })

  it('refuses a way of being told that it does not know', async () => {
    const { child, exited } = launch('generate-tape', { CONTROL: 'telepathy', TAPE_PATH: join(folder, 'none.tape') })
    const said: string[] = []
    child.stderr?.on('data', (bytes: Buffer) => said.push(String(bytes)))
    expect(await exited).toEqual({ code: 1, signal: null })
    expect(said.join('')).toBe('generate-tape: CONTROL must be stdio, redis or not set; got "telepathy"\n')
  })
})
