/** What is asked, and the faults that must come back: code, path below `input`, words that must be in the message. */
export type RefusedStart = readonly [what: string, input: Record<string, unknown>, faults: readonly Fault[]]
type Fault = readonly [code: string, path: string, words: RegExp]

export const rsi = { algorithm: 'rsi' }

/** What `startSimulation` must refuse, at a server whose venue cannot be reached. */
export const REFUSED_STARTS: readonly RefusedStart[] = [
  [
    'a negative capital',
    { ...rsi, simulatorParameters: { INITIAL_CAPITAL: -5 } },
    [['INVALID_PARAMETER', 'simulatorParameters.INITIAL_CAPITAL', /from 0\.0001 to 1000000000000; got -5/]],
  ],
  [
    'an absurd capital',
    { ...rsi, simulatorParameters: { INITIAL_CAPITAL: 1e300 } },
    [['INVALID_PARAMETER', 'simulatorParameters.INITIAL_CAPITAL', /got 1e\+300/]],
  ],
  ['an unknown algorithm', { algorithm: 'macd' }, [['UNKNOWN_ALGORITHM', 'algorithm', /"macd".*rsi/]]],
  ['an empty name', { algorithm: '' }, [['UNKNOWN_ALGORITHM', 'algorithm', /there are/]]],
  [
    'an unknown product',
    { ...rsi, products: ['BTC-USD', 'XYZ-USD'] },
    [['UNKNOWN_PRODUCT', 'products.1', /no product "XYZ-USD".*BTC-USD/]],
  ],
  ['what is no product at all', { ...rsi, products: ['../etc'] }, [['UNKNOWN_PRODUCT', 'products.0', /like BTC-USD/]]],
  ['MATIC-USD', { ...rsi, products: ['MATIC-USD'] }, [['UNKNOWN_PRODUCT', 'products.0', /delisted.*POL-USD/]]],
  [
    'a product named twice',
    { ...rsi, products: ['BTC-USD', 'BTC-USD'] },
    [['DUPLICATE_PRODUCT', 'products.1', /"BTC-USD" is named twice/]],
  ],
  ['no products', { ...rsi, products: [] }, [['NO_PRODUCTS', 'products', /at least one/]]],
  ['mixed quote currencies', { ...rsi, products: ['BTC-USD', 'BTC-EUR'] }, [['MIXED_QUOTES', 'products', /USD, EUR/]]],
  ['an unknown source', { ...rsi, source: 'kraken' }, [['UNKNOWN_SOURCE', 'source', /"kraken".*sandbox/]]],
  [
    'an unknown tape',
    { ...rsi, mode: 'BACKTEST', source: 'tape:nothing' },
    [['UNKNOWN_SOURCE', 'source', /"tape:nothing"/]],
  ],
  [
    'a tape whose name leaves the folder',
    { ...rsi, mode: 'BACKTEST', source: 'tape:../../postgres' },
    [['UNKNOWN_SOURCE', 'source', /There is no source/]],
  ],
  ['a tape to be live', { ...rsi, source: 'tape:sample' }, [['SOURCE_MISMATCH', 'source', /LIVE needs a live source/]]],
  [
    'a live source to be back-tested',
    { ...rsi, mode: 'BACKTEST', source: 'sandbox' },
    [['SOURCE_MISMATCH', 'source', /needs a tape/]],
  ],
  [
    'a venue that cannot be reached',
    { ...rsi, source: 'coinbase' },
    [['SOURCE_UNAVAILABLE', 'source', /cannot be reached.*sandbox/]],
  ],
  ['a negative duration', { ...rsi, durationSeconds: -1 }, [['OUT_OF_RANGE', 'durationSeconds', /from 1 to .*not -1/]]],
  ['no duration', { ...rsi, durationSeconds: 0 }, [['OUT_OF_RANGE', 'durationSeconds', /not 0/]]],
  [
    'a duration of 68 years',
    { ...rsi, durationSeconds: 2_147_483_647 },
    [['OUT_OF_RANGE', 'durationSeconds', /31 days/]],
  ],
  [
    'a speed of nothing',
    { ...rsi, mode: 'REPLAY', source: 'tape:sample', speed: 0 },
    [['OUT_OF_RANGE', 'speed', /not 0/]],
  ],
  [
    'a negative speed',
    { ...rsi, mode: 'REPLAY', source: 'tape:sample', speed: -2 },
    [['OUT_OF_RANGE', 'speed', /not -2/]],
  ],
  [
    'an absurd speed',
    { ...rsi, mode: 'REPLAY', source: 'tape:sample', speed: 1e300 },
    [['OUT_OF_RANGE', 'speed', /BACKTEST/]],
  ],
  ['a speed for a live run', { ...rsi, speed: 2 }, [['SPEED_NOT_APPLICABLE', 'speed', /its own pace/]]],
  ['a negative seed', { ...rsi, seed: -1 }, [['OUT_OF_RANGE', 'seed', /0 or more/]]],
  ['an empty idempotency key', { ...rsi, idempotencyKey: '' }, [['OUT_OF_RANGE', 'idempotencyKey', /1 to 200/]]],
  [
    'an endless idempotency key',
    { ...rsi, idempotencyKey: 'k'.repeat(201) },
    [['OUT_OF_RANGE', 'idempotencyKey', /1 to 200/]],
  ],
  ['a launcher that is not there', { ...rsi, launcher: 'SWARM' }, [['LAUNCHER_UNAVAILABLE', 'launcher', /PROCESS/]]],
  [
    'an unknown parameter',
    { ...rsi, algorithmParameters: { RSI_PERIODS: 14 } },
    [['UNKNOWN_PARAMETER', 'algorithmParameters.RSI_PERIODS', /known are RSI_PERIOD,/]],
  ],
  [
    'parameters that are none',
    { ...rsi, algorithmParameters: [14] },
    [['NOT_AN_OBJECT', 'algorithmParameters', /object/]],
  ],
  [
    'an id of no configuration',
    { ...rsi, configurationId: 'garbage' },
    [['BAD_ID', 'configurationId', /not an id of this API/]],
  ],
  [
    'everything at once, and is told all of it',
    {
      ...rsi,
      algorithmParameters: { RSI_PERIOD: 'often', RSI_OVERBOUGHT: 170, RSI_LIMIT: 1 },
      simulatorParameters: { INITIAL_CAPITAL: null, ENABLE_SHORTING: 'yes', TRADING_FEE_PCT: -0.1 },
      products: ['BTC-USD', 'MATIC-USD'],
      durationSeconds: -5,
      speed: 3,
      seed: -1,
    },
    [
      ['INVALID_PARAMETER', 'algorithmParameters.RSI_PERIOD', /a whole number from .*got "often"/],
      ['INVALID_PARAMETER', 'algorithmParameters.RSI_OVERBOUGHT', /got 170/],
      ['UNKNOWN_PARAMETER', 'algorithmParameters.RSI_LIMIT', /RSI_LIMIT/],
      ['INVALID_PARAMETER', 'simulatorParameters.INITIAL_CAPITAL', /got null/],
      ['INVALID_PARAMETER', 'simulatorParameters.TRADING_FEE_PCT', /got -0.1/],
      ['INVALID_PARAMETER', 'simulatorParameters.ENABLE_SHORTING', /true or false/],
      ['UNKNOWN_PRODUCT', 'products.1', /POL-USD/],
      ['OUT_OF_RANGE', 'durationSeconds', /not -5/],
      ['SPEED_NOT_APPLICABLE', 'speed', /REPLAY only/],
      ['OUT_OF_RANGE', 'seed', /not -1/],
    ],
  ],
]
