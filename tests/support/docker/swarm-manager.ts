import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What answers as a manager of a swarm does: for what a real one is too quick, or does too seldom. */
export interface StandInManager {
  /** As `DOCKER_HOST` takes it. */
  readonly host: string
  /** Names of the services that are there, with their labels. */
  readonly services: Map<string, Readonly<Record<string, string>>>
  /** Requests for logs, oldest first: their addresses, and the streams that answer them. */
  readonly logs: { readonly url: string; readonly stream: ServerResponse }[]
  /** Names of all services that were ever made. */
  readonly made: readonly string[]
  /** Waited for before a service is made. */
  making: Promise<void>
  dispose(): Promise<void>
}

interface Made {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>>
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? null : (JSON.parse(Buffer.concat(parts).toString()) as unknown)
}

/** Opens one on a free port of the loopback. */
export async function openStandInManager(): Promise<StandInManager> {
  const services: StandInManager['services'] = new Map()
  const made: string[] = []
  const logs: { url: string; stream: ServerResponse }[] = []
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { method = '', url = '' } = request
    const [path = ''] = url.split('?')
    const name = path.split('/')[2] ?? ''
    if (path === '/info') return { Swarm: { LocalNodeState: 'active', ControlAvailable: true } }
    if (path === '/networks') return [{ Name: 'aw-trade-engines' }]
    if (path === '/services/create') {
      const { Name, Labels } = (await bodyOf(request)) as Made
      await manager.making
      services.set(Name, Labels)
      made.push(Name)
      return { ID: Name }
    }
    if (method === 'DELETE') services.delete(name)
    if (path === '/services') return [...services].map(([Name, Labels]) => ({ ID: Name, Spec: { Name, Labels } }))
    if (path === '/tasks')
      return [...services.keys()].map((ServiceID) => ({ ServiceID, CreatedAt: '', Status: { State: 'running' } }))
    return path === '/nodes' ? [] : {}
  }
  const server = createServer((request, response) => {
    const { url = '' } = request
    if (/\/logs\?/.test(url)) {
      response.writeHead(200).flushHeaders()
      logs.push({ url, stream: response })
      return
    }
    void answer(request).then((body) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const manager: StandInManager = {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    services,
    logs,
    made,
    making: Promise.resolve(),
    async dispose() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return manager
}
