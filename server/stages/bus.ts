import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import type { Product } from '../../engines/domain/market/product.ts'
import { FINAL_STATUSES, type SimulationStatus } from '../../engines/domain/simulation.ts'
import { encodeJson } from '../../engines/edge/json.ts'
import type { LogRecord } from '../../schema/context.ts'
import { EventStreams } from '../bus/event-streams.ts'
import type { StreamFollower, StreamHandler } from '../bus/stream-entries.ts'
import { createFanOut, type ServerRequest } from '../bus/fan-out.ts'
import { createMarketRelay, type OpenMarket, type ViewMarket } from '../bus/market-relay.ts'
import { openRedisBus, type BusTrouble, type RedisBus } from '../bus/redis-bus.ts'
import type { Config } from '../config.ts'
import type { Live } from '../live/live.ts'
import { openStage, type Opened } from './stage.ts'
import type { StoreStage } from './store.ts'

/**
 * What other servers ask of this one, for the parts that are opened after the bus. None is lost by coming before there is
 * anybody to hear it: a stop is written in the store, where it is looked for each second, market data is asked for again every few
 * seconds, and whoever switches trading is told that it was not taken up.
 */
export interface BusEvents {
  /** Somebody wants a run of this server stopped. */
  stopRequested: [simulationId: string]
  /** Somebody wants to change what a run of this server may do. */
  tradingRequested: [simulationId: string, state: TradingState]
  /** Somebody wants to see the market as a run of this server sees it. */
  marketWanted: [simulationId: string, product: Product]
  /** Something is wrong with Redis; or it is well again (null). */
  changed: [trouble: BusTrouble | null]
}

/** What the rest of the server uses of Redis; without Redis all of it is within this process. */
export interface Bus {
  readonly events: EventEmitter<BusEvents>
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
  /** Asks another server to change what one of its runs may do; resolves with whether it heard. */
  askTrading(serverId: string, simulationId: string, state: TradingState): Promise<boolean>
  /** Shows the market of a run to the servers that wanted it, for a while. */
  serveMarket(simulationId: string, product: Product, view: ViewMarket): void
  /** The market of a run of another server; null where there is no Redis. */
  readonly market: ((simulationId: string, product: Product) => OpenMarket) | null
  /** How Redis is; null where there is none. */
  readonly redis: Pick<RedisBus, 'trouble' | 'ping'> | null
}

export interface BusNeeds {
  readonly config: Pick<Config, 'redisUrl'>
  readonly store: Pick<StoreStage, 'servers' | 'recorder' | 'runs'>
  /** Where what other servers tell goes to. */
  readonly live: Live
  readonly log: Logger
}

const nothing = (): void => undefined

const withinProcess = (): Bus => ({
  events: new EventEmitter(),
  follow: null,
  spreadEvents: nothing,
  spreadStatus: nothing,
  spreadLogs: nothing,
  spreadGap: nothing,
  askStop: () => Promise.resolve(),
  askTrading: () => Promise.resolve(false),
  serveMarket: nothing,
  market: null,
  redis: null,
})

/** Opens the bus: Redis where it is named, else nothing but this process. */
export function openBus({ config: { redisUrl }, store, live, log }: BusNeeds): Promise<Opened<Bus>> {
  return openStage(log, async (keep) => {
    if (redisUrl === null) return withinProcess()
    const serverId = store.servers.id
    const events = new EventEmitter<BusEvents>()
    const onChange = (trouble: BusTrouble | null): void => {
      // No run is there yet in whose log it could be told.
      if (!events.emit('changed', trouble)) log.info({ trouble }, 'the connection to Redis changed')
    }
    const redis = keep(await openRedisBus({ url: redisUrl, serverId, now: () => new Date(), onChange }))
    const { commands, reader, subscriber } = redis
    const room = (): Promise<void> => store.recorder.room()
    const streams = keep(new EventStreams({ commands, reader, consumer: serverId, room, log }))
    const fanOut = createFanOut({
      commands,
      subscriber,
      serverId,
      log,
      listener: {
        wants: (id) => live.wants(id),
        onEvents: (id, told) => live.publish(id, told),
        onStatus: (id, status) => live.publishStatus(id, status),
        onLogs: (id, lines) => live.publishLogs(id, lines),
        onPortfolios: (id, told) => live.publishPortfolios(id, told),
        onRequest: (request) => tell(events, request),
        onGap: (id) => live.missed(id),
      },
    })
    const relay = keep(
      createMarketRelay({
        commands,
        subscriber,
        async ask(simulationId, product) {
          const run = await store.runs.find(simulationId)
          if (run === null || run.ownerId === null || FINAL_STATUSES.includes(run.status)) return
          await fanOut.ask(run.ownerId, { type: 'market', simulationId, product })
        },
        log,
      }),
    )
    return {
      events,
      follow: (id, handler) => streams.follow(id, handler),
      spreadEvents: (id, told, text) => fanOut.publishEvents(id, text ?? encodeJson(told)),
      spreadStatus: (id, status) => fanOut.publishStatus(id, status),
      spreadLogs: (id, lines) => fanOut.publishLogs(id, lines),
      spreadGap: (id) => fanOut.publishGap(id),
      async askStop(server, simulationId) {
        // Where it is not heard, that server sees it in the store within a second.
        await fanOut.ask(server, { type: 'stop', simulationId })
      },
      askTrading: (server, simulationId, state) => fanOut.ask(server, { type: 'trading', simulationId, state }),
      serveMarket: (id, product, view) => relay.serve(id, product, view),
      market: (id, product) => relay.open(id, product),
      redis,
    } satisfies Bus
  })
}

/** Passes on what another server asks. */
function tell(events: EventEmitter<BusEvents>, request: ServerRequest): void {
  switch (request.type) {
    case 'stop':
      events.emit('stopRequested', request.simulationId)
      break
    case 'trading':
      events.emit('tradingRequested', request.simulationId, request.state)
      break
    case 'market':
      events.emit('marketWanted', request.simulationId, request.product)
      break
  }
}
