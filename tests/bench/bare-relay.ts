import { bundle } from './fork-bundled.ts'

/** How long 64-byte datagrams took from the first process through the second to the third, in microseconds. */
export interface BareRelayFigures {
  readonly p50: number
  readonly p99: number
  readonly count: number
  /** Datagrams that never arrived; nothing recovers them here. */
  readonly lost: number
}

/** The yardstick for tick to fill: three bare Node processes, 64-byte datagrams, a fixed rate, send time to arrival. */
export async function benchBareRelay(count = 10_000, perSecond = 1000): Promise<BareRelayFigures> {
  const file = await bundle('./workers/bare-relay.ts')
  try {
    const [receiver, relay, sender] = [file.start('receive'), file.start('relay'), file.start('send')]
    const [receiverPort, relayPort] = await Promise.all([receiver.next(), relay.next(), sender.next()])
    relay.child.send({ to: receiverPort })
    sender.child.send({ to: relayPort, count, perSecond })
    await sender.next()
    receiver.child.send('report')
    const latencies = ((await receiver.next()) as number[]).sort((one, other) => one - other)
    for (const worker of [relay, sender]) worker.child.send('stop')
    const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
    return { p50: at(0.5), p99: at(0.99), count: latencies.length, lost: count - latencies.length }
  } finally {
    await file.dispose()
  }
}
