import { wallClock } from '../../../engines/edge/clock.ts'
import { createPublisher, type Publisher, type PublisherOptions } from '../../../engines/edge/udp/publisher.ts'
import { createSubscriber, type Subscriber, type SubscriberOptions } from '../../../engines/edge/udp/subscriber.ts'
import type { WireMessage } from '../../../engines/wire/message.ts'
import { seeded } from './lossy-relay.ts'

/** A subscriber, with what it heard. */
export interface Listener {
  readonly subscriber: Subscriber
  readonly messages: WireMessage[]
  readonly sequences: () => number[]
  readonly ends: string[]
  readonly happenings: string[]
}

/** Publishers and subscribers on 127.0.0.1, all closed by `close`. */
export function udpEnds() {
  const { now } = wallClock
  const opened: { dispose(): Promise<void> }[] = []
  const publisher = async (options: Partial<PublisherOptions> = {}): Promise<Publisher> => {
    const made = await createPublisher({ host: '127.0.0.1', port: 0, now, random: seeded(1), ...options })
    opened.push(made)
    return made
  }
  const listen = async (port: number, options: Partial<SubscriberOptions> = {}): Promise<Listener> => {
    const messages: WireMessage[] = []
    const ends: string[] = []
    const happenings: string[] = []
    const subscriber = await createSubscriber({
      source: { host: '127.0.0.1', port },
      products: [],
      lossless: false,
      now,
      random: Math.random,
      onMessage: (message) => messages.push(message),
      onEnd: (reason) => ends.push(reason),
      onLost: (count) => happenings.push(`lost ${count}`),
      onSilence: () => happenings.push('silence'),
      onVoice: () => happenings.push('voice'),
      onRestart: () => happenings.push('restart'),
      onRefused: (reason) => happenings.push(reason),
      ...options,
    })
    opened.push(subscriber)
    const sequences = () =>
      messages.map((message) => ('sequence' in message ? message.sequence : 'cause' in message ? message.cause : 0))
    return { subscriber, messages, sequences, ends, happenings }
  }
  return {
    opened,
    publisher,
    listen,
    /** Subscribes and waits until it is granted. */
    async listening(port: number, options: Partial<SubscriberOptions> = {}): Promise<Listener> {
      const listener = await listen(port, options)
      await listener.subscriber.whenSubscribed()
      return listener
    },
    async close(): Promise<void> {
      await Promise.all(opened.splice(0).map((one) => one.dispose()))
    },
  }
}
