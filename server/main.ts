import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { describeFaults, parseConfig } from './config.ts'
import { createPlatform, type Platform } from './platform.ts'

/** How long opening may go on after a signal to stop. */
const OPENING_MS = 15_000

/** The process: settings in, signals to an ordered end, exit code 1 where it cannot start. `platform.ts` joins the parts. */
async function main(): Promise<void> {
  const parsed = parseConfig(process.env)
  if (!parsed.ok) {
    console.error(describeFaults(parsed.faults))
    process.exitCode = 1
    return
  }
  const { config } = parsed
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
  let platform: Platform | null = null
  let stopping = false
  const end = async (opened: Platform): Promise<void> => {
    await opened.dispose()
    process.exit(0)
  }
  const stop = (signal: string): void => {
    // A second signal does not wait.
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping')
    // While it still opens, the end comes once it is open: a database that is left half started would run on.
    if (platform !== null) end(platform).catch(refuse)
    else setTimeout(() => refuse(new Error('it was told to stop, and opening did not end')), OPENING_MS).unref()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const onFatal = (reason: string): void => {
    // At once: every further moment might change what is not this server's any more. Its child processes notice.
    log.fatal({ reason }, 'stopped')
    process.exit(1)
  }
  platform = await createPlatform({ config, engines, migrations, page, env: process.env, log, onFatal })
  if (stopping) return end(platform)
  try {
    const { url } = await platform.listen()
    log.info(`AW-Trade is ready: ${url}/graphql`)
  } catch (error) {
    await platform.dispose()
    throw error
  }
}

/** What keeps the server from starting is told as a sentence; the stack is for bugs only. */
function refuse(error: unknown): void {
  console.error(error instanceof Error ? `The server cannot start: ${error.message}` : error)
  if (process.env['LOG_LEVEL'] === 'debug') console.error(error)
  process.exit(1)
}

main().catch(refuse)
