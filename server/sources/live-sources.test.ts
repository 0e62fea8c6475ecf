import pino from 'pino'
import { expect, it, vi } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import type { EngineExit, EngineHandle, EngineSpec, Launcher } from '../launcher/port.ts'
import { engineWarnings } from '../simulations/warnings.ts'
import { createLiveSources } from './live-sources.ts'

const ADDRESS = { host: 'streamer', port: 8_888 }
const ORDERLY: EngineExit = { code: 0, signal: null, lastLines: [] }

/** A launcher that, as Docker does, has one engine of a name, and a network that goes with its owner. */
function namingLauncher() {
  const names = new Set<string>()
  const faults: string[] = []
  const launched: EngineSpec[] = []
  /** Set by a test that wants engines to end, and owners to be released, when it says so. */
  const gate = { ending: Promise.resolve(), releasing: Promise.resolve() }
  const asked = { ends: 0, releases: 0 }
  const launch = (spec: EngineSpec): EngineHandle => {
    const name = `${spec.owner}-${spec.entry}`
    if (names.has(name)) faults.push(`${name} exists already`)
    names.add(name)
    launched.push(spec)
    const exit = deferred<EngineExit>()
    return {
      program: spec.entry,
      role: spec.role,
      inside: ADDRESS,
      ready: Promise.resolve({ inside: ADDRESS, outside: ADDRESS }),
      exited: exit.promise,
      saying: () => ({ since: 0, heardAt: null, warnings: [], doubts: [], emitted: null }),
      entry: () => ({
        role: spec.role,
        state: 'running',
        launcher: 'DOCKER',
        pid: null,
        containerId: name,
        exitCode: null,
        startedAt: null,
        cpuPercent: null,
        memoryBytes: null,
      }),
      onMessage: () => undefined,
      onLine: () => undefined,
      tell: () => undefined,
      async stop() {
        asked.ends++
        await gate.ending
        names.delete(name)
        exit.resolve(ORDERLY)
        return ORDERLY
      },
    }
  }
  const launcher: Launcher = {
    kind: 'DOCKER',
    launch,
    adopt: () => Promise.resolve([]),
    connect: () => Promise.resolve(ADDRESS),
    async release(owner) {
      asked.releases++
      await gate.releasing
      const cut = [...names].filter((name) => name.startsWith(owner))
      faults.push(...cut.map((name) => `the network of ${name} was removed under it`))
    },
    reapOrphans: () => Promise.resolve([]),
    running: () => [],
    health: () => Promise.resolve({ status: 'up', message: null, latencyMs: null }),
    dispose: () => Promise.resolve(),
  }
  return { launcher, names, faults, gate, asked, launched }
}

function open({ lingerMs = 0, refusal = null as string | null } = {}) {
  const fake = namingLauncher()
  const sources = createLiveSources({
    launchers: [fake.launcher],
    log: pino({ level: 'silent' }),
    lingerMs,
    venue: { wsUrl: 'ws://venue', restUrl: 'http://venue' },
    silenceMs: 1_000,
    recordPath: () => ({ path: null, refusal }),
    logLevel: 'warn',
    keySuffix: '-0badcafe',
  })
  return { ...fake, sources }
}

it('starts a streamer anew only when nothing of the one before it is left: both have one name and one network', async () => {
  const { sources, names, faults, gate, asked } = open()
  const [ending, releasing] = [deferred<void>(), deferred<void>()]
  gate.ending = ending.promise
  gate.releasing = releasing.promise
  const first = await sources.acquire({ name: 'coinbase', seed: 0 }, 'DOCKER')
  first.release()
  // Once its time without users has passed it is told to end, which takes it a while.
  await vi.waitFor(() => expect(asked.ends).toBe(1))

  const next = sources.acquire({ name: 'coinbase', seed: 0 }, 'DOCKER')
  ending.resolve()
  await vi.waitFor(() => expect(asked.releases).toBe(1))
  releasing.resolve()
  await next

  expect(faults).toEqual([])
  expect([...names]).toEqual(['coinbase-docker-0badcafe-streamer'])
  await sources.dispose()
  expect([...names]).toEqual([])
  expect([faults, asked]).toEqual([[], { ends: 2, releases: 2 }])
})

it('shares one market of a seed with all, but gives a run that wants one its own, which nobody joins or waits for', async () => {
  const { sources, names, launched } = open({ lingerMs: 60_000 })
  const run = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed'
  const shared = await sources.acquire({ name: 'sandbox', seed: 1 }, 'DOCKER')
  const own = await sources.acquire({ name: 'sandbox', seed: 1, ownedBy: run }, 'DOCKER')
  const again = await sources.acquire({ name: 'sandbox', seed: 1 }, 'DOCKER')
  expect([shared.key, own.key, again.key]).toEqual([
    'sandbox-1-docker-0badcafe',
    'sandbox-1-1b9d6bcdbbfd-docker-0badcafe',
    'sandbox-1-docker-0badcafe',
  ])
  const starts = launched.flatMap(({ entry, env }) => (entry === 'exchange-sandbox' ? [env['SANDBOX_START']] : []))
  expect(starts).toEqual(['at-once', 'first-subscription'])
  expect(own.speaking).toHaveLength(2)
  own.release()
  await vi.waitFor(() => expect([...names].filter((name) => name.includes('1b9d6bcdbbfd'))).toEqual([]))
  expect(names.size).toBe(2)
  await sources.dispose()
})

it('tells those who hold a streamer that it is lost, and keeps none of those who gave it back', async () => {
  const { sources } = open({ lingerMs: 60_000 })
  const heard: string[] = []
  const lease = async (name: string) => {
    const one = await sources.acquire({ name: 'coinbase', seed: 0 }, 'DOCKER')
    void one.lost.then(() => heard.push(name))
    return one
  }
  const [given, held] = [await lease('given back'), await lease('held')]
  given.release()
  await sources.dispose()
  await held.lost
  expect(heard).toEqual(['held'])
})

it('launches nothing any more once it is closed, also where a streamer was only being started', async () => {
  const { sources, names } = open()
  const under = sources.acquire({ name: 'sandbox', seed: 1 }, 'DOCKER')
  const refused = expect(under).rejects.toThrow(/ended while it started/)
  await sources.dispose()
  await refused
  expect([...names]).toEqual([])
})

it('warns each of its runs that it records nothing, and why', async () => {
  const { sources } = open({ refusal: 'This market is not being recorded.' })
  const leases = [await sources.acquire({ name: 'sandbox', seed: 1 }, 'DOCKER')]
  leases.push(await sources.acquire({ name: 'sandbox', seed: 1 }, 'DOCKER'))
  for (const { speaking } of leases) expect(engineWarnings(speaking, 0)).toEqual(['This market is not being recorded.'])
  await sources.dispose()
})
