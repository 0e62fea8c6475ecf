import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SimulatorEvent } from '../engines/domain/trading/event.ts'
import { generateEvents } from '../engines/pipeline/generated-market.ts'
import { root } from '../server/setup.mjs'
import {
  algorithmEngine,
  backtestEngine,
  replayStreamer,
  simulatorEngine,
  type OwnerlessSpec,
} from '../server/simulations/engine-specs.ts'
import { fingerprintOf, runPure, specOf, writeTape } from './support/engines/tape-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-shell-'))
const spec = specOf('rsi', ['BTC-USD'])
let tape = ''

beforeAll(async () => {
  const market = { seed: 5, startTime: 1_767_571_200_000_000, seconds: 30, activity: 1 }
  tape = await writeTape(folder, 'shell', generateEvents({ ...market, products: spec.products }))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Starts an engine as a person would from a shell: no launcher, variables only. */
function shell(entry: string, variables: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'dist/engines', `${entry}.js`)], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = { out: [] as string[], err: [] as string[] }
  createInterface({ input: child.stdout }).on('line', (line) => lines.out.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => lines.err.push(line))
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code as number, signal: signal as string }))
  return { ...lines, ended }
}

/** Starts what the server would launch, from a shell, on any free port. */
function engineShell({ entry, env, tape }: OwnerlessSpec) {
  const file: Record<string, string> = tape === null ? {} : { [tape.variable]: tape.path }
  return shell(entry, { BIND_ADDR: '127.0.0.1:0', ...file, ...env })
}

describe('an engine with several bad variables', () => {
  it.each<[entry: string, variables: Record<string, string>, named: string[]]>([
    [
      'streamer',
      { BIND_ADDR: 'nowhere', PRODUCTS: 'btc', SOURCE: 'moon', BOOK_LEVELS: '0', LOG_LEVEL: 'loud' },
      ['BIND_ADDR', 'PRODUCTS', 'SOURCE', 'BOOK_LEVELS', 'LOG_LEVEL'],
    ],
    ['streamer', { SOURCE: 'tape', RECORD_PATH: 'a.txt' }, ['TAPE_PATH', 'RECORD_PATH']],
    [
      'algorithm',
      { STREAMING_SOURCE_PORT: '0', BIND_ADDR: '127.0.0.1:99999', RSI_PERIOD: 'x', RSI_OVERSOLD: '-1' },
      ['STREAMING_SOURCE_PORT', 'BIND_ADDR', 'RSI_PERIOD', 'RSI_OVERSOLD'],
    ],
    ['algorithm', { ALGORITHM: 'magic', LOSSLESS: 'perhaps' }, ['LOSSLESS', 'ALGORITHM']],
    [
      'simulator',
      { ALGORITHM_SOURCE_PORT: 'x', INITIAL_CAPITAL: '0', MIN_CONFIDENCE: '2' },
      ['ALGORITHM_SOURCE_PORT', 'INITIAL_CAPITAL', 'MIN_CONFIDENCE'],
    ],
    [
      'backtest',
      { DURATION_SECONDS: '0', PRODUCTS: '?', RSI_PERIOD: '1', TRADING_FEE_PCT: '7' },
      ['TAPE_PATH', 'DURATION_SECONDS', 'PRODUCTS', 'RSI_PERIOD', 'TRADING_FEE_PCT'],
    ],
    ['exchange-sandbox', { SANDBOX_SEED: 'x', SANDBOX_SPEED: '0', BIND_ADDR: ':' }, ['BIND_ADDR', 'SEED', 'SPEED']],
    ['generate-tape', { SEED: '-1', DURATION_SECONDS: '0' }, ['TAPE_PATH', 'SEED', 'DURATION_SECONDS']],
  ])('refuses to start: %s %j', async (entry, variables, named) => {
    const { out, err, ended } = shell(entry, variables)
    expect(await ended).toEqual({ code: 1, signal: null })
    expect(out).toEqual([])
    // Each on a line of its own, with the engine's name before it and no stack behind it.
    expect(err).toHaveLength(named.length)
    for (const line of err) expect(line.startsWith(`${entry}: `), line).toBe(true)
    for (const [index, name] of named.entries()) expect(err[index]).toContain(name)
  })
})

/** What is printed of a whole run. Money is text in JSON, and the order of keys says nothing. */
function asJson(events: readonly SimulatorEvent[]): unknown[] {
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  const lines = events.map((event) => JSON.parse(JSON.stringify(event, text)) as unknown)
  return [...lines, { type: 'ended', reason: 'COMPLETED', fingerprint: fingerprintOf(events), last: events.length }]
}

describe('from a shell, without a launcher', () => {
  it('a back-test prints each event as a line of JSON, and last what came of it', async () => {
    const { out, ended } = engineShell(backtestEngine(spec, tape, 'info'))
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual(asJson(runPure(spec, tape)))
  })

  it('a back-test says at its end how many quotes were crossed or locked', async () => {
    const market = { seed: 5, startTime: 1_767_571_200_000_000, seconds: 2, activity: 1, products: spec.products }
    let locked = 0
    const batches = [...generateEvents(market)].map((batch) =>
      batch.map((event) => {
        if (event.type !== 'tick' || event.bid === 0 || ++locked > 3) return event
        return { ...event, bid: event.ask, bidSize: event.askSize }
      }),
    )
    const crossed = await writeTape(folder, 'crossed', batches)
    const { err, ended } = engineShell(backtestEngine(spec, crossed, 'info'))
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(err.join('\n')).toContain('3 quotes were crossed or locked, and nothing was filled at them')
  })

  it('three engines that were told of each other by hand do the same', async () => {
    const host = '127.0.0.1'
    const portOf = (engine: ReturnType<typeof shell>): Promise<number> =>
      vi.waitFor(
        () => {
          const told = engine.err.map((line) => (JSON.parse(line) as { port?: number }).port ?? 0)
          expect(Math.max(0, ...told)).toBeGreaterThan(0)
          return Math.max(...told)
        },
        { timeout: 10_000, interval: 10 },
      )
    const streamer = engineShell(replayStreamer(spec, tape, 'info'))
    const algorithm = engineShell(algorithmEngine(spec, { host, port: await portOf(streamer) }, 'info'))
    const simulator = engineShell(simulatorEngine(spec, { host, port: await portOf(algorithm) }, 'info'))
    for (const { ended } of [streamer, algorithm, simulator]) expect(await ended).toEqual({ code: 0, signal: null })
    expect(simulator.out.map((line) => JSON.parse(line) as unknown)).toEqual(asJson(runPure(spec, tape)))
    expect([...streamer.out, ...algorithm.out]).toEqual([])
  })
})
