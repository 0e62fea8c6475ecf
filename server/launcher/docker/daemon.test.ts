import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createDaemon, isMissing } from './daemon.ts'

/** What is said of a Docker that answers everything like this. */
async function saidOf(status: number, message: string, what = 'An engine cannot be made'): Promise<unknown> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const daemon = createDaemon({ host: `tcp://127.0.0.1:${port}`, image: 'aw-trade-engine:9' })
  try {
    return await daemon.ask(what, () => daemon.calls.getContainer('x').inspect()).catch((error: unknown) => error)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('what Docker refuses', () => {
  it.each([
    [404, 'No such image: aw-trade-engine:9', /Build the images with "npm run images"/],
    [409, 'Conflict. The container name "/aw-x" is already in use by container "7".', /docker rm -f aw-x/],
    [404, 'network aw-trade-x not found', /somebody removed it/],
    [403, 'could not find an available, non-overlapping IPv4 address pool among the defaults', /default-address-pools/],
    [400, 'invalid mount config for type "bind": bind source path does not exist: /x', /ENGINE_TAPES/],
    [500, 'the disk is full', /An engine cannot be made: Docker refused \(500\): the disk is full/],
  ])('is told as a sentence that says what to do: %i %s', async (status, message, told) => {
    expect(String(await saidOf(status, message))).toMatch(told)
  })

  it('is known as missing where it is not there', async () => {
    expect(isMissing(await saidOf(404, 'No such container: x'))).toBe(true)
    expect(isMissing(await saidOf(500, 'No such container: x'))).toBe(false)
  })
})

describe('a Docker that cannot be reached', () => {
  it.each([
    ['unix:///nowhere/docker.sock', /no such socket. Start Docker, or set DOCKER_HOST/],
    ['tcp://127.0.0.1:9', /nothing listens there/],
  ])('is told as such: %s', async (host, told) => {
    const daemon = createDaemon({ host, image: 'x' })
    await expect(daemon.ask('', () => daemon.calls.ping())).rejects.toThrow(told)
  })
})
