import { createServer, type AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { describe, expect, inject, it } from 'vitest'
import { ENGINE_IMAGE, SERVER_IMAGE } from '../../support/docker/docker.ts'
import { startTestDatabase } from '../../support/stores/postgres.ts'

const api = new Docker({ socketPath: inject('dockerHost').slice('unix://'.length) })
const BASE_IMAGE = 'node:22-bookworm-slim'

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs an image to its end. */
async function run(image: string, command: readonly string[]): Promise<{ code: number; said: string }> {
  const parts: Buffer[] = []
  const output = new PassThrough()
  output.on('data', (part: Buffer) => parts.push(part))
  const options = { HostConfig: { NetworkMode: 'none' } }
  const [{ StatusCode }, container] = (await api.run(image, [...command], output, options)) as [
    { StatusCode: number },
    Docker.Container,
  ]
  await container.remove({ v: true })
  return { code: StatusCode, said: Buffer.concat(parts).toString('latin1') }
}

const PATIENCE = { timeout: 30_000, interval: 100 }

describe('the images that npm run images builds', () => {
  it('are not of root, and have a health check', async () => {
    for (const image of [ENGINE_IMAGE, SERVER_IMAGE]) {
      const { Config } = await api.getImage(image).inspect()
      expect(Config.User, image).toBe('1000:1000')
      expect(Config, image).toHaveProperty('Healthcheck.Test')
    }
  })

  it('are small: of the engines, a few megabytes on the base image', async () => {
    const [engine, base] = await Promise.all([ENGINE_IMAGE, BASE_IMAGE].map((image) => api.getImage(image).inspect()))
    expect((engine?.Size ?? 0) - (base?.Size ?? 0)).toBeLessThan(10_000_000)
  })

  it('run the engine that is named, and say which there are where none is', async () => {
    const nothing = await run(ENGINE_IMAGE, [])
    expect(nothing.code).toBe(64)
    expect(nothing.said).toMatch(/This image runs one engine: streamer, algorithm, simulator/)
    const streamer = await run(ENGINE_IMAGE, ['backtest'])
    expect(streamer.code).toBe(1)
    expect(streamer.said).toMatch(/backtest: .*TAPE_PATH/)
  })

  it('have a server that says what it needs', async () => {
    const { code, said } = await run(SERVER_IMAGE, [])
    expect(code).toBe(1)
    expect(said).toMatch(/There is no embedded Postgres for .*Set DATABASE_URL to a PostgreSQL of your own/)
  })

  it('have a server that serves on a PostgreSQL, writes nothing but its data, and is found healthy', async () => {
    const database = await startTestDatabase()
    const port = await freePort()
    const container = await api.createContainer({
      Image: SERVER_IMAGE,
      Env: [`DATABASE_URL=${database.url}`, 'HOST=127.0.0.1', `PORT=${port}`, 'COINBASE_REST_URL=http://127.0.0.1:9'],
      Healthcheck: { Interval: 1_000_000_000 },
      HostConfig: { NetworkMode: 'host', ReadonlyRootfs: true, CapDrop: ['ALL'], Tmpfs: { '/tmp': 'size=16m' } },
    })
    try {
      await container.start()
      await expect.poll(async () => (await container.inspect()).State.Health?.Status, PATIENCE).toBe('healthy')
      const answer = await fetch(`http://127.0.0.1:${port}/ready`)
      expect(answer.status).toBe(200)
      await container.stop()
      expect((await container.inspect()).State.ExitCode).toBe(0)
    } finally {
      await container.remove({ force: true, v: true })
      await database.dispose()
    }
  })
})
