import { wallClock } from '../../../engines/edge/clock.ts'
import { createPublisher } from '../../../engines/edge/udp/publisher.ts'
import { createSubscriber } from '../../../engines/edge/udp/subscriber.ts'
import { tickNumber } from '../../support/wire/wire-ticks.ts'

/** The two ends of the UDP hop that `udp-hop.ts` measures: `send <count>` or `receive`; they talk to it over IPC. */
const say = (message: unknown): void => {
  process.send?.(message)
}

async function send(): Promise<void> {
  let greet: () => void = () => undefined
  const subscribed = new Promise<void>((resolve) => (greet = resolve))
  const publisher = await createPublisher({
    host: '127.0.0.1',
    port: 0,
    now: () => wallClock.now(),
    random: Math.random,
    endTimeoutMs: 10_000,
    onSubscribersChange: () => greet(),
  })
  process.once('message', (count: number) => {
    void subscribed.then(async () => {
      for (let sequence = 1; sequence <= count; sequence += 1) {
        if (!publisher.publish(tickNumber(sequence))) await publisher.whenReady()
      }
      const acknowledged = await publisher.end('done')
      say({ acknowledged, ...publisher.statistics() })
      await publisher.dispose()
      process.disconnect()
    })
  })
  say(publisher.port)
}

function receive(): void {
  process.once('message', (port: number) => {
    let expected = 1
    let startedAt = 0
    const faults: string[] = []
    void createSubscriber({
      source: { host: '127.0.0.1', port },
      products: [],
      lossless: true,
      now: () => wallClock.now(),
      random: Math.random,
      onMessage: (message) => {
        if (expected === 1) startedAt = performance.now()
        if (message.type !== 'tick' || message.sequence !== expected)
          faults.push(`got ${JSON.stringify(message)} for ${expected}`)
        expected += 1
      },
      onEnd: () => {
        const seconds = (performance.now() - startedAt) / 1000
        say({ received: expected - 1, seconds, faults: faults.slice(0, 5), quality: subscriber?.statistics() })
        void subscriber?.dispose().then(() => process.disconnect())
      },
    }).then((made) => (subscriber = made))
    let subscriber: Awaited<ReturnType<typeof createSubscriber>> | null = null
  })
}

if (process.argv[2] === 'send') await send()
else receive()
