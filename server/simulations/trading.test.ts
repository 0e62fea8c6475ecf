import { expect, it, vi } from 'vitest'
import type { SimulatorEvent } from '../../engines/domain/trading/event.ts'
import type { TradingState } from '../../engines/domain/trading/order.ts'
import type { SimulationSpec, SimulationStatus } from '../../engines/domain/simulation.ts'
import type { TradingRecord } from '../../schema/context.ts'
import { MOMENT, sampleSpec } from '../../tests/support/engines/events.ts'
import type { RunRecord } from '../store/port.ts'
import { setTrading, TradingSwitch, type Switched, type SwitchedRun, type TradingPorts } from './trading.ts'

const changed = (state: TradingState, sequence = 1, cause: 'SWITCH' | 'DAILY_LOSS' = 'SWITCH') =>
  ({ type: 'trading', sequence, time: MOMENT, state, after: 41, cause }) as const satisfies SimulatorEvent

const specOf = (changes: Partial<SimulationSpec> = {}) => sampleSpec('run', { kernelVersion: 2, ...changes })

function here(switched: Switched, spec = specOf(), status: SimulationStatus = 'RUNNING') {
  const asked: TradingState[] = []
  const setTradingHere = (state: TradingState) => {
    asked.push(state)
    return Promise.resolve(switched)
  }
  const run: SwitchedRun = { spec, status, setTrading: setTradingHere }
  const ports: TradingPorts = {
    find: () => run,
    runs: { find: () => Promise.reject(new Error('a run of this server is not looked up')) },
    history: { latestSwitch: () => Promise.resolve(null) },
    ask: () => Promise.reject(new Error('nobody is asked about a run of this server')),
  }
  return { ports, asked }
}

/** A run of another server, whose store shows one more of `changes` at each look. */
function elsewhere(changes: readonly (TradingRecord | null)[], heard = true, run: Partial<RunRecord> = {}) {
  let look = 0
  const asked: unknown[] = []
  const record = { spec: specOf(), status: 'RUNNING', ownerId: 'other', ...run } as RunRecord
  const ports: TradingPorts = {
    find: () => null,
    runs: { find: (id) => Promise.resolve(id === 'run' ? record : null) },
    history: { latestSwitch: () => Promise.resolve(changes[Math.min(look++, changes.length - 1)] ?? null) },
    ask(...request) {
      asked.push(request)
      return Promise.resolve(heard)
    },
    pause: () => Promise.resolve(),
  }
  return { ports, asked, looks: () => look }
}

it('is done once the simulator says so in the stream, and not by what follows by itself', async () => {
  const told: TradingState[] = []
  const trading = new TradingSwitch('ACTIVE', (state) => told.push(state))
  let done: Switched | null = null
  const halted = trading.set('HALTED').then((switched) => (done = switched))
  trading.hear(changed('ACTIVE'))
  trading.hear(changed('HALTED', 2, 'DAILY_LOSS'))
  await Promise.resolve()
  expect([told, done]).toEqual([['HALTED'], null])
  trading.hear(changed('HALTED', 3))
  expect(await halted).toBe('taken')
  // A simulator says nothing where nothing changes.
  expect(await trading.set('HALTED')).toBe('taken')
  expect(told).toEqual(['HALTED'])
})

it('waits no longer than its bound, nor than the run lives, nor with too many at once', async () => {
  vi.useFakeTimers()
  try {
    const trading = new TradingSwitch('ACTIVE', () => undefined)
    const late = trading.set('HALTED')
    vi.advanceTimersByTime(10_000)
    expect(await late).toBe('not yet')

    const waiting = Array.from({ length: 16 }, () => trading.set('REDUCING'))
    // Also to what it is: what is on its way changes it yet.
    expect(await trading.set('ACTIVE')).toBe('too many')
    trading.end()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['not yet']))
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

it('switches a run of this server, and says where it is not taken up', async () => {
  const { ports, asked } = here('taken')
  expect(await setTrading(ports, 'run', 'REDUCING')).toEqual({ ok: true, value: 'run' })
  expect(asked).toEqual(['REDUCING'])
  expect(await setTrading(here('not yet').ports, 'run', 'HALTED')).toMatchObject({
    faults: [{ code: 'SWITCH_UNDER_WAY' }],
  })
  expect(await setTrading(here('too many').ports, 'run', 'HALTED')).toMatchObject({ faults: [{ code: 'SERVER_BUSY' }] })
})

it.each([
  ['a back-test', specOf({ mode: 'BACKTEST' }), 'RUNNING', 'NOT_SWITCHABLE', /A back-test runs .* Use REPLAY or LIVE/],
  ['one that begins', specOf(), 'STARTING', 'NOT_RUNNING', /is STARTING/],
  ['one that ends', specOf(), 'STOPPING', 'NOT_RUNNING', /is STOPPING/],
  ['one that is over', specOf(), 'COMPLETED', 'NOT_RUNNING', /has ended already \(COMPLETED\)/],
  ['one of the old rules', specOf({ kernelVersion: 1 }), 'RUNNING', 'NOT_SWITCHABLE', /earlier version/],
] as const)('refuses to switch %s, wherever it runs', async (_what, spec, status, code, message) => {
  const refused = {
    ok: false,
    faults: [{ code, path: ['input', 'simulationId'], message: expect.stringMatching(message) }],
  }
  const { ports, asked } = here('taken', spec, status)
  expect(await setTrading(ports, 'run', 'HALTED')).toEqual(refused)
  const other = elsewhere([], true, { spec, status })
  expect(await setTrading(other.ports, 'run', 'HALTED')).toEqual(refused)
  expect([...asked, ...other.asked]).toEqual([])
})

it('has the server do it that the run belongs to, and sees by the store that it was done', async () => {
  const other = elsewhere([null, null, changed('REDUCING', 6), changed('HALTED', 8)])
  expect(await setTrading(other.ports, 'run', 'HALTED')).toEqual({ ok: true, value: 'run' })
  expect(other.asked).toEqual([['other', 'run', 'HALTED']])
  expect(other.looks()).toBe(4)
  expect(await setTrading(elsewhere([changed('HALTED')], false).ports, 'run', 'HALTED')).toMatchObject({ ok: true })
})

it('says where that server does not hear, or does not do it in time, or no such run is', async () => {
  expect(await setTrading(elsewhere([null], false).ports, 'run', 'HALTED')).toMatchObject({
    faults: [{ code: 'SERVER_UNREACHABLE' }],
  })
  const slow = elsewhere([null])
  expect(await setTrading(slow.ports, 'run', 'HALTED')).toMatchObject({ faults: [{ code: 'SWITCH_UNDER_WAY' }] })
  expect(slow.looks()).toBe(101)
  expect(await setTrading(slow.ports, 'none', 'HALTED')).toMatchObject({ faults: [{ code: 'NOT_FOUND' }] })
})
