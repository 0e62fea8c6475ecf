import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../engines/domain/market/market.ts'
import { parseAmount } from '../../engines/domain/money.ts'
import { hasRecording, MISSING_RECORDINGS, recordingPath } from '../support/market/recordings.ts'
import { digestOf, marketEvents, writtenEvents } from './events.ts'
import { recordingOf } from './recorded.ts'
import {
  expectedAnswers,
  ordersOf,
  PROGRAMS,
  readDifferences,
  readVectors,
  type Vector,
  type VectorAnswer,
} from './vectors.ts'

const vectors = PROGRAMS.flatMap(readVectors)
const differences = readDifferences()
const here = vectors.filter(({ market }) => market.type === 'written' || hasRecording(recordingOf(market)))
const absent = here.length === vectors.length ? '' : ` (not of all: ${MISSING_RECORDINGS})`

/** When a market's first event is, and when its last can be at the latest. */
function windowOf({ market }: Vector): readonly [from: number, to: number] {
  if (market.type === 'recording') return [market.from, market.to]
  return [market.events[0]!.at, market.events.at(-1)!.at + 1_000_000_000]
}

/** What an answer says that cannot be, in words. */
function contradictions(vector: Vector, answer: VectorAnswer): readonly string[] {
  const orders = new Map(vector.requests.flatMap(ordersOf).map((order) => [order.id, order]))
  const sums = new Map([...orders.keys()].map((id) => [id, 0n]))
  const asked = new Map([...orders].map(([id, order]) => [id, parseAmount(order.quantity)]))
  for (const request of vector.requests)
    if (request.action === 'replace') asked.set(request.id, parseAmount(request.quantity))
  const [from, to] = windowOf(vector)
  const found: string[] = []
  let before = 0
  for (const fill of answer.fills) {
    sums.set(fill.id, (sums.get(fill.id) ?? 0n) + parseAmount(fill.quantity))
    if (fill.at < from || fill.at >= to) found.push(`${fill.id} is filled outside of the window`)
    if (fill.at < before) found.push(`${fill.id} is filled before what stands above it`)
    before = fill.at
  }
  if (answer.orders.length !== orders.size) found.push(`${answer.orders.length} of ${orders.size} orders are told of`)
  for (const { id, state, filled } of answer.orders) {
    const sum = sums.get(id)
    if (sum !== parseAmount(filled)) found.push(`${id} is filled otherwise than by its fills`)
    if (sum !== undefined && sum > asked.get(id)!) found.push(`${id} is filled beyond its quantity`)
    // A reduce-only order shrinks with its position.
    if (state === 'FILLED' && sum !== asked.get(id) && orders.get(id)?.reduceOnly !== true)
      found.push(`${id} is called filled and is not`)
  }
  return found
}

describe('vectors made by other programs', () => {
  it('are read from every file, each under its own name and with a line in the list of differences', () => {
    const lines = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    expect(vectors.length).toBeGreaterThan(40)
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length)
    expect(vectors.map(({ name }) => name).filter((name) => !lines.includes(`\n| \`${name}\` `))).toEqual([])
  })

  it('never fill an order beyond its quantity, nor outside of their window', () => {
    const found = vectors.flatMap((vector) =>
      vector.answers.flatMap((answer) => contradictions(vector, answer).map((what) => `${vector.name}: ${what}`)),
    )
    expect(found).toEqual([])
  })

  it('are found out where an answer contradicts itself', () => {
    const vector = vectors.find(({ name }) => name === 'queue-example')!
    const answer = vector.answers[0]!
    const [first, second] = answer.fills
    const told = (change: Partial<VectorAnswer>): readonly string[] => contradictions(vector, { ...answer, ...change })

    expect(told({ fills: [first!, second!, second!] })).toContain('bid is filled beyond its quantity')
    expect(told({ fills: [second!, first!] })).toEqual(['bid is filled before what stands above it'])
    expect(told({ fills: [{ ...first!, at: 1 }, second!] })).toEqual(['bid is filled outside of the window'])
    expect(told({ fills: [first!] })).toEqual([
      'bid is filled otherwise than by its fills',
      'bid is called filled and is not',
    ])
    expect(told({ orders: [] })).toEqual(['0 of 1 orders are told of'])
  })

  it('say of our own broker nothing that contradicts itself, or that is the same as what the other program says', () => {
    const named = new Map(vectors.map((vector) => [vector.name, vector]))
    const found = [...differences].flatMap(([name, answers]) => {
      const vector = named.get(name)
      if (vector === undefined) return [`${name} is no vector`]
      return answers.flatMap((ours) => {
        const theirs = vector.answers.find(({ latencyMicros }) => latencyMicros === ours.latencyMicros)
        if (theirs === undefined) return [`${name} was not tried with that latency`]
        return isDeepStrictEqual(essence(ours), essence(theirs))
          ? [`${name} is the same`]
          : contradictions(vector, ours)
      })
    })
    expect(found).toEqual([])
    // With an answer of ours in the place of each that differs, there is one for every latency still.
    const expected = vectors.flatMap((vector) => expectedAnswers(vector, differences))
    expect(expected).toHaveLength(vectors.flatMap(({ answers }) => answers).length)
    expect(expected.filter((one) => [...differences.values()].flat().includes(one))).toHaveLength(
      [...differences.values()].flat().length,
    )
  })

  it('keep every request apart from quotes, books and trades, so that nobody has to say which comes first', () => {
    const together = here.flatMap((vector) => {
      const told = new Set(writtenEvents(vector).flatMap(({ kind, at }) => (kind === 'bar' ? [] : [at])))
      const arrivals = vector.answers.flatMap(({ latencyMicros }) =>
        vector.requests.map(({ at }) => at + latencyMicros),
      )
      return arrivals.some((at) => told.has(at)) ? [vector.name] : []
    })
    expect(together).toEqual([])
  })

  it('name the versions of the programs that their makers ask for', () => {
    const pinned = readFileSync(join(import.meta.dirname, 'make', 'requirements.txt'), 'utf8').split('\n')
    const programs = new Set(vectors.map(({ program }) => `${program.name}==${program.version}`))
    expect([...programs].filter((program) => !pinned.includes(program))).toEqual([])
  })

  it(`stand on recordings that are those of then, to the last byte${absent}`, () => {
    const sums = new Map<string, string>()
    for (const { market } of here) {
      if (market.type === 'written') continue
      const path = recordingPath(recordingOf(market))
      if (!sums.has(path)) sums.set(path, createHash('sha256').update(readFileSync(path)).digest('hex'))
      expect(sums.get(path)).toBe(market.sha256)
    }
  })

  for (const vector of vectors) {
    const there = here.includes(vector)
    it.skipIf(!there)(
      `have their market made again as the other program was given it: ${vector.name}${there ? '' : absent}`,
      () => {
        const events = writtenEvents(vector)
        expect(events).toHaveLength(vector.market.count)
        expect(digestOf(events, vector.instrument)).toBe(vector.market.digest)
      },
    )
  }

  it('are played as market events with all that a feed promises', () => {
    for (const vector of here) {
      const events = marketEvents(vector)
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1))
      expect(events.every(({ time }, index) => index === 0 || time >= events[index - 1]!.time)).toBe(true)
      const numbers = events.flatMap(numbersOf)
      expect(numbers.filter((value) => !Number.isSafeInteger(value) || value < 0)).toEqual([])
    }
  })
})

/** What two answers can differ in, without what only one program tells. */
function essence({ fills, orders }: VectorAnswer): unknown {
  return { fills: fills.map(({ fee: _fee, ...fill }) => fill), orders }
}

/** All counts of an event. */
function numbersOf(event: MarketEvent): readonly number[] {
  if (event.type === 'book') return [...event.bids, ...event.asks].flat()
  if (event.type === 'tick') return [event.price, event.size, event.bid, event.bidSize, event.ask, event.askSize]
  if (event.type === 'bar') return [event.open, event.high, event.low, event.close, event.volume]
  return []
}
