import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Visitors, type Visitor } from './visitors.ts'

/** Somebody who is connected, as far as the one who counts sees them. */
class Guest extends EventEmitter {
  readonly remoteAddress: string
  writableLength = 0
  gone = false

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy(): this {
    this.gone = true
    this.emit('close')
    return this
  }
}

/** Lets somebody in. */
function arrive(visitors: Visitors, address: string): Guest {
  const guest = new Guest(address)
  visitors.arrive(guest as unknown as Visitor)
  return guest
}
const holds = (visitors: Visitors, guest: Guest): boolean => visitors.hold(guest as unknown as Visitor)
const letGo = (visitors: Visitors, guest: Guest): void => visitors.letGo(guest as unknown as Visitor)
const crowd = (visitors: Visitors, count: number, address: (index: number) => string): Guest[] =>
  Array.from({ length: count }, (_, index) => arrive(visitors, address(index)))

describe('visitors', () => {
  it('find room, however many are there that say nothing: the one goes that has said nothing longest', () => {
    const visitors = new Visitors({ connections: 20, perAddress: 10 })
    const silent = crowd(visitors, 20, (index) => `10.0.0.${index}`)
    const late = arrive(visitors, '10.0.1.1')
    expect(silent.map(({ gone }) => gone)).toEqual([true, ...Array<boolean>(19).fill(false)])
    expect([late.gone, visitors.count()]).toEqual([false, { connected: 20, held: 0 }])
  })

  it('that are served are never turned out, and leave a quarter of the places to those who come', () => {
    const visitors = new Visitors({ connections: 20, perAddress: 20 })
    const guests = crowd(visitors, 20, (index) => `10.0.0.${index}`)
    expect(guests.filter((guest) => holds(visitors, guest))).toHaveLength(15)
    crowd(visitors, 100, (index) => `10.0.1.${index}`)
    expect(guests.slice(0, 15).some(({ gone }) => gone)).toBe(false)
    expect(visitors.count()).toEqual({ connected: 20, held: 15 })
    guests[0]!.destroy()
    expect(holds(visitors, arrive(visitors, '10.0.2.1'))).toBe(true)
  })

  it('that do not read are cut off where too much waits for all, those first for whom the most does', () => {
    const visitors = new Visitors({ connections: 20, perAddress: 20 })
    const guests = crowd(visitors, 4, (index) => `10.0.0.${index}`)
    guests.forEach((guest, index) => (guest.writableLength = [10, 400, 0, 300][index]!))
    expect(visitors.cutUnread(710)).toBe(0)
    expect(visitors.cutUnread(400)).toBe(1)
    expect(guests.map(({ gone }) => gone)).toEqual([false, true, false, false])
  })

  it('ask on one connection without waiting for as much as on a WebSocket', () => {
    const visitors = new Visitors({ connections: 20, perAddress: 20 })
    const guest = arrive(visitors, '127.0.0.1')
    expect(Array.from({ length: 120 }, () => holds(visitors, guest)).filter(Boolean)).toHaveLength(100)
    letGo(visitors, guest)
    expect(holds(visitors, guest)).toBe(true)
  })

  it('of one address have a share of the places and no more, whatever they do with them', () => {
    const visitors = new Visitors({ connections: 100, perAddress: 10 })
    const many = crowd(visitors, 30, () => '10.0.0.1')
    expect(many.filter(({ gone }) => !gone)).toHaveLength(10)
    expect(many.filter((guest) => !guest.gone && holds(visitors, guest))).toHaveLength(7)
    expect(holds(visitors, arrive(visitors, '10.0.0.2'))).toBe(true)
  })

  it.each([
    ['of a network of IPv6', ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::']],
    ['of IPv4 that is written as IPv6', ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:10.0.0.1']],
  ])('%s are one', (_what, addresses) => {
    const visitors = new Visitors({ connections: 100, perAddress: 10 })
    const many = crowd(visitors, 30, (index) => addresses[index % addresses.length]!)
    expect(many.filter(({ gone }) => !gone)).toHaveLength(10)
  })

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'from %s, where proxies are, are counted in all alone',
    (address) => {
      const visitors = new Visitors({ connections: 100, perAddress: 10 })
      const many = crowd(visitors, 60, () => address)
      expect(many.filter((guest) => !guest.gone && holds(visitors, guest))).toHaveLength(60)
    },
  )

  it('hold one place for several requests at once, and let go of it with the last', () => {
    const visitors = new Visitors({ connections: 20, perAddress: 20 })
    const guest = arrive(visitors, '10.0.0.1')
    expect([holds(visitors, guest), holds(visitors, guest)]).toEqual([true, true])
    letGo(visitors, guest)
    expect(visitors.count()).toEqual({ connected: 1, held: 1 })
    letGo(visitors, guest)
    expect(visitors.count()).toEqual({ connected: 1, held: 0 })
    guest.destroy()
    letGo(visitors, guest)
    expect(visitors.count()).toEqual({ connected: 0, held: 0 })
  })
})
