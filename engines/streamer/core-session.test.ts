import { beforeEach, describe, expect, it } from 'vitest'
import type { MarketEvent } from '../domain/market/market.ts'
import { MICROS_PER_SECOND as SECOND, type Micros } from '../domain/time.ts'
import { Session } from './core-session.ts'

const T0 = 1_700_000_000 * SECOND
const HOUR = 3_600 * SECOND
/** What one wrong message may say. */
const FAR = 7_226_582_400 * SECOND

let session: Session
let events: MarketEvent[]
/** The machine's clock, which is two minutes slow. */
let received: Micros

beforeEach(() => {
  events = []
  session = new Session((event) => events.push(event))
  received = T0 - 120 * SECOND
})

/** Something undated is told, after a message of this date has come. */
function hear(time: Micros, after: Micros = SECOND): Micros | undefined {
  received += after
  session.observe(time, received)
  session.publish({ type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '' }, 0, received)
  return events.at(-1)?.time
}

describe('a date that is far ahead', () => {
  it('of one message is not believed: what comes stands at the present, and time goes on', () => {
    expect(hear(T0)).toBe(T0)
    expect(hear(FAR)).toBe(T0)
    expect(hear(T0 + 2 * SECOND)).toBe(T0 + 2 * SECOND)
    expect(session.misdated).toBe(1)
  })

  it('of a trade, a quote or a book moves nothing else either', () => {
    hear(T0)
    session.publish({ type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '' }, FAR, received + SECOND)
    expect(events.at(-1)?.time).toBe(T0)
    expect(hear(T0 + SECOND)).toBe(T0 + SECOND)
  })

  it('is not believed as the first one, and not for want of a better one', () => {
    expect(hear(FAR)).toBeUndefined()
    session.publish({ type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '' }, FAR, received)
    session.settle(received)
    expect(events.map(({ time }) => time)).toEqual([received, received])
    expect(hear(T0)).toBe(T0)
  })

  it('is not believed however often the same is said', () => {
    hear(T0)
    for (let time = 0; time < 30; time++) hear(FAR)
    expect(hear(T0 + 40 * SECOND)).toBe(T0 + 40 * SECOND)
  })

  it('is not believed where right ones come between', () => {
    hear(T0)
    for (let time = 1; time < 60; time += 2) {
      hear(FAR + time)
      expect(hear(T0 + (time + 1) * SECOND)).toBe(T0 + (time + 1) * SECOND)
    }
  })

  it('is the present where as much time has passed here', () => {
    hear(T0)
    expect(hear(T0 + 5 * HOUR, 5 * HOUR)).toBe(T0 + 5 * HOUR)
  })

  it('is the present where ten in a row say so: the venue set its clock', () => {
    hear(T0)
    const times = Array.from({ length: 12 }, (_, index) => hear(T0 + 5 * HOUR + index * SECOND))
    expect(times.slice(0, 9).every((time) => time === T0)).toBe(true)
    expect(times.slice(9)).toEqual([9, 10, 11].map((index) => T0 + 5 * HOUR + index * SECOND))
  })

  it('is the present of a venue that plays a recording a thousand times as quickly', () => {
    hear(T0)
    let last = 0
    for (let index = 1; index <= 40; index++) last = hear(T0 + index * 1_000 * SECOND) ?? 0
    expect(last).toBe(T0 + 40_000 * SECOND)
  })
})

it('takes a first date that is long past, and the present after an old trade was all there was', () => {
  expect(hear(T0 - 8_000 * HOUR)).toBe(T0 - 8_000 * HOUR)

  const other = new Session((event) => events.push(event))
  other.publish({ type: 'feed', state: 'CONNECTED', product: '', count: 0, detail: '' }, T0 - 9 * HOUR, received)
  other.settle(received)
  expect(events.at(-1)?.time).toBe(T0 - 9 * HOUR)
  other.observe(T0, received)
  expect(other.now).toBe(T0)
})
