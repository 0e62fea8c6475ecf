import { describe, expect, it } from 'vitest'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { Lane, MIN_RING_BYTES } from './lane.ts'
import { planResend } from './resend.ts'

/** A lane that sent `count` datagrams of three ticks each. */
function sentLane(count: number): Lane {
  const lane = new Lane(7, [], MIN_RING_BYTES)
  for (let sequence = 1; sequence <= 3 * count; sequence += 1) {
    lane.append(tickNumber(sequence))
    if (sequence % 3 === 0) lane.seal(1)
  }
  return lane
}

describe('the answer to a re-request', () => {
  it.each([
    ['one message: its datagram', [{ from: 5, to: 5 }], [1]],
    ['a range over two datagrams: both', [{ from: 3, to: 4 }], [0, 1]],
    [
      'two ranges in one datagram: it, once',
      [
        { from: 4, to: 4 },
        { from: 6, to: 6 },
      ],
      [1],
    ],
    ['more than was sent: what was sent', [{ from: 28, to: 1000 }], [9]],
    ['only what was not sent yet: nothing', [{ from: 31, to: 40 }], []],
  ])('to %s', (_, ranges, datagrams) => {
    expect(planResend(sentLane(10), ranges, 128)).toEqual({ datagrams, gone: [] })
  })

  it('stops at its limit', () => {
    expect(planResend(sentLane(10), [{ from: 1, to: 30 }], 4).datagrams).toEqual([0, 1, 2, 3])
  })

  it('names what the ring has let go and sends the rest', () => {
    const lane = sentLane(200)
    const held = lane.heldFrom
    expect(held).toBeGreaterThan(10)
    const plan = planResend(
      lane,
      [
        { from: 1, to: 2 },
        { from: held - 1, to: held },
      ],
      128,
    )
    expect(plan).toEqual({
      datagrams: [lane.oldest],
      gone: [
        { from: 1, to: 2 },
        { from: held - 1, to: held - 1 },
      ],
    })
  })
})
