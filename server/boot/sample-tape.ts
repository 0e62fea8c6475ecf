import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { within } from '../../engines/edge/within.ts'
import type { Launcher } from '../launcher/port.ts'

/** Seed of the generated market where nobody names one. */
export const SEED = 1

/** The source that the sample tape is, by which it is asked for. */
const SAMPLE = 'tape:sample'
/** How long a start waits for a tape that is being made; that takes a second or two. */
const MAKING_MS = 30_000

/**
 * So that REPLAY and BACKTEST can be tried at once: ten minutes of a generated market, made in the background.
 * @param folder of the tapes
 * @returns resolves once it is there, or it is known that it will not be.
 */
async function makeSampleTape(folder: string, launchers: readonly Launcher[], log: Logger): Promise<void> {
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
    const { code } = await exited
    // 0 without a tape: the server was stopped before it was whole; the next start makes it.
    if (code !== 0) log.warn({ path, code }, 'the sample tape could not be made')
  } catch (error) {
    // Everything else works without it.
    log.warn({ path, err: error }, 'the sample tape could not be made')
  }
}

/**
 * Begins to make the sample tape where there is none.
 * @returns for a source, waits while its tape is being made, so that what the server offers at its first start works at once.
 */
export function beginSampleTape(
  folder: string,
  launchers: readonly Launcher[],
  log: Logger,
): (source: string) => Promise<void> {
  const made = makeSampleTape(folder, launchers, log)
  return async (source) => {
    // Where it takes longer, it is as if it were not there.
    if (source === SAMPLE) await within(made, MAKING_MS, () => new Error('late')).catch(() => undefined)
  }
}
