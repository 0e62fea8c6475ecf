import { existsSync, readFileSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'
import { AwakeTime } from '../awake-time.ts'
import type { Watched } from './watchdog.ts'

/** The thread that watches; see `watchdog.ts`. */
const ROUND_MS = 250
/** How long the hanging thread may take to say where it is. */
const PAUSE_MS = 2_000
const MOST_FRAMES = 12

interface Frame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

/** Addresses of the scripts of the thread that hangs, by their numbers. */
const scripts = new Map<string, string>()

const { state, limitMs, whose } = workerData as Watched
const count = new Int32Array(state)

/** Where a frame is in its source, as a stack has it. */
function placeOf({ functionName, location }: Frame): string {
  const url = scripts.get(location.scriptId) ?? ''
  const [line, column] = [location.lineNumber, location.columnNumber ?? 0]
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const named = functionName === '' ? '<anonymous>' : functionName
  if (!existsSync(`${path}.map`)) return `${named} (${path}:${line + 1}:${column + 1})`
  const entry = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')) as never).findEntry(line, column)
  if (!('originalSource' in entry)) return `${named} (${path}:${line + 1}:${column + 1})`
  const source = entry.originalSource.replace(/^(\.\.\/)+/, '')
  return `${named} (${source}:${entry.originalLine + 1}:${entry.originalColumn + 1})`
}

/** The stack of the thread that hangs, innermost first; empty where it does not say. */
async function stack(session: Session): Promise<readonly string[]> {
  session.connectToMainThread()
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url))
  const paused = new Promise<readonly Frame[]>((resolve) => {
    session.on('Debugger.paused', ({ params }) => resolve(params.callFrames as unknown as readonly Frame[]))
    setTimeout(() => resolve([]), PAUSE_MS)
  })
  await session.post('Debugger.enable')
  await session.post('Debugger.pause')
  return (await paused).slice(0, MOST_FRAMES).map(placeOf)
}

async function end(): Promise<void> {
  const session = new Session()
  const nothing = new Promise<readonly string[]>((resolve) => setTimeout(() => resolve([]), PAUSE_MS))
  // Where the other thread does not answer, it is ended without its place.
  const frames = await Promise.race([stack(session).catch(() => []), nothing])
  // What it calls of Node stands inside of it.
  const own = frames.find((frame) => !frame.includes('(node:'))
  const said = `${whose} has hung for ${limitMs / 1_000} s in one call: ${own ?? 'it does not say where'}`
  const err = {
    type: 'Error',
    message: said,
    stack: [`Error: ${said}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'),
  }
  const line = { level: 50, time: Date.now(), name: 'watchdog', err, msg: 'stopped by the watchdog' }
  writeSync(2, `${JSON.stringify(line)}\n`)
  // The first process of a container hears no signal from within it: it is told where it stands paused.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PAUSE_MS)
  await session.post('Runtime.evaluate', { expression: 'process.exit(1)' }).catch(() => undefined)
}

const awake = new AwakeTime(ROUND_MS, performance.now())
let seen = 0
let since = 0
const timer = setInterval(() => {
  awake.round(performance.now())
  const now = Atomics.load(count, 0)
  if (now !== seen || now % 2 === 0) {
    seen = now
    since = awake.passed
  } else if (awake.passed - since >= limitMs) {
    clearInterval(timer)
    void end()
  }
}, ROUND_MS)
