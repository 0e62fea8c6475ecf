import { BadEnvironmentError } from '../edge/process/env.ts'
import { runEngine } from '../edge/process/process.ts'
import { describeTape, readTape } from '../edge/tape/reader.ts'
import { parseConfig, type SandboxConfig } from './server/config.ts'
import { createSandbox, type SandboxMarket } from './server/server.ts'

function marketOf(config: SandboxConfig): SandboxMarket {
  if (config.capture !== null) return { kind: 'capture', path: config.capture }
  if (config.tape !== null) {
    return { kind: 'events', events: readTape(config.tape), products: describeTape(config.tape).products }
  }
  const { seed, activity, products } = config
  return { kind: 'generated', seed, activity, ...(products.length > 0 ? { products } : {}) }
}

/** What cannot be had (a file, the port) is the fault of a variable: told in a line, without a stack. */
async function open(config: SandboxConfig, ended: (failure: Error | null) => void) {
  const { host, port, speed, startOn } = config
  try {
    return await createSandbox({
      market: marketOf(config),
      host,
      port,
      speed,
      ...(startOn === null ? {} : { startOn }),
      onEnded: ended,
    })
  } catch (error) {
    throw new BadEnvironmentError([error instanceof Error ? error.message : String(error)])
  }
}

await runEngine('exchange-sandbox', async ({ env, log, tell }) => {
  const config = parseConfig(env)
  let stop = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    stop = resolve
  })
  const sandbox = await open(config, (failure) => {
    if (failure === null) log.info('the recording has been played to its end; heartbeats go on')
    else log.error({ err: failure }, 'the recording broke off; heartbeats go on')
  })
  log.info({ wsUrl: sandbox.wsUrl, restUrl: sandbox.restUrl, products: sandbox.products }, 'the sandbox is open')
  tell({ type: 'ready', port: sandbox.port })
  const { marketStartedAt } = sandbox
  const report = () => (marketStartedAt === null ? {} : { marketStartedAt })
  return { stop, ended, report, dispose: sandbox.dispose }
})
