import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { BookSnapshot, Tick } from '../../engines/domain/market/market.ts'
import type { Product } from '../../engines/domain/market/product.ts'
import { decodeJson, encodeJson } from '../../engines/edge/json.ts'
import { redisKeys } from '../../engines/edge/redis/connection.ts'

/** How long a server goes on relaying after it was last asked to; and how often whoever listens asks again. */
const LEASE_MS = 10_000
const ASK_MS = 3_000

type MarketMessage = Tick | BookSnapshot

/** Opens the feeds of a product of a run of this server; none where it is not, or not any more. */
export type ViewMarket = (
  simulationId: string,
  product: Product,
) => Promise<readonly AsyncIterableIterator<MarketMessage>[]>

/** What a listener opens: it is told what arrives until it disposes of it. */
export type OpenMarket = (hear: (message: MarketMessage) => void) => Promise<{ dispose(): Promise<void> }>

export interface MarketRelayOptions {
  readonly commands: Redis
  readonly subscriber: Redis
  /** Asks the server that answers for a run to relay one of its products for a while. */
  readonly ask: (simulationId: string, product: Product) => Promise<void>
  readonly log: Logger
}

/**
 * Carries ticks and books of a run from the server that has them to those whose subscribers want them, over Redis's
 * channels, and only as long as they do. The newest wins: what comes while the last one is on its way replaces what waits.
 */
export interface MarketRelay {
  /** The market of a run at another server. */
  open(simulationId: string, product: Product): OpenMarket
  /** Another server wants a product of a run of this one, for the next {@link LEASE_MS}, as `view` shows it. */
  serve(simulationId: string, product: Product, view: ViewMarket): void
  dispose(): Promise<void>
}

export function createMarketRelay(options: MarketRelayOptions): MarketRelay {
  const { commands, subscriber, log } = options
  const listeners = new Map<string, Set<(message: MarketMessage) => void>>()
  const served = new Map<string, { timer: NodeJS.Timeout; end(): void; tellNewest(): void }>()
  const working = new Set<Promise<void>>()

  subscriber.on('message', (channel: string, text: string) => {
    const hearing = listeners.get(channel)
    if (hearing === undefined) return
    try {
      const message = decodeJson(text) as MarketMessage
      for (const hear of hearing) hear(message)
    } catch (error) {
      log.error({ channel, err: error }, 'a message on a channel could not be understood')
    }
  })

  // A connection that is new has no subscriptions.
  const resubscribe = (): void => {
    if (listeners.size === 0) return
    // One that breaks in between comes back as "ready", and here again.
    subscriber.subscribe(...listeners.keys()).catch((error: unknown) => {
      log.debug({ err: error }, 'the market of other servers could not be subscribed to yet')
    })
  }
  subscriber.on('ready', resubscribe)

  const tell = async (channel: string, message: MarketMessage): Promise<void> => {
    // Live only: what nobody hears now is replaced by the next one.
    if (commands.status === 'ready') await commands.publish(channel, encodeJson(message)).catch(() => undefined)
  }
  const serve = async (channel: string, simulationId: string, product: Product, view: ViewMarket): Promise<void> => {
    let over = false
    /** A book may not change for long: whoever asks later is told it again. */
    let book: BookSnapshot | null = null
    const carry = async (feed: AsyncIterableIterator<MarketMessage>): Promise<void> => {
      for await (const message of feed) {
        if (message.type === 'book') book = message
        await tell(channel, message)
      }
    }
    let feeds: readonly AsyncIterableIterator<MarketMessage>[] = []
    const end = (): void => {
      // Its timer too: the same product may be served anew when it goes off.
      clearTimeout(timer)
      if (!over) served.delete(channel)
      over = true
      for (const feed of feeds) void feed.return?.()
    }
    const timer = setTimeout(end, LEASE_MS).unref()
    const tellNewest = (): void => {
      if (book !== null) void tell(channel, book)
    }
    served.set(channel, { timer, end, tellNewest })
    try {
      feeds = await view(simulationId, product)
      if (over) end()
      await Promise.all(feeds.map((feed) => carry(feed)))
    } catch (error) {
      log.warn({ simulationId, product, err: error }, 'market data could not be relayed')
    } finally {
      end()
    }
  }

  return {
    open: (simulationId, product) => async (hear) => {
      const channel = redisKeys.market(simulationId, product)
      const hearing = listeners.get(channel) ?? new Set()
      listeners.set(channel, hearing)
      hearing.add(hear)
      const ask = (): void => {
        options.ask(simulationId, product).catch((error: unknown) => {
          log.debug({ err: error }, 'another server could not be asked for market data yet')
        })
      }
      const timer = setInterval(ask, ASK_MS)
      const dispose = async (): Promise<void> => {
        clearInterval(timer)
        hearing.delete(hear)
        if (hearing.size > 0 || listeners.get(channel) !== hearing) return
        listeners.delete(channel)
        // Where Redis is away there is nothing to unsubscribe from.
        await subscriber.unsubscribe(channel).catch(() => undefined)
      }
      try {
        // Whoever comes later, too: the first one may be waiting for it still, or have failed.
        await subscriber.subscribe(channel)
      } catch (error) {
        await dispose()
        throw error
      }
      ask()
      return { dispose }
    },
    serve(simulationId, product, view) {
      const channel = redisKeys.market(simulationId, product)
      const present = served.get(channel)
      if (present !== undefined) {
        present.timer.refresh()
        present.tellNewest()
        return
      }
      const work = serve(channel, simulationId, product, view).finally(() => working.delete(work))
      working.add(work)
    },
    async dispose() {
      subscriber.off('ready', resubscribe)
      for (const { end } of [...served.values()]) end()
      await Promise.all(working)
    },
  }
}
