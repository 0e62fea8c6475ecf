import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import { root } from '../../server/setup.mjs'
import { LANES } from '../lanes.mjs'
import { benchBareRelay } from './bare-relay.ts'
import { benchDockerFirstTick, benchDockerTickToFill, whyNoDocker } from './docker.ts'
import { benchBusyPage, benchFirstLoad } from './dashboard.ts'
import { benchManyTrades } from './many-trades.ts'
import { benchPipeline, benchResting } from './pipeline.ts'
import { benchFirstTick, benchMany, benchMemory, benchStart, benchStartExternal, median } from './platform.ts'
import { benchRedisEvents } from './redis-events.ts'
import { benchTickToFill } from './tick-to-fill.ts'
import { benchTwoServers } from './two-servers.ts'
import { benchUdpHop } from './udp-hop.ts'

/** One line of the table. */
interface Row {
  readonly what: string
  readonly reach: string
  readonly got: string
  readonly met: boolean
  readonly runs: readonly unknown[]
}

const millions = (value: number): string => `${(value / 1e6).toFixed(2)} M`
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
const ratio = (value: number): string => `${value.toFixed(2)}×`

async function pipeline(): Promise<Row> {
  const { ticksPerSecond, runs } = await benchPipeline()
  return {
    what: 'pure pipeline, RSI, full ledger, one core, ticks in memory',
    reach: '≥ 5 M ticks/s',
    got: `${millions(ticksPerSecond)} ticks/s`,
    met: ticksPerSecond >= 5e6,
    runs,
  }
}

async function resting(): Promise<Row> {
  const runs = benchResting()
  const speed = median([...runs])
  return {
    what: 'simulator with ten orders resting and replaced, ticks in memory',
    reach: '≥ 1.5 M ticks a CPU-second',
    got: `${millions(speed)} ticks/s`,
    met: speed >= 1.5e6,
    runs,
  }
}

async function udpHop(rounds = 5): Promise<Row> {
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await benchUdpHop())
  const speed = median(runs.map((run) => run.ticksPerSecond))
  const lost = runs.reduce((sum, run) => sum + run.lost, 0)
  return {
    what: 'one UDP hop, process to process, batched',
    reach: '≥ 0.5 M ticks/s, 0 lost',
    got: `${millions(speed)} ticks/s, ${lost} lost`,
    met: speed >= 5e5 && lost === 0,
    runs,
  }
}

/** The engines and the bare relay in turn, so that both meet the same machine. */
async function tickToFill(rounds = 5): Promise<Row> {
  const runs = []
  for (let round = 0; round < rounds; round++) {
    runs.push({ relay: await benchBareRelay(), engines: await benchTickToFill() })
  }
  const p50 = median(runs.map(({ relay, engines }) => engines.p50 / relay.p50))
  const p99 = median(runs.map(({ relay, engines }) => engines.p99 / relay.p99))
  const [relayP50, relayP99] = [median(runs.map((run) => run.relay.p50)), median(runs.map((run) => run.relay.p99))]
  const [ownP50, ownP99] = [median(runs.map((run) => run.engines.p50)), median(runs.map((run) => run.engines.p99))]
  return {
    what: 'tick sent → fill, three processes, 1,000 ticks/s, a fill at each',
    reach: 'p50 ≤ 1.5×, p99 ≤ 2× a bare relay',
    got: `p50 ${ratio(p50)} (${ownP50} against ${relayP50} µs), p99 ${ratio(p99)} (${ownP99} against ${relayP99} µs)`,
    met: p50 <= 1.5 && p99 <= 2,
    runs,
  }
}

async function firstTick(): Promise<Row> {
  const runs = await benchFirstTick()
  const value = median(runs)
  return {
    what: 'mutation → first tick at the subscriber, source not yet running',
    reach: '≤ 1 s',
    got: `${Math.round(value)} ms`,
    met: value <= 1000,
    runs,
  }
}

async function start(): Promise<Row> {
  const runs = await benchStart()
  const value = median(runs)
  return {
    what: '`npm start`, second time, to `/ready`',
    reach: '≤ 4 s',
    got: `${(value / 1000).toFixed(2)} s`,
    met: value <= 4000,
    runs,
  }
}

async function startExternal(): Promise<Row> {
  const runs = await benchStartExternal()
  const value = median(runs)
  return {
    what: '`npm start` on an external PostgreSQL, migrated already, to `/ready`',
    reach: '≤ 2 s',
    got: `${(value / 1000).toFixed(2)} s`,
    met: value <= 2000,
    runs,
  }
}

async function memory(rounds = 3): Promise<Row> {
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await benchMemory())
  const idle = median(runs.map((run) => run.idleServer))
  const engine = median(runs.map((run) => Math.max(...Object.values(run.engines))))
  return {
    what: 'memory of the largest engine · of the idle server',
    reach: '≤ 80 MB · ≤ 250 MB',
    got: `${megabytes(engine)} · ${megabytes(idle)}`,
    met: engine <= 80e6 && idle <= 250e6,
    runs,
  }
}

async function many(): Promise<Row> {
  const figures = await benchMany()
  const { running, lost, ticksPerSecond } = figures
  return {
    what: '30 simulations at once, 100 ticks/s each',
    reach: 'all run, nothing lost',
    got: `${running} ran, ${lost} lost, at least ${Math.round(ticksPerSecond)} ticks/s each`,
    met: running === 30 && lost === 0 && ticksPerSecond >= 100,
    runs: [figures],
  }
}

async function dockerFirstTick(): Promise<Row> {
  const runs = await benchDockerFirstTick()
  const value = median(runs)
  return {
    what: 'the same with engines in containers, the image present',
    reach: '≤ 3 s',
    got: `${Math.round(value)} ms`,
    met: value <= 3000,
    runs,
  }
}

async function redisEvents(rounds = 3): Promise<Row> {
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await benchRedisEvents())
  const speed = median(runs.map((run) => run.eventsPerSecond))
  const lost = runs.reduce((sum, run) => sum + run.lost + run.left, 0)
  return {
    what: 'simulator → Redis stream → PostgreSQL, to the last durable event',
    reach: '≥ 20,000 events/s, 0 lost',
    got: `${speed} events/s, ${lost} lost`,
    met: speed >= 20_000 && lost === 0,
    runs,
  }
}

async function dockerTickToFill(): Promise<Row> {
  const runs = await benchDockerTickToFill()
  const p50 = median(runs.map(({ containers, processes }) => containers.p50 / processes.p50))
  const [own, other] = [median(runs.map((run) => run.containers.p50)), median(runs.map((run) => run.processes.p50))]
  return {
    what: 'tick sent → fill, three containers, 1,000 ticks/s, a fill at each',
    reach: 'p50 ≤ 2× processes',
    got: `p50 ${ratio(p50)} (${own} against ${other} µs)`,
    met: p50 <= 2,
    runs,
  }
}

async function twoServers(rounds = 3): Promise<Row> {
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await benchTwoServers())
  const [p50, p99] = [median(runs.map((run) => run.p50)), median(runs.map((run) => run.p99))]
  return {
    what: 'two servers: an event at a subscriber of one → at a subscriber of the other',
    reach: 'p99 ≤ 50 ms',
    got: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    met: p99 <= 50,
    runs,
  }
}

async function firstLoad(): Promise<Row> {
  const { interactiveMs, scriptKilobytes } = await benchFirstLoad()
  const value = median(interactiveMs)
  return {
    what: 'dashboard: first visit to interactive, from the local server · JavaScript of it, gzipped',
    reach: '≤ 1.5 s · ≤ 300 kB',
    got: `${(value / 1000).toFixed(2)} s · ${Math.round(scriptKilobytes)} kB`,
    met: value <= 1500 && scriptKilobytes <= 300,
    runs: [{ interactiveMs, scriptKilobytes }],
  }
}

async function busyPage(): Promise<Row> {
  const figures = await benchBusyPage()
  const { ticksPerSecond, seconds, mostDrawsOfACanvasAFrame: draws, busy, longestTaskMs, heapGrowthMegabytes } = figures
  const load = `${Math.round(ticksPerSecond)} ticks/s for ${(seconds / 60).toFixed(1)} min`
  const share = `${Math.round(busy * 100)} % busy`
  const heap = `${heapGrowthMegabytes.toFixed(1)} MB more`
  return {
    what: 'dashboard: page of a simulation at 1,000 ticks/s for five minutes',
    reach: '≤ 1 draw a frame, < 50 % busy, no task > 100 ms, heap < 20 MB more',
    got: `${load}: ${draws} draw a frame, ${share}, longest task ${Math.round(longestTaskMs)} ms, ${heap}`,
    met: ticksPerSecond >= 950 && draws <= 1 && busy < 0.5 && longestTaskMs <= 100 && heapGrowthMegabytes < 20,
    runs: [figures],
  }
}

async function manyTrades(): Promise<Row> {
  const figures = await benchManyTrades()
  const { rows, loadSeconds, framesPerSecond, fewestFramesInASecond: fewest, longestPauseMs, blankFrames } = figures
  const frames = `${Math.round(framesPerSecond)} frames/s, ${fewest} in the poorest second, ${blankFrames} blank`
  return {
    what: 'dashboard: all of 100,000 trades scrolled through in 20 s',
    reach: 'no second without frames',
    got: `${rows} rows: ${frames}, longest pause ${Math.round(longestPauseMs)} ms (loaded in ${loadSeconds.toFixed(0)} s)`,
    met: rows >= 100_000 && longestPauseMs < 1_000,
    runs: [figures],
  }
}

/** Benches that need a service which npm cannot bring, by the lane that names it. */
const LANE_OF: Readonly<Record<string, string>> = {
  redisEvents: 'redis',
  twoServers: 'redis',
  firstLoad: 'browser',
  busyPage: 'browser',
  manyTrades: 'browser',
}
/** Only where Docker is there and has the images. */
const DOCKER_BENCHES: ReadonlySet<string> = new Set(['dockerFirstTick', 'dockerTickToFill'])

/** Why a bench cannot run here; null where it can. */
function missing(name: string, noDocker: string | null): string | null {
  if (DOCKER_BENCHES.has(name)) return noDocker
  const lane = LANES.find((one) => one.name === LANE_OF[name])
  return lane === undefined || lane.found() ? null : lane.how
}

const BENCHES: Readonly<Record<string, () => Promise<Row>>> = {
  pipeline,
  resting,
  udpHop,
  tickToFill,
  firstTick,
  start,
  startExternal,
  memory,
  many,
  dockerFirstTick,
  dockerTickToFill,
  redisEvents,
  twoServers,
  firstLoad,
  busyPage,
  manyTrades,
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !(name in BENCHES))
  if (unknown.length > 0)
    throw new Error(`there is no bench "${unknown.join(', ')}"; there are ${Object.keys(BENCHES).join(', ')}`)
  const noDocker = await whyNoDocker()
  const rows: Row[] = []
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    const reason = missing(name, noDocker)
    if (reason !== null) {
      console.error(`leaving out ${name}: ${reason}`)
      continue
    }
    console.error(`measuring ${name} …`)
    rows.push(await bench())
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`
  console.log(`AW-Trade ${manifest.version} (${commit}) on ${machine}; medians\n`)
  console.log('| what | reach | got | |\n| --- | --- | --- | --- |')
  for (const { what, reach, got, met } of rows)
    console.log(`| ${what} | ${reach} | ${got} | ${met ? 'met' : 'MISSED'} |`)
  console.log(`\n${JSON.stringify({ version: manifest.version, commit, machine, rows })}`)
}

await main()
