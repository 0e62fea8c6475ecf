import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { describe, expect, inject, it } from 'vitest'
import { ENGINE_IMAGE, SERVER_IMAGE } from '../../support/docker.ts'

const api = new Docker({ socketPath: inject('dockerHost').slice('unix://'.length) })
const BASE_IMAGE = 'node:22-bookworm-slim'

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
})
