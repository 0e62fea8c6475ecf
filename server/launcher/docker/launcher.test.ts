import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import pino from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { createDaemon } from './daemon.ts'
import { createDockerLauncher } from './launcher.ts'
import type { EngineSpec, Launcher } from '../port.ts'

const OWNER = '6f1e6a38-5f0e-4c0c-9a43-0a7c3c1d2e3f'
const NETWORK = `aw-trade-0badcafe-${OWNER}`
const spec: EngineSpec = {
  entry: 'streamer',
  role: 'STREAMER',
  owner: OWNER,
  serves: 'udp',
  outbound: true,
  tape: null,
  env: {},
}

/** What answers a request: a status and a body; `hang`: never; `break`: the connection ends. */
type Answer = readonly [status: number, body: unknown] | 'hang' | 'break'

/** A Docker that answers as a test says, for moments that the real one is too quick for. */
class StandIn {
  readonly asked: string[] = []
  /** Its open streams of events. */
  readonly events: ServerResponse[] = []
  answer: (call: string) => Answer = () => [200, {}]
  readonly #server = createServer((request, response) => {
    const call = `${request.method} ${request.url?.split('?')[0]}`
    this.asked.push(call)
    const answer = this.answer(call)
    if (answer === 'break') return void response.destroy()
    if (answer === 'hang') return
    const [status, body] = answer
    response.writeHead(status, { 'content-type': 'application/json' })
    if (call !== 'GET /events') return void response.end(JSON.stringify(body))
    response.flushHeaders()
    this.events.push(response)
  })

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(answer: StandIn['answer']): Promise<{ docker: StandIn; host: string; launcher: Launcher }> {
  const docker = new StandIn()
  docker.answer = answer
  const host = await docker.open()
  const launcher = createDockerLauncher({
    settings: {
      host,
      image: 'aw-trade-engine:1',
      memoryMb: 256,
      cpus: 1,
      pids: 64,
      tapes: 'tapes',
      user: '1000:1000',
      serverContainer: null,
      redisNetwork: null,
    },
    instance: '0badcafe',
    tapes: tmpdir(),
    log: pino({ level: 'silent' }),
  })
  closers.push(
    () => docker.close(),
    () => launcher.dispose(),
  )
  return { docker, host, launcher }
}

it('removes a container that was made and could not be let into all its networks', async () => {
  const { docker, launcher } = await open((call) => {
    if (call === 'POST /containers/create') return [201, { Id: 'c1' }]
    return call.endsWith('/connect') ? [500, { message: 'no more ports' }] : [200, {}]
  })
  const engine = launcher.launch(spec)
  await expect(engine.ready).rejects.toThrow(/cannot be connected to a network.*no more ports/)
  await engine.exited
  expect(docker.asked).toContain('DELETE /containers/c1')
})

it('takes over an engine that ended meanwhile as one that is lost, which the run is told', async () => {
  const labels = { 'aw-trade.entry': 'simulator', 'aw-trade.role': 'SIMULATOR', 'aw-trade.owner': OWNER }
  const { launcher } = await open((call) => {
    if (call === 'GET /containers/json') return [200, [{ Id: 'c1', Created: 0, Labels: labels }]]
    return call === 'POST /containers/c1/attach' ? [404, { message: 'No such container: c1' }] : [200, {}]
  })
  const [engine] = await launcher.adopt(OWNER)
  expect((await engine?.exited)?.cause).toMatch(/^was lost: .*No such container: c1/)
})

it('removes a network that could not be removed while Docker was away once it is back', async () => {
  let away = false
  let inUse = true
  const networks = [{ Name: NETWORK, Labels: { 'aw-trade.owner': OWNER } }]
  const { docker, launcher } = await open((call) => {
    if (away) return 'break'
    if (call === 'GET /networks') return [200, networks]
    return call === 'GET /containers/json' ? [200, []] : [200, {}]
  })
  await launcher.reapOrphans(() => Promise.resolve(() => inUse))
  await launcher.adopt(OWNER)
  away = true
  for (const stream of docker.events) stream.destroy()
  inUse = false
  await launcher.release(OWNER)
  const removal = `DELETE /networks/${NETWORK}`
  expect(docker.asked).not.toContain(removal)

  away = false
  await vi.waitFor(() => expect(docker.asked).toContain(removal), { timeout: 10_000 })
})

it('removes a network later that Docker still finds in use, as while it takes a killed engine out of it', async () => {
  const removal = `DELETE /networks/${NETWORK}`
  let refusals = 2
  const { docker, launcher } = await open((call) => {
    if (call === removal && refusals-- > 0) return [403, { message: `network ${NETWORK} has active endpoints` }]
    return call === 'GET /containers/json' ? [200, []] : [200, {}]
  })
  const removals = () => docker.asked.filter((call) => call === removal)
  await launcher.adopt(OWNER)
  await launcher.release(OWNER)
  expect(removals()).toHaveLength(1)
  await vi.waitFor(() => expect(removals()).toHaveLength(3), { timeout: 10_000 })
})

it('does not remove the network of an owner that is back, which it could not remove before', async () => {
  const removal = `DELETE /networks/${NETWORK}`
  const { docker, launcher } = await open((call) => {
    if (call === removal) return [403, { message: `network ${NETWORK} has active endpoints` }]
    if (call === 'POST /containers/create') return [404, { message: 'No such image: x' }]
    return call === 'GET /containers/json' ? [200, []] : [200, {}]
  })
  await launcher.adopt(OWNER)
  await launcher.release(OWNER)
  await expect(launcher.launch(spec).ready).rejects.toThrow(/There is no image/)
  await launcher.dispose()
  expect(docker.asked.filter((call) => call === removal)).toHaveLength(1)
})

it('removes a container later that Docker could not remove', async () => {
  const removal = 'DELETE /containers/c1'
  let refusals = 1
  const { docker, launcher } = await open((call) => {
    if (call === 'POST /containers/create') return [201, { Id: 'c1' }]
    if (call === removal && refusals-- > 0) return [500, { message: 'device or resource busy' }]
    return call.endsWith('/connect') ? [500, { message: 'no more ports' }] : [200, {}]
  })
  await launcher.launch(spec).exited
  await vi.waitFor(() => expect(docker.asked.filter((call) => call === removal)).toHaveLength(2), { timeout: 10_000 })
})

it('launches, and follows what it launches, also where nobody can say now which of the left engines are in use', async () => {
  const { docker, launcher } = await open((call) =>
    call === 'POST /containers/create' ? [404, { message: 'No such image: x' }] : [200, []],
  )
  await launcher.reapOrphans(() => Promise.reject(new Error('the database is away'))).catch(() => undefined)
  await expect(launcher.launch(spec).ready).rejects.toThrow(/There is no image/)
  expect(docker.events).toHaveLength(1)
})

it('does not wait for ever for a Docker that takes a request and never answers', async () => {
  const { host } = await open(() => 'hang')
  const daemon = createDaemon({ host, image: 'x', answerMs: 50 })
  await expect(
    daemon.open('It cannot be followed', (abortSignal) => daemon.streams.getEvents({ abortSignal })),
  ).rejects.toThrow(/no answer came in time/)
})
