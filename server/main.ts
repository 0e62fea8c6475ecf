import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino, { type Logger } from 'pino'
import { forgetLibpq } from './boot/environment.ts'
import { createWish, STOP_SIGNALS, StoppedError, unlessStopped } from './boot/stopping.ts'
import { describeFaults, parseConfig } from './config.ts'
import { createPlatform } from './platform.ts'

/** The process: settings in, signals to an ordered end, exit code 1 where it cannot start. `platform.ts` joins the parts. */
async function main(): Promise<void> {
  const parsed = parseConfig(process.env)
  if (!parsed.ok) {
    console.error(describeFaults(parsed.faults))
    process.exitCode = 1
    return
  }
  const { config } = parsed
  // They are the shell's, for some other database than our own.
  if (config.databaseUrl === null) forgetLibpq(process.env)
  const destination = pino.destination({ fd: 2, sync: true })
  // A disk that is full under the log has nowhere to be told of: those lines are lost, and the server goes on.
  destination.on('error', () => undefined)
  const log = pino({ base: undefined, name: 'server', level: config.logLevel }, destination)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'stopped by an unexpected error')
    process.exit(1)
  })
  const built = fileURLToPath(new URL('.', import.meta.url))
  const [engines, page] = [join(built, 'engines'), join(built, 'client')]
  // Beside this file's folder, as it stands and as it is bundled.
  const migrations = join(built, '../prisma/migrations')
  const onFatal = (reason: string): void => {
    // At once: every further moment might change what is not this server's any more. Its child processes notice.
    log.fatal({ reason }, 'stopped')
    process.exit(1)
  }
  const stop = followSignals(log)
  const platform = await createPlatform({ config, engines, migrations, page, env: process.env, log, onFatal, stop })
  try {
    const { url } = await unlessStopped(stop, platform.listen())
    log.info(`AW-Trade is ready: ${url}/graphql`)
    await unlessStopped(stop, new Promise<never>(() => undefined))
  } finally {
    await platform.dispose()
  }
}

/** Turns signals into a wish to stop. A second one does not wait; what is left then ends by itself, the database too. */
function followSignals(log: Logger): AbortSignal {
  const stop = new AbortController()
  const wishOf = createWish(() => performance.now())
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const wish = wishOf()
      if (wish === 'now') process.exit(1)
      if (wish === 'nothing') return
      log.info({ signal }, 'stopping')
      stop.abort(new StoppedError())
    })
  }
  return stop.signal
}

/** What keeps the server from starting is told as a sentence; the stack is for bugs only. */
function refuse(error: unknown): void {
  if (error instanceof StoppedError) process.exit(0)
  console.error(error instanceof Error ? `The server cannot start: ${error.message}` : error)
  if (process.env['LOG_LEVEL'] === 'debug') console.error(error)
  process.exit(1)
}

main().catch(refuse)
