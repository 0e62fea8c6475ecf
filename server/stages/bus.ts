import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../engines/domain/event.ts'
import type { BookSnapshot, Tick } from '../../engines/domain/market.ts'
import type { Product } from '../../engines/domain/product.ts'
import type { SimulationStatus } from '../../engines/domain/simulation.ts'
import { encodeJson } from '../../engines/edge/json.ts'
import type { LogRecord } from '../../schema/context.ts'
import { EventStreams, type StreamFollower, type StreamHandler } from '../bus/event-streams.ts'
import { createFanOut, type ServerRequest } from '../bus/fan-out.ts'
import { createMarketRelay, type OpenMarket } from '../bus/market-relay.ts'
import { openRedisBus } from '../bus/redis-bus.ts'
import type { Live } from '../live/live.ts'

/** What the rest of the server uses of Redis; without Redis all of it is within this process. */
export interface JoinedBus {
  /** null: simulators tell their events over their channel. */
  readonly follow: ((simulationId: string, handler: StreamHandler) => StreamFollower) | null
  /** What is durable now, for the live feeds of all other servers. */
  spreadEvents(simulationId: string, events: readonly SimulatorEvent[], text: string | null): void
  spreadStatus(simulationId: string, status: SimulationStatus): void
  spreadLogs(simulationId: string, lines: readonly LogRecord[]): void
  /** Tells them that the store may hold more of a run than they heard. */
  spreadGap(simulationId: string): void
  /** Tells another server that one of its runs is to be stopped. */
  askStop(serverId: string, simulationId: string): Promise<void>
  /** The market of a run of another server; null where there is no Redis. */
  readonly market: ((simulationId: string, product: Product) => OpenMarket) | null
  /** null where there is no Redis. */
  readonly redis: {
    down(): { readonly since: Date; readonly reason: string } | null
    /** Milliseconds of a round trip. @throws where there is none. */
    ping(): Promise<number>
  } | null
  dispose(): Promise<void>
}

export interface BusOptions {
  readonly redisUrl: string | null
  readonly serverId: string
  readonly live: Live
  readonly room: () => Promise<void>
  readonly onStopRequest: (simulationId: string) => void
  /** The server that answers for a run now; null where it has ended. */
  readonly ownerOf: (simulationId: string) => Promise<string | null>
  /** The feeds of a product of a run of this server. */
  readonly viewMarket: (
    simulationId: string,
    product: Product,
  ) => Promise<readonly AsyncIterableIterator<Tick | BookSnapshot>[]>
  /** Called at each change, with the reason where Redis went away. */
  readonly onChange: (reason: string | null) => void
  readonly now: () => Date
  readonly log: Logger
}

const nothing = (): void => undefined

const WITHIN: JoinedBus = {
  follow: null,
  spreadEvents: nothing,
  spreadStatus: nothing,
  spreadLogs: nothing,
  spreadGap: nothing,
  askStop: () => Promise.resolve(),
  market: null,
  redis: null,
  dispose: () => Promise.resolve(),
}

/** Opens the bus: Redis where it is named, else nothing but this process. */
export async function joinBus(options: BusOptions): Promise<JoinedBus> {
  const { redisUrl, serverId, live, log } = options
  if (redisUrl === null) return WITHIN
  const redis = await openRedisBus({ url: redisUrl, serverId, now: options.now, onChange: options.onChange })
  const { commands, reader, subscriber } = redis
  const streams = new EventStreams({ commands, reader, consumer: serverId, room: options.room, log })
  const onRequest = (request: ServerRequest): void => {
    if (request.type === 'stop') options.onStopRequest(request.simulationId)
    else relay.serve(request.simulationId, request.product)
  }
  const fanOut = createFanOut({
    commands,
    subscriber,
    serverId,
    log,
    listener: {
      wants: (id) => live.wants(id),
      onEvents: (id, events) => live.publish(id, events),
      onStatus: (id, status) => live.publishStatus(id, status),
      onLogs: (id, lines) => live.publishLogs(id, lines),
      onPortfolios: (id, events) => live.publishPortfolios(id, events),
      onRequest,
      onGap: (id) => live.missed(id),
    },
  })
  const relay = createMarketRelay({
    commands,
    subscriber,
    async ask(simulationId, product) {
      const owner = await options.ownerOf(simulationId)
      if (owner !== null) await fanOut.ask(owner, { type: 'market', simulationId, product })
    },
    view: options.viewMarket,
    log,
  })
  return {
    follow: (id, handler) => streams.follow(id, handler),
    spreadEvents: (id, events, text) => fanOut.publishEvents(id, text ?? encodeJson(events)),
    spreadStatus: (id, status) => fanOut.publishStatus(id, status),
    spreadLogs: (id, lines) => fanOut.publishLogs(id, lines),
    spreadGap: (id) => fanOut.publishGap(id),
    async askStop(server, simulationId) {
      // Where it is not heard, that server sees it in the store within a second.
      await fanOut.ask(server, { type: 'stop', simulationId })
    },
    market: (id, product) => relay.open(id, product),
    redis,
    async dispose() {
      await relay.dispose()
      await streams.dispose()
      await redis.dispose()
    },
  }
}
