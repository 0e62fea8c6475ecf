import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Launcher } from '../launcher/port.ts'

/** Seed of the generated market where nobody names one. */
export const SEED = 1

/**
 * So that REPLAY and BACKTEST can be tried at once: ten minutes of a generated market, made in the background.
 * @param folder of the tapes
 */
export function makeSampleTape(folder: string, launchers: readonly Launcher[], log: Logger): void {
  const path = join(folder, 'sample.tape')
  const launcher = launchers.find((one) => one.kind === 'PROCESS')
  if (launcher === undefined || existsSync(path)) return
  try {
    const { exited } = launcher.launch({
      entry: 'generate-tape',
      role: 'STREAMER',
      owner: 'sample-tape',
      serves: null,
      outbound: false,
      tape: { variable: 'TAPE_PATH', path },
      env: { SEED: String(SEED), LOG_LEVEL: 'warn' },
    })
    void exited.then(({ code }) => {
      // 0 without a tape: the server was stopped before it was whole; the next start makes it.
      if (code !== 0) log.warn({ path, code }, 'the sample tape could not be made')
    })
  } catch (error) {
    // Everything else works without it.
    log.warn({ path, err: error }, 'the sample tape could not be made')
  }
}
