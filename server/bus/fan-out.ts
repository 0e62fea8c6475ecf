import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import type { SimulationStatus } from '../../engines/domain/simulation.ts'
import { decodeEvents, decodeJson, encodeJson } from '../../engines/edge/json.ts'
import { redisKeys } from '../../engines/edge/redis/connection.ts'
import type { LogRecord } from '../../schema/context.ts'

/** What one server asks of another. */
export type ServerRequest =
  /** Somebody wants this run stopped; that is written in the store already, this only hurries it. */
  | { readonly type: 'stop'; readonly simulationId: string }
  /** Somebody there changes what this run may do. */
  | { readonly type: 'trading'; readonly simulationId: string; readonly state: TradingState }
  /** Somebody there wants to see the market as this run sees it. */
  | { readonly type: 'market'; readonly simulationId: string; readonly product: string }

/** What comes in from simulators and other servers. */
export interface FanOutListener {
  /** Whether anybody here listens to a run; what nobody wants is not even decoded. */
  wants(simulationId: string): boolean
  onEvents(simulationId: string, events: readonly SimulatorEvent[]): void
  onStatus(simulationId: string, status: SimulationStatus): void
  onLogs(simulationId: string, lines: readonly LogRecord[]): void
  /** Live portfolios, straight from the simulator. */
  onPortfolios(simulationId: string, events: readonly SimulatorEvent[]): void
  onRequest(request: ServerRequest): void
  /** What was said of a run (null: of any) may not have been heard here; the store holds it. */
  onGap(simulationId: string | null): void
}

/**
 * Carries what one server has written to the live feeds of all others, over Redis's channels. Whoever publishes does so
 * only once the store holds it, so that a server that missed something finds it there.
 */
export interface FanOut {
  /** `text` is a batch of events as `encodeJson` writes it. */
  publishEvents(simulationId: string, text: string): void
  publishStatus(simulationId: string, status: SimulationStatus): void
  publishLogs(simulationId: string, lines: readonly LogRecord[]): void
  /** The store may hold more of a run than was published: its server was killed in between. */
  publishGap(simulationId: string): void
  /** Resolves with whether that server heard it. */
  ask(serverId: string, request: ServerRequest): Promise<boolean>
}

type Kind = 'events' | 'status' | 'logs' | 'gap'

export interface FanOutOptions {
  readonly commands: Redis
  /** For listening alone. */
  readonly subscriber: Redis
  readonly serverId: string
  readonly listener: FanOutListener
  readonly log: Logger
}

/** How long after something could not be published it is tried again to say so, where the connection stands. */
const AGAIN_MS = 1_000

const LIVE = redisKeys.live('')
const PORTFOLIO = redisKeys.portfolio('')

export function createFanOut(options: FanOutOptions): FanOut {
  const { commands, subscriber, serverId, listener, log } = options
  /** Runs of which something could not be published: whoever listens is told so as soon as that can be done. */
  const unheard = new Set<string>()
  let again: NodeJS.Timeout | null = null

  const send = (simulationId: string, kind: Kind, text: string): void => {
    commands.publish(redisKeys.live(simulationId), `${serverId} ${kind} ${text}`).catch(() => {
      unheard.add(simulationId)
      // On a connection that stands (Redis was too slow, or refused it) nothing else might come by to tell it: a run's last
      // word is followed by none.
      again ??= setTimeout(() => {
        again = null
        if (commands.status === 'ready') tellGaps()
      }, AGAIN_MS).unref()
    })
  }
  const tellGaps = (): void => {
    const ids = [...unheard]
    unheard.clear()
    for (const id of ids) send(id, 'gap', '')
  }
  const publish = (simulationId: string, kind: Kind, text: string): void => {
    if (commands.status !== 'ready') {
      unheard.add(simulationId)
      return
    }
    tellGaps()
    send(simulationId, kind, text)
  }
  commands.on('ready', tellGaps)
  /** Counts the connections of the subscriber that broke. */
  let breaks = 0
  /**
   * Whether all that was said since `onGap(null)` has been heard. Redis sends as soon as it is subscribed to again: what
   * comes before the feeds have been told of the gap would carry them past it.
   */
  let whole = false
  subscriber.on('close', () => {
    breaks++
    whole = false
  })
  const hearLive = (simulationId: string, message: string): void => {
    const [from, kind] = message.split(' ', 2)
    if (from === serverId || from === undefined || kind === undefined || !listener.wants(simulationId)) return
    const text = message.slice(from.length + kind.length + 2)
    if (kind === 'events') listener.onEvents(simulationId, decodeEvents(text))
    else if (kind === 'status') listener.onStatus(simulationId, text as SimulationStatus)
    else if (kind === 'logs') listener.onLogs(simulationId, decodeJson(text) as readonly LogRecord[])
    else if (kind === 'gap') listener.onGap(simulationId)
  }
  const hear = (channel: string, message: string): void => {
    try {
      if (channel.startsWith(LIVE)) {
        if (whole) hearLive(channel.slice(LIVE.length), message)
      } else if (channel.startsWith(PORTFOLIO)) {
        const simulationId = channel.slice(PORTFOLIO.length)
        if (listener.wants(simulationId)) listener.onPortfolios(simulationId, decodeEvents(message))
      } else if (channel === redisKeys.server(serverId)) listener.onRequest(decodeJson(message) as ServerRequest)
    } catch (error) {
      log.error({ channel, err: error }, 'a message on a channel could not be understood')
    }
  }
  const subscribe = async (): Promise<void> => {
    const before = breaks
    await subscriber.psubscribe(`${LIVE}*`, `${PORTFOLIO}*`)
    await subscriber.subscribe(redisKeys.server(serverId))
    if (breaks !== before) return
    whole = true
    // Also the first time: whoever listens here may have come before Redis did.
    listener.onGap(null)
  }
  subscriber.on('pmessage', (_pattern: string, channel: string, message: string) => hear(channel, message))
  subscriber.on('message', hear)
  const begin = (): void => {
    // A connection that breaks in between comes back as "ready", and here again.
    subscribe().catch((error: unknown) => log.debug({ err: error }, 'the channels could not be subscribed to yet'))
  }
  subscriber.on('ready', begin)
  if (subscriber.status === 'ready') begin()

  return {
    publishEvents: (simulationId, text) => publish(simulationId, 'events', text),
    publishStatus: (simulationId, status) => publish(simulationId, 'status', status),
    publishLogs: (simulationId, lines) => publish(simulationId, 'logs', encodeJson(lines)),
    publishGap: (simulationId) => publish(simulationId, 'gap', ''),
    async ask(server, request) {
      if (commands.status !== 'ready') return false
      return (await commands.publish(redisKeys.server(server), encodeJson(request)).catch(() => 0)) > 0
    },
  }
}
