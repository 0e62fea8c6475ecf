import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseTime, type Micros } from '../../engines/domain/time.ts'
import { bestOf } from '../support/market/naive-books.ts'
import { capturedFrames, recordingPath, RECORDINGS, type Recording } from '../support/market/recordings.ts'
import type { VectorMarket, WrittenEvent } from './vectors.ts'

type Source = Extract<VectorMarket, { type: 'recording' }>
type Side = 'bids' | 'asks'
type Change = readonly [side: Side, price: string, size: string]
/** What a recording says at a time: a trade, a quote or a bar, or what changes in the book, of which all levels are kept. */
type Said =
  Exclude<WrittenEvent, { kind: 'book' }> | { kind: 'changes'; at: Micros; changes: readonly Change[]; told: boolean }

const MOST_LEVELS = 40

/** Which recording a market was cut from. */
export function recordingOf(source: Source): Recording {
  const found = (Object.keys(RECORDINGS) as Recording[]).find((name) => RECORDINGS[name] === source.path)
  if (found === undefined) throw new Error(`${source.path} is none of the recordings that are known`)
  return found
}

/** The events of a slice of a recording. What stands when it begins is its first event. */
export function sliceOf(source: Source): readonly WrittenEvent[] {
  const book = { bids: new Map<number, number>(), asks: new Map<number, number>() }
  const found: WrittenEvent[] = []
  let standing: WrittenEvent | 'book' | null = null
  for (const one of said(source)) {
    if (one.at >= source.to) break
    const within = one.at >= source.from
    if (within && standing !== null) {
      found.push(standing === 'book' ? shown(book, source.from) : { ...standing, at: source.from })
      standing = null
    }
    if (one.kind === 'changes') {
      apply(book, one.changes)
      if (one.told && within) found.push(shown(book, one.at))
      else if (one.told) standing = 'book'
    } else if (within) found.push(one)
    else if (one.kind === 'quote') standing = one
  }
  return found.filter(({ kind }) => source.kinds.includes(kind))
}

function apply(book: Record<Side, Map<number, number>>, changes: readonly Change[]): void {
  for (const [side, price, size] of changes) {
    if (Number(size) === 0) book[side].delete(Number(price))
    else book[side].set(Number(price), Number(size))
  }
}

/** The best levels, best first. */
function shown(book: Record<Side, ReadonlyMap<number, number>>, at: Micros): WrittenEvent {
  const best = (side: Side, order: (a: number, b: number) => number): [string, string][] =>
    bestOf(book[side], MOST_LEVELS, order).map(([price, size]) => [String(price), String(size)])
  return { kind: 'book', at, bids: best('bids', (a, b) => b - a), asks: best('asks', (a, b) => a - b) }
}

/** A recording is read once, as far as anybody asks. */
const read = new Map<string, Reading>()

interface Reading {
  readonly known: Said[]
  readonly rest: Iterator<Said>
}

function* said(source: Source): Generator<Said> {
  const key = `${source.path} ${source.product}`
  const reading = read.get(key) ?? { known: [], rest: open(source)[Symbol.iterator]() }
  read.set(key, reading)
  for (let index = 0; ; index += 1) {
    if (index === reading.known.length) {
      const next = reading.rest.next()
      if (next.done === true) return
      reading.known.push(next.value)
    }
    yield reading.known[index]!
  }
}

function open(source: Source): Iterable<Said> {
  if (source.format === 'coinbase-level2-and-matches') return levelsAndMatches(source.product)
  if (source.format === 'coinbase-quotes-and-trades') return quotesAndTrades()
  return source.format === 'coinbase-candles' ? candles() : depthAndTrades()
}

interface BinanceMessage {
  readonly lastUpdateId?: number
  readonly bids?: readonly (readonly [string, string])[]
  readonly asks?: readonly (readonly [string, string])[]
  readonly data?: {
    readonly e?: string
    readonly u: number
    readonly b: readonly (readonly [string, string])[]
    readonly a: readonly (readonly [string, string])[]
    readonly p: string
    readonly q: string
    readonly m: boolean
  }
}

const changesOf = (
  bids: readonly (readonly [string, string])[],
  asks: readonly (readonly [string, string])[],
): Change[] => [
  ...bids.map(([price, size]): Change => ['bids', price, size]),
  ...asks.map(([price, size]): Change => ['asks', price, size]),
]

/** Depth differences over the snapshot that stands among them, and trades, at the time of receipt. */
function* depthAndTrades(): Generator<Said> {
  let snapshot: number | null = null
  const early: NonNullable<BinanceMessage['data']>[] = []
  for (const line of gunzipSync(readFileSync(recordingPath('depthAndTrades')))
    .toString('utf8')
    .split('\n')) {
    const space = line.indexOf(' ')
    if (space < 0 || line.includes('@bookTicker')) continue
    const at = Number(line.slice(0, space - 3))
    const { lastUpdateId, bids = [], asks = [], data } = JSON.parse(line.slice(space)) as BinanceMessage
    if (lastUpdateId !== undefined) {
      snapshot = lastUpdateId
      const later = early.filter(({ u }) => u > lastUpdateId).flatMap(({ b, a }) => changesOf(b, a))
      yield { kind: 'changes', at, changes: [...changesOf(bids, asks), ...later], told: true }
    } else if (data?.e === 'depthUpdate') {
      if (snapshot === null) early.push(data)
      else if (data.u > snapshot) yield { kind: 'changes', at, changes: changesOf(data.b, data.a), told: true }
    } else if (data?.e === 'trade' && snapshot !== null) {
      yield { kind: 'trade', at, price: data.p, size: data.q, taker: data.m ? 'SELL' : 'BUY' }
    }
  }
}

interface CoinbaseMessage {
  readonly type: string
  readonly product_id?: string
  readonly time: string
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
  readonly changes: readonly (readonly ['buy' | 'sell', string, string])[]
  readonly price: string
  readonly size: string
  readonly side: 'buy' | 'sell'
}

/** Level 2 and matches of one product, at the venue's time; the book is told from the first change on. */
function* levelsAndMatches(product: string): Generator<Said> {
  for (const { text } of capturedFrames()) {
    const message = JSON.parse(text) as CoinbaseMessage
    if (message.product_id !== product) continue
    if (message.type === 'snapshot') {
      yield { kind: 'changes', at: 0, changes: changesOf(message.bids, message.asks), told: false }
    } else if (message.type === 'l2update') {
      const changes = message.changes.map(([side, price, size]): Change => [
        side === 'buy' ? 'bids' : 'asks',
        price,
        size,
      ])
      yield { kind: 'changes', at: parseTime(message.time), changes, told: true }
    } else if (message.type === 'match') {
      // The venue names the maker's side.
      const taker = message.side === 'buy' ? 'SELL' : 'BUY'
      yield { kind: 'trade', at: parseTime(message.time), price: message.price, size: message.size, taker }
    }
  }
}

/** Quotes and trades by time of receipt. Quotes of one receipt are one batch, of which only the last holds. */
function* quotesAndTrades(): Generator<Said> {
  const rows = readFileSync(recordingPath('quotesAndTrades'), 'utf8').trim().split(/\r?\n/).slice(1)
  let last = ''
  for (const [index, row] of rows.entries()) {
    const [kind, stamp = '', bid = '', ask = '', bidSize = '', askSize = '', price = '', size = '', side] =
      row.split(',')
    const at = Number(stamp.slice(0, -3))
    if (kind === 'trade') {
      yield { kind: 'trade', at, price, size, taker: side === 'b' ? 'SELL' : 'BUY' }
      continue
    }
    if (rows[index + 1]?.startsWith(`quote,${stamp},`) === true) continue
    const quote = [bid, bidSize, ask, askSize].join()
    if (quote !== last) yield { kind: 'quote', at, bid, bidSize, ask, askSize }
    last = quote
  }
}

interface Candle {
  readonly openTimeInMillis: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

function* candles(): Generator<Said> {
  for (const candle of JSON.parse(readFileSync(recordingPath('candles'), 'utf8')) as Candle[]) {
    const begin = candle.openTimeInMillis * 1000
    const { open, high, low, close, volume } = candle
    const prices = { open: String(open), high: String(high), low: String(low), close: String(close) }
    yield { kind: 'bar', at: begin + 60_000_000, begin, ...prices, volume: String(volume) }
  }
}
