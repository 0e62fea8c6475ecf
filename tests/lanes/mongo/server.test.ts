import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestMongo, type TestMongo } from '../../support/stores/ferretdb.ts'
import { makeTape, openPlatform, PATIENCE, type Platform } from '../../support/server/platform.ts'
import { launchServer, newDataDir } from '../../support/server/server-process.ts'

interface Component {
  readonly name: string
  readonly status: string
  readonly message: string | null
  readonly latencyMs: number | null
}

interface Saved {
  readonly configuration: { readonly id: string; readonly version: number } | null
  readonly userErrors: readonly { readonly code: string; readonly message: string }[]
}

const SAVE = `mutation ($input: SaveConfigurationInput!) {
  saveConfiguration(input: $input) { configuration { id version } userErrors { code message } } }`
const REMOVE = `mutation ($id: ID!) {
  deleteConfiguration(input: { configurationId: $id }) { deletedId userErrors { code } } }`
const BRING = `mutation ($document: JSON!) {
  importConfiguration(input: { document: $document }) { configuration { id version } userErrors { code message } } }`
const LOOK = `query ($id: ID!) { configuration(id: $id) {
  name version algorithmParameters tags savedBy createdAt updatedAt export versions { edges { node { version } } } } }`

describe('a server that keeps configurations in MongoDB', () => {
  const directory = newDataDir()
  let mongo: TestMongo
  let platform: Platform

  beforeAll(async () => {
    mongo = await startTestMongo()
    makeTape(directory.path)
    platform = await openPlatform(directory.path, { MONGODB_URL: mongo.url, SOURCE_LINGER_MS: '0' })
  })
  afterAll(async () => {
    await platform.end()
    await mongo.dispose()
    directory.remove()
  })

  const save = async (input: Record<string, unknown>): Promise<Saved> =>
    (
      await platform.client.ask<{ saveConfiguration: Saved }>(SAVE, {
        input: { name: 'mine', algorithm: 'rsi', ...input },
      })
    ).saveConfiguration
  const look = async (id: string) =>
    (await platform.client.ask<{ configuration: { export: unknown } | null }>(LOOK, { id })).configuration
  const component = async (name: string): Promise<Component | undefined> => {
    const { health } = await platform.client.ask<{ health: { components: Component[] } }>(
      '{ health { components { name status message latencyMs } } }',
    )
    return health.components.find((one) => one.name === name)
  }
  const received = async (id: string) => BigInt((await platform.look(id)).dataQuality.received)

  it('starts simulations with them, and says how MongoDB is', async () => {
    const { configuration } = await save({ algorithmParameters: { RSI_PERIOD: 3 }, savedBy: 'Ada', tags: ['fast'] })
    const run = await platform.start({
      mode: 'BACKTEST',
      source: 'tape:sample',
      configurationId: configuration!.id,
    })
    await platform.reaches(run.id, 'COMPLETED')
    const { simulation } = await platform.client.ask<{ simulation: unknown }>(
      'query ($id: ID!) { simulation(id: $id) { algorithmParameters } }',
      { id: run.id },
    )
    expect(simulation).toMatchObject({ algorithmParameters: { RSI_PERIOD: 3 } })
    const health = await component('configurations')
    expect(health).toMatchObject({ status: 'up', message: 'kept in MongoDB' })
    expect(health?.latencyMs).toBeGreaterThan(0)
  })

  it('goes on while MongoDB is away, says so, and has lost nothing when it is back', { timeout: 60_000 }, async () => {
    const { configuration } = await save({ name: 'kept' })
    const id = configuration!.id
    await save({ name: 'kept', notes: 'second', expectedVersion: 1 })
    const before = await look(id)
    const run = await platform.running()

    await mongo.stop()

    // At once: each waits for MongoDB as long as it may.
    const [refused, removed, answer, withOne] = await Promise.all([
      save({ name: 'kept', notes: 'third' }),
      platform.client.ask<{ deleteConfiguration: unknown }>(REMOVE, { id }),
      platform.client.answer(LOOK, { id }),
      platform.tell({ configurationId: id }),
    ])
    expect(refused).toMatchObject({ configuration: null, userErrors: [{ code: 'STORE_UNAVAILABLE' }] })
    expect(refused.userErrors[0]?.message).toMatch(/^Configurations cannot be reached: MongoDB at .*try again/)
    expect(removed.deleteConfiguration).toEqual({ deletedId: null, userErrors: [{ code: 'STORE_UNAVAILABLE' }] })
    expect(answer.errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' } }])
    expect(withOne).toMatchObject({ simulation: null, userErrors: [{ code: 'STORE_UNAVAILABLE' }] })
    expect(await component('configurations')).toMatchObject({ status: 'down', latencyMs: null })
    expect(await component('store')).toMatchObject({ status: 'up' })
    expect((await fetch(`${platform.server.url}/ready`)).status).toBe(200)

    const seen = await received(run.id)
    await expect.poll(() => received(run.id), PATIENCE).toBeGreaterThan(seen)
    const another = await platform.running({ products: ['ETH-USD'] })
    await platform.stop(another.id)

    await mongo.start()

    expect(await look(id)).toEqual(before)
    expect(await save({ name: 'kept', notes: 'third', expectedVersion: 2 })).toMatchObject({
      configuration: { id, version: 3 },
    })
    expect(await component('configurations')).toMatchObject({ status: 'up' })
    expect((await platform.look(run.id)).status).toBe('RUNNING')
    await platform.stop(run.id)
    expect(platform.server.lines.join('\n')).not.toContain('A GraphQL operation failed')
  })

  it('gives a configuration back as it was after export, deletion and import', async () => {
    const id = (await save({ name: 'travels', notes: 'one' })).configuration!.id
    await save({ name: 'travels', algorithmParameters: { RSI_PERIOD: 21 } })
    const before = await look(id)
    await platform.client.ask(REMOVE, { id })
    expect(await look(id)).toBeNull()
    const { importConfiguration } = await platform.client.ask<{ importConfiguration: Saved }>(BRING, {
      document: before!.export,
    })
    expect(importConfiguration.userErrors).toEqual([])
    expect(await look(importConfiguration.configuration!.id)).toEqual(before)
  })
})

// Each has a server and a MongoDB of its own, and waits for them.
describe.concurrent('a server whose MongoDB', () => {
  it('is not there yet starts, and uses it from the moment on that it is', { timeout: 60_000 }, async () => {
    const directory = newDataDir()
    makeTape(directory.path)
    const mongo = await startTestMongo()
    await mongo.stop()
    const platform = await openPlatform(directory.path, { MONGODB_URL: mongo.url })
    try {
      const save = () =>
        platform.client.ask<{ saveConfiguration: Saved }>(SAVE, { input: { name: 'early', algorithm: 'rsi' } })
      expect((await save()).saveConfiguration.userErrors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])
      await mongo.start()
      expect((await save()).saveConfiguration).toMatchObject({ configuration: { version: 1 }, userErrors: [] })
    } finally {
      await platform.end()
      await mongo.dispose()
      directory.remove()
    }
  })

  it('refuses the password does not start, and says why without telling it', async () => {
    const directory = newDataDir()
    const mongo = await startTestMongo({ login: { user: 'me', password: 'right' } })
    try {
      const { hostname, port } = new URL(mongo.url)
      const server = launchServer(directory.path, {
        MONGODB_HOST: hostname,
        MONGODB_PORT: port,
        MONGODB_USER: 'me',
        MONGODB_PASSWORD: 'hunter2',
      })
      expect(await server.exited).toMatchObject({ code: 1 })
      const said = server.lines.join('\n')
      expect(said).toMatch(/cannot start: .*it refuses the user name or the password/)
      expect(said).not.toContain('hunter2')
    } finally {
      await mongo.dispose()
      directory.remove()
    }
  })
})
