/** What Node, the loader or the shell take for programs and libraries to run, instead of an engine or before it. */
const STEERING = /^(NODE_|LD_|BASH_|GLIBC_|OPENSSL_|SSL_)|^(PATH|ENV|IFS|SHELLOPTS|HOME)$/
const SECRET = /PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL/i

/** Whether a variable of this name has a say in which program runs. */
export const isSteering = (name: string): boolean => STEERING.test(name)

/** Whether a variable of this name is taken for a secret, which no engine in a container is given. */
export const isSecret = (name: string): boolean => SECRET.test(name)

/**
 * Variables of the processes that run an algorithm, which are not the algorithm's: how they are launched and what they listen to,
 * and the simulator's parameters, which a back-test has beside them.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...['ALIVE_PATH', 'BIND_ADDR', 'CONTROL', 'ENGINE_NAME', 'LANG', 'LOG_LEVEL', 'TEMP', 'TMPDIR', 'TZ'],
  ...['ALGORITHM', 'DURATION_SECONDS', 'PRODUCTS', 'SIMULATION_ID', 'TAPE_PATH'],
  ...['LOSSLESS', 'LOSSLESS_CHAIN', 'SOURCE_SILENCE_MS', 'STREAMING_SOURCE_IP', 'STREAMING_SOURCE_PORT'],
  ...['REDIS_HOST', 'REDIS_PORT', 'REDIS_URL', 'REDIS_URL_FILE', 'REDIS_USER'],
  ...[
    'INITIAL_CAPITAL',
    'POSITION_SIZE_PCT',
    'MAX_POSITION_SIZE',
    'TRADING_FEE_PCT',
    'MIN_CONFIDENCE',
    'ENABLE_SHORTING',
  ],
  ...['ORDER_LATENCY_MS', 'TRADE_COOLDOWN_MS', 'MIN_ORDER_VALUE', 'STATISTICS_INTERVAL_MS', 'RISK_FREE_RATE'],
])

/** Why an algorithm's parameter cannot bear a name, as the end of a sentence; null where it can. */
export function takenName(name: string): string | null {
  if (TAKEN.has(name)) return "is a setting of the engines or of the simulator; give the algorithm's own another name"
  if (isSteering(name)) return 'decides which program runs; give it another name'
  if (isSecret(name)) return 'is named like a secret, which engines in containers are never given; give it another name'
  return null
}
