import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailableError } from '../../schema/errors.ts'
import { itKeepsConfigurations, saved } from '../../tests/support/stores/configuration-contract.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/stores/postgres.ts'
import { createStore, type Store } from '../store/store.ts'
import { createPostgresConfigurations } from './postgres.ts'
import { sampleServer } from '../../tests/support/engines/events.ts'

let database: TestDatabase
let store: Store

beforeAll(async () => {
  database = await startTestDatabase()
  store = createStore({ server: sampleServer(), url: database.url, log: () => undefined })
})
afterAll(async () => {
  await store.dispose()
  await database.dispose()
})

describe('configurations in Postgres', () => {
  itKeepsConfigurations(() => createPostgresConfigurations(store.prisma))

  it('say so while the database is away', async () => {
    const nowhere = createStore({
      server: sampleServer(),
      url: 'postgresql://nobody@127.0.0.1:9/nothing',
      log: () => undefined,
    })
    const configurations = createPostgresConfigurations(nowhere.prisma)
    await expect(configurations.ping()).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(saved(configurations)).rejects.toMatchObject({ extensions: { code: 'STORE_UNAVAILABLE' } })
    await nowhere.dispose()
  })
})
