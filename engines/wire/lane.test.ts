import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyMessage } from '../../tests/support/wire/wire-messages.ts'
import { tickNumber } from '../../tests/support/wire/wire-ticks.ts'
import { decodeDatagram } from './codec.ts'
import { Lane, MIN_RING_BYTES } from './lane.ts'

describe('a lane', () => {
  it('keeps the newest datagrams whole and readable however often its ring goes round', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyMessage, fc.boolean()), { minLength: 300, maxLength: 400 }), (steps) => {
        const lane = new Lane(7, [], MIN_RING_BYTES)
        for (const [message, seal] of steps) {
          if (!lane.append(message)) {
            lane.seal(1)
            lane.append(message)
          }
          if (seal) lane.seal(1)
        }
        lane.seal(1)
        let sequence = lane.heldFrom
        for (let number = lane.oldest; number < lane.sealed; number += 1) {
          const bytes = lane.bytes.subarray(lane.offsetOf(number), lane.offsetOf(number) + lane.lengthOf(number))
          const decoded = decodeDatagram(bytes)
          if (!decoded.ok || decoded.datagram.kind !== 'data') throw new Error('not readable any more')
          expect(decoded.datagram.first).toBe(sequence)
          expect(decoded.datagram.messages).toEqual(
            steps.slice(sequence - 1, sequence - 1 + decoded.datagram.messages.length).map(([message]) => message),
          )
          sequence += decoded.datagram.messages.length
        }
        expect(sequence).toBe(lane.next)
        expect(lane.oldest, 'the ring went round').toBeGreaterThan(0)
        expect(lane.sealed - lane.oldest).toBeGreaterThanOrEqual(Math.min(lane.sealed, lane.maxWindow))
      }),
      { numRuns: 50 },
    )
  })

  it('finds the datagram of any sequence', () => {
    const lane = new Lane(7, [], MIN_RING_BYTES)
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      lane.append(tickNumber(sequence))
      if (sequence % 3 === 0) lane.seal(1)
    }
    for (let sequence = lane.heldFrom; sequence < lane.sealedNext; sequence += 1) {
      expect(lane.find(sequence)).toBe(Math.floor((sequence - 1) / 3))
    }
    expect(lane.find(lane.sealedNext)).toBe(lane.sealed)
    expect(lane.find(1)).toBe(lane.oldest)
  })

  it('seals nothing where nothing is pending', () => {
    expect(new Lane(7, [], MIN_RING_BYTES).seal(1)).toBe(-1)
  })
})
