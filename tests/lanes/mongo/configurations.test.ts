import { afterAll, beforeAll, describe } from 'vitest'
import { openMongoConfigurations, type MongoConfigurations } from '../../../server/configurations/mongo.ts'
import { itKeepsConfigurations } from '../../support/stores/configuration-contract.ts'
import { startTestMongo, type TestMongo } from '../../support/stores/ferretdb.ts'

let mongo: TestMongo
let store: MongoConfigurations

beforeAll(async () => {
  mongo = await startTestMongo()
  store = await openMongoConfigurations({ url: mongo.url, log: () => undefined })
})
afterAll(async () => {
  await store.dispose()
  await mongo.dispose()
})

describe('configurations in MongoDB', () => {
  itKeepsConfigurations(() => store)
})
