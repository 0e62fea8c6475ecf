import { once } from 'node:events'
import WebSocket from 'ws'

/** A frame as it came: only what tests look at is spelled out. */
export interface ReceivedFrame {
  readonly type: string
  readonly product_id?: string
  readonly message?: string
  readonly reason?: string
  readonly channels?: readonly { name: string; product_ids: string[]; account_ids: null }[]
  readonly bids?: readonly [string, string][]
  readonly asks?: readonly [string, string][]
  readonly changes?: readonly [string, string, string][]
  readonly trade_id?: number
  readonly last_trade_id?: number
  readonly sequence?: number
  readonly time?: string
  readonly side?: string
  readonly price?: string
  readonly size?: string
  readonly last_size?: string
  readonly best_bid?: string
  readonly best_ask?: string
}

/** A bare client: keeps all that it is sent, and waits on conditions. */
export interface TestClient {
  readonly socket: WebSocket
  readonly frames: ReceivedFrame[]
  /** What was no JSON object with a type. */
  readonly rubbish: (string | Buffer)[]
  readonly closed: Promise<{ code: number; reason: string }>
  send(message: unknown): void
  subscribe(channels: unknown, products?: readonly string[]): void
  /** Resolves with the first frame, old or new, that fits. */
  until(fits: (frame: ReceivedFrame) => boolean): Promise<ReceivedFrame>
  /** Resolves when so many frames that fit are there. */
  count(amount: number, fits: (frame: ReceivedFrame) => boolean): Promise<ReceivedFrame[]>
  /** Resolves when all that was sent to it before has come. */
  flushed(): Promise<void>
  close(): void
}

export async function connectClient(url: string): Promise<TestClient> {
  const socket = new WebSocket(url)
  const frames: ReceivedFrame[] = []
  const rubbish: (string | Buffer)[] = []
  const waiting = new Set<() => void>()
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  socket.on('message', (data: Buffer, isBinary) => {
    const text = data.toString()
    let frame: unknown
    try {
      frame = JSON.parse(text)
    } catch {
      frame = null
    }
    if (typeof frame === 'object' && frame !== null && 'type' in frame) frames.push(frame as ReceivedFrame)
    else rubbish.push(isBinary ? data : text)
    for (const check of waiting) check()
  })
  await once(socket, 'open')

  const count: TestClient['count'] = (amount, fits) =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = frames.filter(fits)
        if (found.length < amount) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
    })
  const send = (message: unknown): void => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    socket,
    frames,
    rubbish,
    closed,
    send,
    subscribe: (channels, products) =>
      send({ type: 'subscribe', channels, ...(products === undefined ? {} : { product_ids: products }) }),
    until: async (fits) => (await count(1, fits))[0]!,
    count,
    async flushed() {
      socket.ping()
      await once(socket, 'pong')
    },
    close: () => socket.close(),
  }
}

/** A predicate on a frame's type, and product where given. */
export function isFrame(type: string, product?: string): (frame: ReceivedFrame) => boolean {
  return (frame) => frame.type === type && (product === undefined || frame.product_id === product)
}

/** A book kept from snapshots and updates alone, written apart from the code under test. */
export class RebuiltBook {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()
  snapshots = 0

  take(frame: ReceivedFrame): void {
    if (frame.type === 'snapshot') {
      this.snapshots += 1
      this.bids.clear()
      this.asks.clear()
      for (const [price, size] of frame.bids ?? []) this.bids.set(Number(price), Number(size))
      for (const [price, size] of frame.asks ?? []) this.asks.set(Number(price), Number(size))
    }
    for (const [side, price, size] of frame.type === 'l2update' ? (frame.changes ?? []) : []) {
      const levels = side === 'buy' ? this.bids : this.asks
      if (Number(size) === 0) levels.delete(Number(price))
      else levels.set(Number(price), Number(size))
    }
  }

  bestBid(): number {
    return Math.max(...this.bids.keys())
  }

  bestAsk(): number {
    return Math.min(...this.asks.keys())
  }
}
