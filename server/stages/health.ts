import { strategyFaults } from '../../engines/algorithm/catalog.ts'
import type { Context } from '../../schema/context.ts'
import type { Config } from '../config.ts'
import {
  configurationsCheck,
  feedCheck,
  launcherCheck,
  localBusCheck,
  redisCheck,
  simulationsCheck,
  storeCheck,
  strategiesCheck,
} from '../health/checks.ts'
import { createHealth } from '../health/health.ts'
import { changesTrouble, recorderTrouble } from '../health/notes.ts'
import { createResources } from '../health/resources.ts'
import { joinLaunchers } from '../launcher/all.ts'
import { tapesBytes } from '../sources/tapes.ts'
import type { Bus } from './bus.ts'
import type { Home } from './home.ts'
import type { Launchers } from './launchers.ts'
import type { Runs } from './runs.ts'
import type { Sources } from './sources.ts'
import type { StoreStage } from './store.ts'

/** How the parts of the server are. */
export interface Health extends Pick<Context, 'health' | 'resources'> {
  /** Whether the server can do what it is there for; `/ready` says so. */
  isReady(): boolean
}

export interface HealthNeeds {
  readonly config: Pick<Config, 'maxSimulations' | 'recordLimitBytes'>
  readonly home: Pick<Home, 'tapes'>
  readonly store: Pick<StoreStage, 'recorder' | 'pool'>
  readonly bus: Pick<Bus, 'redis'>
  readonly launchers: Pick<Launchers, 'all'>
  readonly sources: Pick<Sources, 'catalog'>
  readonly configurations: Context['configurations']
  readonly runs: Pick<Runs, 'control' | 'watch' | 'changesWaitSince'>
}

/** Looks at the parts that were opened; opens nothing itself. */
export function lookAfter(needs: HealthNeeds): Health {
  const { config, home, store, bus, launchers, sources, configurations, runs } = needs
  const { watch, changesWaitSince } = runs
  const now = (): Date => new Date()
  return {
    health: createHealth({
      checks: [
        storeCheck({ recorder: store.recorder, watch, changesWaitSince, now }),
        configurationsCheck(configurations),
        bus.redis === null ? localBusCheck : redisCheck(bus.redis),
        launcherCheck(joinLaunchers(launchers.all)),
        simulationsCheck({ warnings: () => runs.control.warnings(performance.now()) }),
        feedCheck({ sources: sources.catalog, venueInUse: () => runs.control.uses('coinbase') }),
        ...(strategyFaults.length === 0 ? [] : [strategiesCheck(strategyFaults)]),
      ],
      now,
    }),
    resources: createResources({
      launchers: launchers.all,
      maxSimulations: config.maxSimulations,
      running: () => runs.control.running(),
      isSimulation: (owner) => runs.control.find(owner) !== null,
      database: () => store.pool(),
      eventQueue: () => store.recorder.state(),
      tapes: async () => ({ bytes: await tapesBytes(home.tapes), limitBytes: config.recordLimitBytes }),
    }),
    isReady: () =>
      watch.down() === null &&
      recorderTrouble(store.recorder, now()) === null &&
      changesTrouble(changesWaitSince(), now()) === null,
  }
}
