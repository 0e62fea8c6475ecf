import type { Socket } from 'node:dgram'
import { closeSocket, openSocket } from '../../../engines/edge/udp/socket.ts'

/** How badly a relay behaves: shares of the datagrams, each in [0, 1], in both directions. */
export interface Faults {
  readonly drop?: number
  readonly duplicate?: number
  /** Held back until up to four later ones (or 5 ms) have passed. */
  readonly reorder?: number
}

/** What a relay did, in datagrams. */
export interface RelayCounts {
  readonly forwarded: number
  readonly dropped: number
  readonly duplicated: number
  readonly reordered: number
}

/** A bad network between UDP clients and one server, on 127.0.0.1. Clients speak to `port` as if it were the server. */
export interface LossyRelay {
  readonly port: number
  counts(): RelayCounts
  /** From now on. `{ drop: 1 }` cuts the line, `{}` heals it. */
  setFaults(faults: Faults): void
  /** From now on clients speak to another server, on this port. */
  setTarget(port: number): void
  dispose(): Promise<void>
}

interface Held {
  left: number
  readonly forward: () => void
}

/** Opens a relay. The same seed and the same datagrams in the same order meet the same faults. */
export async function createLossyRelay(options: {
  readonly target: { readonly host: string; readonly port: number }
  readonly seed: number
  readonly faults: Faults
}): Promise<LossyRelay> {
  const random = seeded(options.seed)
  const counts = { forwarded: 0, dropped: 0, duplicated: 0, reordered: 0 }
  const upstreams = new Map<string, Promise<Socket>>()
  const held: Held[] = []
  let { faults, target } = options
  let open = true

  const releaseHeld = (all: boolean) => {
    for (const one of held) one.left -= 1
    for (let index = 0; index < held.length;) {
      if (!all && held[index]!.left > 0) index += 1
      else held.splice(index, 1)[0]!.forward()
    }
  }
  const timer = setInterval(() => releaseHeld(true), 5)

  const pass = (bytes: Uint8Array, socket: Socket, port: number, address: string) => {
    if (random() < (faults.drop ?? 0)) {
      counts.dropped += 1
      return
    }
    const forward = () => {
      if (!open) return
      counts.forwarded += 1
      socket.send(bytes, port, address)
    }
    if (random() < (faults.duplicate ?? 0)) {
      counts.duplicated += 1
      forward()
    }
    if (random() < (faults.reorder ?? 0)) {
      counts.reordered += 1
      held.push({ left: 2 + Math.floor(random() * 4), forward })
    } else forward()
    releaseHeld(false)
  }

  const size = { receiveBufferBytes: 4 * 1024 * 1024 }
  const front = await openSocket({ host: '127.0.0.1', port: 0, ...size })
  const connect = async (port: number, address: string): Promise<Socket> => {
    const socket = await openSocket({ host: '127.0.0.1', port: 0, ...size })
    socket.on('message', (bytes) => pass(bytes, front, port, address))
    return socket
  }
  front.on('message', (bytes, from) => {
    const key = `${from.address}:${from.port}`
    const upstream = upstreams.get(key) ?? connect(from.port, from.address)
    upstreams.set(key, upstream)
    void upstream.then((socket) => open && pass(bytes, socket, target.port, target.host))
  })

  return {
    port: front.address().port,
    counts: () => ({ ...counts }),
    setFaults: (next) => (faults = next),
    setTarget: (port) => (target = { ...target, port }),
    dispose: async () => {
      open = false
      clearInterval(timer)
      await Promise.all([closeSocket(front), ...[...upstreams.values()].map(async (one) => closeSocket(await one))])
    },
  }
}

/** A small seeded generator (mulberry32) in place of `Math.random`. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Puts networks before ports that lose, repeat and disorder a twentieth each. */
export function createBends() {
  const relays: LossyRelay[] = []
  return {
    /** @returns the port to speak to instead */
    async bend(port: number, seed: number): Promise<number> {
      const faults = { drop: 0.05, duplicate: 0.05, reorder: 0.05 }
      const relay = await createLossyRelay({ target: { host: '127.0.0.1', port }, seed, faults })
      relays.push(relay)
      return relay.port
    },
    /** How many were dropped where the fewest were. */
    leastDropped: () => Math.min(...relays.map((relay) => relay.counts().dropped)),
    dispose: () => Promise.all(relays.splice(0).map((relay) => relay.dispose())),
  }
}
