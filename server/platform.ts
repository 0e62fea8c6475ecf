import type { Logger } from 'pino'
import { findLoopback, inUrl } from './boot/loopback.ts'
import { unlessStopped } from './boot/stopping.ts'
import type { Config } from './config.ts'
import { openConfigurations } from './configurations/open.ts'
import { createLive } from './live/live.ts'
import { createPrometheus } from './metrics/prometheus.ts'
import { openApi } from './stages/api.ts'
import { openBus } from './stages/bus.ts'
import { lookAfter } from './stages/health.ts'
import { openHome } from './stages/home.ts'
import { openLaunchers } from './stages/launchers.ts'
import { openMarket } from './stages/market.ts'
import { openRuns } from './stages/runs.ts'
import { openSources } from './stages/sources.ts'
import { openStage, type Opened } from './stages/stage.ts'
import { openStore } from './stages/store.ts'

export interface PlatformOptions {
  readonly config: Config
  /** Folder of the bundled engines. */
  readonly engines: string
  /** Folder of the database's migrations. */
  readonly migrations: string
  /** Folder of the built page. */
  readonly page: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** The server cannot go on, for this reason; whoever opened it ends the process. */
  readonly onFatal: (reason: string) => void
  /** Says that the server is to stop; while it opens, that ends its opening, whatever it waits for. */
  readonly stop: AbortSignal
}

/** The whole server, ready to listen. Disposing of it stops every run, writes what waits, ends the database. */
export type Platform = Opened<{
  /** @throws Error, for a person, where the port cannot be had. */
  listen(): Promise<{ readonly url: string }>
}>

const BURIED = 'it was not seen for some seconds, and other servers have taken over its simulations'

/**
 * Opens the server, stage by stage; each names what it needs of those before it, and is closed before them.
 * @throws Error, for a person, where a part cannot be opened, the signal's reason where that says to stop; what was opened
 * before is closed again.
 */
export function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, engines, migrations, env, log, onFatal, stop } = options
  const open = <Part>(opening: Promise<Part>): Promise<Part> => unlessStopped(stop, opening)
  return openStage(log, async (keep) => {
    const metrics = createPrometheus()
    const home = keep(await openHome({ config, log }))
    const onBuried = (): void => onFatal(BURIED)
    const store = keep(await openStore({ config, home, migrations, metrics, log, onBuried, stop }))
    const live = createLive(store)
    const bus = keep(await open(openBus({ config, store, live, log })))
    const launchers = keep(await open(openLaunchers({ config, engines, env, home, store, log })))
    const sources = keep(await open(openSources({ config, home, store, launchers, log })))
    const configurations = keep(await open(openConfigurations(config.mongoUrl, store.prisma, log)))
    const feeding = { store, live, bus, launchers, sources, configurations }
    const runs = keep(await open(openRuns({ config, metrics, ...feeding, log })))
    const market = keep(await open(openMarket({ config, store, live, bus, sources, runs, log })))
    const health = lookAfter({ config, home, ...feeding, runs })
    const api = keep(openApi({ config, page: options.page, metrics, ...feeding, runs, market, health, log }))
    return {
      async listen() {
        // The loopback address is IPv6's where there is only that.
        const host = config.host === '127.0.0.1' ? (await findLoopback()).host : config.host
        const { port } = await api.listen({ host, port: config.port })
        return { url: `http://${inUrl(host)}:${port}` }
      },
    }
  })
}
