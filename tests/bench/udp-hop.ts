import type { DataQuality } from '../../engines/domain/quality.ts'
import { bundle } from './fork-bundled.ts'

/** What one UDP hop carried. */
export interface UdpHopFigures {
  readonly ticksPerSecond: number
  readonly ticks: number
  /** Ticks that never arrived, or arrived wrong. */
  readonly lost: number
  /** Datagrams that had to be sent again. */
  readonly resent: number
  readonly quality: DataQuality
}

interface Received {
  readonly received: number
  readonly seconds: number
  readonly faults: readonly string[]
  readonly quality: DataQuality
}

/** One process publishes ticks losslessly, batched, as fast as it can; another takes them, each once and in order. */
export async function benchUdpHop(ticks = 2_000_000): Promise<UdpHopFigures> {
  const file = await bundle('./workers/udp-hop.ts')
  try {
    const sender = file.start('send')
    const receiver = file.start('receive')
    const port = (await sender.next()) as number
    receiver.child.send(port)
    sender.child.send(ticks)
    const got = (await receiver.next()) as Received
    const sent = (await sender.next()) as { resent: number }
    if (got.faults.length > 0) throw new Error(`ticks arrived wrong: ${got.faults.join('; ')}`)
    return {
      ticksPerSecond: Math.round(got.received / got.seconds),
      ticks,
      lost: ticks - got.received,
      resent: sent.resent,
      quality: got.quality,
    }
  } finally {
    await file.dispose()
  }
}
