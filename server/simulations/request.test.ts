import { describe, expect, it } from 'vitest'
import type { StartRequest } from '../../schema/context.ts'
import { StoreUnavailableError } from '../../schema/errors.ts'
import { checkRequest, type RequestPorts } from './request.ts'
import { createSourceCatalog } from '../sources/catalog.ts'

const ports: RequestPorts = {
  algorithms: {
    list: () => [{ ...entry, name: 'rsi' }],
    find: (name) => (name === 'rsi' ? { ...entry, name } : null),
  },
  parameters: {
    algorithm: (_name, given, path) =>
      typeof given === 'object' && given !== null && !('BAD' in given)
        ? { ok: true, value: { RSI_PERIOD: 14, ...given } }
        : {
            ok: false,
            faults: [{ code: 'UNKNOWN_PARAMETER', path: [...path, 'BAD'], message: 'BAD is no parameter' }],
          },
    simulator: (given) => ({ ok: true, value: { INITIAL_CAPITAL: 100_000, ...(given as object) } }),
  },
  sources: createSourceCatalog({
    sandboxProducts: ['BTC-USD', 'ETH-USD', 'BTC-EUR'],
    venueProducts: () => Promise.reject(new Error('getaddrinfo ENOTFOUND')),
    tapes: {
      list: () =>
        Promise.resolve([
          { name: 'sample', path: '/tapes/sample.tape', description: 'a sample', products: ['BTC-USD', 'ETH-USD'] },
          { name: 'flipped', path: '', description: '', products: [], damage: 'is damaged at byte 7' },
        ]),
    },
    now: () => 0,
  }),
  configurations: {
    get: (id) =>
      id === 'away'
        ? Promise.reject(new StoreUnavailableError('Configurations cannot be reached.', null))
        : Promise.resolve(id === 'known' ? configuration : null),
  },
  launchers: [{ kind: 'PROCESS' }],
}
const entry = { title: '', description: '', documentation: null, parametersSchema: {}, defaults: {}, warmUp: 15 }
const configuration = {
  id: 'known',
  name: 'mine',
  version: 1,
  algorithm: 'rsi',
  algorithmParameters: { RSI_PERIOD: 21, RSI_OVERSOLD: 20 },
  simulatorParameters: {},
  tags: [],
  notes: null,
  savedBy: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
}

const good: StartRequest = { algorithm: 'rsi', mode: 'LIVE' }

/** The codes and paths of what is wrong with a request. */
async function faultsOf(request: Partial<StartRequest>): Promise<readonly string[]> {
  const outcome = await checkRequest({ ...good, ...request }, ports)
  return outcome.ok ? [] : outcome.faults.map((fault) => `${fault.code} ${fault.path.join('.')}`)
}

describe('the check of a start request', () => {
  it('fills in what was left out: the sandbox, BTC-USD, the default parameters', async () => {
    const outcome = await checkRequest(good, ports)
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        launcher: 'PROCESS',
        spec: {
          source: 'sandbox',
          products: ['BTC-USD'],
          seed: 1,
          speed: 1,
          durationSeconds: null,
          algorithmParameters: { RSI_PERIOD: 14 },
        },
      },
    })
  })

  it('replays the sample tape with its products where no source is named', async () => {
    const outcome = await checkRequest({ ...good, mode: 'REPLAY' }, ports)
    expect(outcome).toMatchObject({
      ok: true,
      value: { spec: { source: 'tape:sample', products: ['BTC-USD', 'ETH-USD'] } },
    })
  })

  it('takes parameters from a configuration, and those of the request over them', async () => {
    const outcome = await checkRequest(
      { ...good, configurationId: 'known', algorithmParameters: { RSI_PERIOD: 7 } },
      ports,
    )
    expect(outcome).toMatchObject({
      ok: true,
      value: { spec: { algorithmParameters: { RSI_PERIOD: 7, RSI_OVERSOLD: 20 } } },
    })
  })

  const bad: readonly (readonly [what: string, request: Partial<StartRequest>, faults: readonly string[]])[] = [
    ['an unknown algorithm', { algorithm: 'astrology' }, ['UNKNOWN_ALGORITHM input.algorithm']],
    ['an unknown parameter', { algorithmParameters: { BAD: 1 } }, ['UNKNOWN_PARAMETER input.algorithmParameters.BAD']],
    [
      'parameters that are no object',
      { algorithmParameters: 'fast' },
      ['UNKNOWN_PARAMETER input.algorithmParameters.BAD'],
    ],
    ['an unknown configuration', { configurationId: 'gone' }, ['NOT_FOUND input.configurationId']],
    [
      'a configuration that cannot be read now',
      { configurationId: 'away' },
      ['STORE_UNAVAILABLE input.configurationId'],
    ],
    ['an unknown source', { source: 'mtgox' }, ['UNKNOWN_SOURCE input.source']],
    ['an unknown tape', { mode: 'REPLAY', source: 'tape:none' }, ['UNKNOWN_SOURCE input.source']],
    ['a tape in mode LIVE', { source: 'tape:sample' }, ['SOURCE_MISMATCH input.source']],
    ['a live feed in mode BACKTEST', { mode: 'BACKTEST', source: 'sandbox' }, ['SOURCE_MISMATCH input.source']],
    ['a venue that cannot be reached', { source: 'coinbase' }, ['SOURCE_UNAVAILABLE input.source']],
    ['a damaged tape', { mode: 'REPLAY', source: 'tape:flipped' }, ['TAPE_DAMAGED input.source']],
    [
      'a fresh market of a tape',
      { mode: 'REPLAY', freshMarket: true },
      ['FRESH_MARKET_NOT_APPLICABLE input.freshMarket'],
    ],
    ['a delisted product', { products: ['MATIC-USD'] }, ['UNKNOWN_PRODUCT input.products.0']],
    ['a product of another form', { products: ['BTC-USD', 'bitcoin'] }, ['UNKNOWN_PRODUCT input.products.1']],
    ['a product named twice', { products: ['BTC-USD', 'ETH-USD', 'BTC-USD'] }, ['DUPLICATE_PRODUCT input.products.2']],
    ['no product', { products: [] }, ['NO_PRODUCTS input.products']],
    ['products of two currencies', { products: ['BTC-USD', 'BTC-EUR'] }, ['MIXED_QUOTES input.products']],
    ['a negative duration', { durationSeconds: -1 }, ['OUT_OF_RANGE input.durationSeconds']],
    ['an absurd duration', { durationSeconds: 2_000_000_000 }, ['OUT_OF_RANGE input.durationSeconds']],
    ['a speed for a live feed', { speed: 2 }, ['SPEED_NOT_APPLICABLE input.speed']],
    ['a negative speed', { mode: 'REPLAY', speed: -1 }, ['OUT_OF_RANGE input.speed']],
    ['an absurd speed', { mode: 'REPLAY', speed: 1e9 }, ['OUT_OF_RANGE input.speed']],
    ['a negative seed', { seed: -5 }, ['OUT_OF_RANGE input.seed']],
    ['an empty idempotency key', { idempotencyKey: '' }, ['OUT_OF_RANGE input.idempotencyKey']],
    ['a launcher that is not there', { launcher: 'SWARM' }, ['LAUNCHER_UNAVAILABLE input.launcher']],
  ]
  it.each(bad)('refuses %s', async (_what, request, faults) => {
    expect(await faultsOf(request)).toEqual(faults)
  })

  it('names every fault at once', async () => {
    const everything: Partial<StartRequest> = {
      algorithm: 'x',
      source: 'y',
      durationSeconds: 0,
      seed: -1,
      launcher: 'DOCKER',
    }
    expect(await faultsOf(everything)).toHaveLength(5)
  })

  it('tells whoever asks for MATIC that its successor is POL', async () => {
    const outcome = await checkRequest({ ...good, products: ['MATIC-USD'] }, ports)
    expect(outcome.ok ? '' : outcome.faults[0]?.message).toContain('POL-USD')
  })
})
