import { randomUUID } from 'node:crypto'
import { MongoClient, type Db, type Document } from 'mongodb'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest'
import { openMongoConfigurations, type MongoConfigurations } from '../../../server/configurations/mongo.ts'
import { draft, saved } from '../../support/stores/configuration-contract.ts'
import { startTestMongo, type TestMongo } from '../../support/stores/ferretdb.ts'
import { createStallingRelay } from '../../support/stores/stalling-relay.ts'

/** A command that hangs, and its repetition: 4 s each. */
const TOO_LONG_MS = 10_000

const AWAY = {
  message: expect.stringMatching(
    /^Configurations cannot be reached: MongoDB at 127\.0\.0\.1:\d+ .*try again/,
  ) as string,
  extensions: { code: 'STORE_UNAVAILABLE' },
}

let mongo: TestMongo
let client: MongoClient
const opened: MongoConfigurations[] = []
const log: string[] = []

beforeAll(async () => {
  mongo = await startTestMongo()
  client = new MongoClient(mongo.url)
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.dispose()
  log.length = 0
})
afterAll(async () => {
  await client.close()
  await mongo.dispose()
})

/** A store in a database of its own name, and that database for whoever wants to look behind the store. */
async function open(name = `test_${randomUUID().replaceAll('-', '')}`) {
  const url = mongo.url.replace(/\/$/, `/${name}`)
  const store = await openMongoConfigurations({ url, log: (level, message) => log.push(`${level}: ${message}`) })
  opened.push(store)
  return { store, name, db: client.db(name) }
}

const listed = async (store: MongoConfigurations, filter: { algorithm?: string; tag?: string } = {}) =>
  (await store.list({ limit: 2, after: null, algorithm: null, tag: null, ...filter })).map((record) => record.name)

const documents = (db: Db, filter: Document = {}) =>
  db.collection<Document & { _id: string }>('configurationVersions').find(filter).sort({ _id: 1 }).toArray()

describe('the set-up of MongoDB', () => {
  it('is made once by servers that start together, and found there by the next', async () => {
    const { name } = await open()
    const others = await Promise.all(Array.from({ length: 5 }, () => open(name)))
    await Promise.all(others.map(({ store }) => saved(store)))
    const { db } = await open(name)
    const indexes = async (collection: string) => (await db.collection(collection).indexes()).map((index) => index.name)
    expect((await indexes('configurations')).sort()).toEqual(['_id_', 'configuration'])
    expect((await indexes('configurationVersions')).sort()).toEqual(
      ['_id_', 'newest', 'newest_by_algorithm', 'newest_by_tag', 'version'].sort(),
    )
  })

  it('says once that a server does not check documents itself, and refuses what others wrote wrongly', async () => {
    const { store, db } = await open()
    const { id, name } = await saved(store)
    await db.collection('configurationVersions').updateOne({ configurationId: id }, { $set: { tags: 'one' } })
    const refusal = {
      message: expect.stringMatching(new RegExp(`document "${id}:1" .*tags: .*Correct or remove it`)) as string,
      extensions: { code: 'BAD_DOCUMENT' },
    }
    await expect(store.get(id)).rejects.toMatchObject(refusal)
    await expect(store.versions(id, { limit: 1, before: null })).rejects.toMatchObject(refusal)
    await expect(listed(store)).rejects.toMatchObject(refusal)
    expect(await store.delete(id)).toBe(true)
    expect(await saved(store, { name })).toMatchObject({ version: 1 })
    expect(log.filter((line) => line.includes('does not check documents itself'))).toHaveLength(1)
  })
})

describe('what a server leaves that ends between two writes', () => {
  it('is no second newest version: the older one is neither listed nor found, and is put in order', async () => {
    const { store, db } = await open()
    const { id, name } = await saved(store, { algorithm: 'old' })
    const other = await saved(store, { algorithm: 'old' })
    await saved(store, { name, algorithm: 'new' })
    const marks = async () =>
      (await documents(db, { configurationId: id })).map(({ superseded }) => superseded as boolean)
    expect(await marks()).toEqual([true, false])
    await db.collection('configurationVersions').updateMany({ configurationId: id }, { $set: { superseded: false } })
    expect(await listed(store, { algorithm: 'old' })).toEqual([other.name])
    expect(await marks()).toEqual([true, false])
    expect(await listed(store)).toEqual([name, other.name])
  })

  it('is no configuration where its name was not written yet, and is removed when it is old', async () => {
    const { store, db } = await open()
    const { id, name } = await saved(store)
    await saved(store, { name })
    const kept = await saved(store)
    // As after an import that did not come to its end, and as after a deletion that did not.
    await db.collection('configurations').deleteOne({ configurationId: id })
    expect(await store.get(id)).toBeNull()
    expect(await store.versions(id, { limit: 5, before: null })).toEqual([])
    expect(await listed(store)).toEqual([kept.name])
    expect(await documents(db, { configurationId: id })).toHaveLength(2)

    const anHourAgo = new Date(Date.now() - 61 * 60_000)
    await db.collection('configurationVersions').updateMany({ configurationId: id }, { $set: { writtenAt: anHourAgo } })
    expect(await listed(store)).toEqual([kept.name])
    expect(await documents(db, { configurationId: id })).toEqual([])
    expect(await saved(store, { name, expectedVersion: 0 })).toMatchObject({ version: 1 })
  })

  it('is not what a deletion and saves leave that are made at once', async () => {
    const { store, db } = await open()
    for (let round = 0; round < 12; round++) {
      const { id, name } = await saved(store)
      await Promise.all([store.delete(id), ...Array.from({ length: 4 }, () => saved(store, { name }))])
      expect(await documents(db, { configurationId: id })).toEqual([])
    }
  })

  it('does not shorten a page', async () => {
    const { store, db } = await open()
    const records = []
    for (let count = 0; count < 6; count++) records.push(await saved(store))
    for (const { id } of records.slice(2)) await db.collection('configurations').deleteOne({ configurationId: id })
    const names = new Set(records.slice(0, 2).map((record) => record.name))
    expect(new Set(await listed(store))).toEqual(names)
  })
})

/** Where the tests of a group run side by side, each has what it needs to itself, gone when it is over. */
type OnTestFinished = TestContext['onTestFinished']

/** A store whose log is its own. */
async function openAlone(url: string, onTestFinished: OnTestFinished) {
  const said: string[] = []
  const store = await openMongoConfigurations({ url, log: (level, message) => said.push(`${level}: ${message}`) })
  onTestFinished(() => store.dispose())
  return { store, said }
}

describe.concurrent('a MongoDB that is away', () => {
  /** One that only this test takes away. */
  const startOwn = async (onTestFinished: OnTestFinished): Promise<TestMongo> => {
    const own = await startTestMongo()
    onTestFinished(() => own.dispose())
    return own
  }

  it('is said to be so, soon, and is used again when it is back, with all that was in it', async ({
    onTestFinished,
  }) => {
    const own = await startOwn(onTestFinished)
    const { store, said } = await openAlone(own.url, onTestFinished)
    const before = await saved(store)
    await own.stop()
    const start = performance.now()
    await expect(store.save(draft())).rejects.toMatchObject(AWAY)
    await expect(store.get(before.id)).rejects.toMatchObject(AWAY)
    await expect(store.ping()).rejects.toMatchObject(AWAY)
    expect(performance.now() - start).toBeLessThan(3 * TOO_LONG_MS)
    await own.start()
    expect(await store.get(before.id)).toEqual(before)
    expect(await saved(store, { name: before.name })).toMatchObject({ version: 2 })
    expect(said.filter((line) => line.startsWith('warn: Configurations cannot be reached'))).toHaveLength(1)
    expect(said.filter((line) => line.includes('answers again'))).toHaveLength(1)
  })

  it('does not keep the store from being opened, and is set up once it is there', async ({ onTestFinished }) => {
    const own = await startOwn(onTestFinished)
    await own.stop()
    const { store } = await openAlone(own.url.replace(/\/$/, '/late'), onTestFinished)
    await expect(store.ping()).rejects.toMatchObject({ extensions: { code: 'STORE_UNAVAILABLE' } })
    await own.start()
    expect(await saved(store)).toMatchObject({ version: 1 })
    const behind = new MongoClient(own.url)
    onTestFinished(() => behind.close())
    const indexes = await behind.db('late').collection('configurationVersions').indexes()
    expect(indexes.map((index) => index.name)).toContain('newest')
  })

  it('is not waited for without end where it hangs', async ({ onTestFinished }) => {
    const own = await startOwn(onTestFinished)
    const { store } = await openAlone(own.url, onTestFinished)
    await saved(store)
    const pid = own.pid()!
    process.kill(pid, 'SIGSTOP')
    const start = performance.now()
    try {
      await expect(store.save(draft())).rejects.toMatchObject({ extensions: { code: 'STORE_UNAVAILABLE' } })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect(performance.now() - start).toBeLessThan(TOO_LONG_MS)
    expect(await saved(store)).toMatchObject({ version: 1 })
  })
})

/** Without heartbeats: what is tried here is what becomes of commands. The bounds are short, but not for a slow machine. */
const QUICK = 'heartbeatFrequencyMS=60000&socketTimeoutMS=1000&waitQueueTimeoutMS=1000&serverSelectionTimeoutMS=1000'
describe.concurrent('a save during which MongoDB hangs', () => {
  const openBehindRelay = async (onTestFinished: OnTestFinished) => {
    const relay = await createStallingRelay(Number(new URL(mongo.url).port))
    onTestFinished(() => relay.dispose())
    const url = `mongodb://127.0.0.1:${relay.port}/test_${randomUUID()}?${QUICK}`
    return { relay, ...(await openAlone(url, onTestFinished)) }
  }

  it.for([
    ['a question', 'find', true],
    ['the insert of a first version', 'insert', false],
    ['the insert of a further version', 'insert', true],
    ['the update of those before it', 'update', true],
  ] as const)(
    'is told that it is away, and goes through later: at %s',
    async ([, command, again], { onTestFinished }) => {
      const { relay, store } = await openBehindRelay(onTestFinished)
      const before = await saved(store)
      const next = draft(again ? { name: before.name } : {})
      relay.stallAt(command)
      await expect(store.save(next)).rejects.toMatchObject(AWAY)
      relay.heal()
      expect(await saved(store, { name: next.name })).toMatchObject(again ? { id: before.id } : { version: 1 })
      expect(await store.get(before.id)).toMatchObject({ name: before.name })
    },
  )

  describe.for([
    ['first', false],
    ['further', true],
  ] as const)('and that is of a large %s version', ([, again]) => {
    // More than the buffers of a connection hold: the driver waits for room in them, and its own bounds do not end that.
    const notes = 'x'.repeat(12_000_000)
    const stallAtInsert = async (onTestFinished: OnTestFinished) => {
      const opened = await openBehindRelay(onTestFinished)
      const before = await saved(opened.store)
      const name = again ? before.name : randomUUID()
      opened.relay.stallAt('insert')
      const expectThrough = async (): Promise<void> =>
        expect(await saved(opened.store, { name })).toMatchObject(again ? { id: before.id } : { version: 1 })
      return { ...opened, name, expectThrough }
    }

    it('is not waited for without end', async ({ onTestFinished }) => {
      const { relay, store, said, name, expectThrough } = await stallAtInsert(onTestFinished)
      const start = performance.now()
      await expect(store.save(draft({ name, notes }))).rejects.toMatchObject(AWAY)
      expect(performance.now() - start).toBeLessThan(TOO_LONG_MS)
      relay.heal()
      await store.ping()
      expect(said.filter((line) => line.includes('cannot be reached'))).toHaveLength(1)
      expect(said.filter((line) => line.includes('answers again'))).toHaveLength(1)
      expect(said.filter((line) => line.includes('could not be closed'))).toEqual([])
      await expectThrough()
    })

    it('is told so where the connection is reset before all of it was taken', async ({ onTestFinished }) => {
      const { relay, store, name, expectThrough } = await stallAtInsert(onTestFinished)
      const rejection = expect(store.save(draft({ name, notes }))).rejects.toMatchObject(AWAY)
      await vi.waitFor(() => expect(relay.stalled()).toBe(true), { interval: 1 })
      relay.heal()
      await rejection
      await expectThrough()
    })
  })

  it.for(['find', 'insert', 'update'])(
    'is told so where the server ends meanwhile: at %s',
    async (command, { onTestFinished }) => {
      const { relay, store } = await openBehindRelay(onTestFinished)
      const { name } = await saved(store)
      relay.stallAt(command)
      const rejection = expect(store.save(draft({ name }))).rejects.toMatchObject(AWAY)
      await vi.waitFor(() => expect(relay.stalled()).toBe(true), { interval: 1 })
      await store.dispose()
      await rejection
    },
  )
})

describe('an address that cannot be used', () => {
  const refusedWith = async (url: string): Promise<string> => {
    const outcome = await openMongoConfigurations({ url, log: () => undefined }).then(
      () => 'opened',
      (error: unknown) => String(error),
    )
    expect(outcome).not.toContain('secret')
    return outcome
  }

  it.each([
    ['mongodb://me:secret@part@127.0.0.1/x', /MONGODB_URL cannot be used: .*written as %40/],
    ['mongodb://me:secret%zz@127.0.0.1/x', /MONGODB_URL cannot be used/],
    ['mongodb://127.0.0.1/x?foo=2', /MONGODB_URL cannot be used: option foo/],
    ['mongodb+srv://me:secret@127.0.0.1:1/x', /MONGODB_URL cannot be used/],
    ['mongodb://me:secret@127.0.0.1:port/x', /MONGODB_URL cannot be used/],
  ])('is refused, and its password not told: %s', async (url, message) => {
    expect(await refusedWith(url)).toMatch(message)
  })

  it('with a wrong password keeps the server from starting, with a clear message; the right one does not', async () => {
    const guarded = await startTestMongo({ login: { user: 'me', password: 'right' } })
    try {
      expect(await refusedWith(guarded.url.replace('right', 'secret'))).toMatch(
        /MongoDB at 127\.0\.0\.1:\d+ cannot be used \(it refuses the user name or the password\)\. Look at MONGODB_URL/,
      )
      const store = await openMongoConfigurations({ url: guarded.url, log: () => undefined })
      opened.push(store)
      expect(await saved(store)).toMatchObject({ version: 1 })
    } finally {
      await guarded.dispose()
    }
  })
})
