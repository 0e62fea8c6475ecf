import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ConfigurationDraft, ConfigurationStore } from '../../schema/context.ts'
import { startTestDatabase, type TestDatabase } from '../../tests/support/postgres.ts'
import { createStore, type Store } from '../store/store.ts'
import { createPostgresConfigurations } from './postgres.ts'
import { sampleServer } from '../../tests/support/events.ts'

let database: TestDatabase
let store: Store
let configurations: ConfigurationStore

beforeAll(async () => {
  database = await startTestDatabase()
  store = createStore({ url: database.url, server: sampleServer(), log: () => undefined })
  configurations = createPostgresConfigurations(store.prisma)
})
afterAll(async () => {
  await store.dispose()
  await database.dispose()
})

const draft = (changes: Partial<ConfigurationDraft> = {}): ConfigurationDraft => ({
  name: randomUUID(),
  algorithm: 'rsi',
  algorithmParameters: { RSI_PERIOD: 7 },
  simulatorParameters: {},
  tags: ['first'],
  notes: null,
  expectedVersion: null,
  ...changes,
})

async function saved(changes: Partial<ConfigurationDraft> = {}) {
  const outcome = await configurations.save(draft(changes))
  if (!outcome.ok) throw new Error(outcome.faults[0]?.message)
  return outcome.value
}

it('makes a new version under the same id each time, and gives the newest back', async () => {
  const first = await saved()
  const second = await saved({ name: first.name, algorithmParameters: { RSI_PERIOD: 21 }, expectedVersion: 1 })
  expect([first.version, second.version]).toEqual([1, 2])
  expect(second).toMatchObject({ id: first.id, createdAt: first.createdAt, algorithmParameters: { RSI_PERIOD: 21 } })
  expect(await configurations.get(first.id)).toEqual(second)
})

it('refuses to change a version that is no longer the newest', async () => {
  const { name } = await saved()
  await saved({ name })
  const outcome = await configurations.save(draft({ name, expectedVersion: 1 }))
  expect(outcome).toMatchObject({ ok: false, faults: [{ code: 'STALE_VERSION', path: ['input', 'expectedVersion'] }] })
  expect(await configurations.save(draft({ expectedVersion: 3 }))).toMatchObject({ ok: false })
})

it('lets exactly one of several through that change the same version at once, and all that expect none', async () => {
  const { name, id } = await saved()
  const racing = await Promise.all(
    Array.from({ length: 5 }, () => configurations.save(draft({ name, expectedVersion: 1 }))),
  )
  expect(racing.filter((outcome) => outcome.ok)).toHaveLength(1)
  await Promise.all(Array.from({ length: 4 }, () => saved({ name })))
  expect((await configurations.get(id))?.version).toBe(6)
})

it('lists newest first, page by page, of one algorithm where asked', async () => {
  const algorithm = `algorithm-${randomUUID()}`
  const names: string[] = []
  for (let count = 0; count < 5; count++) names.push((await saved({ algorithm })).name)
  const moved = await saved({ algorithm })
  await saved({ name: moved.name, algorithm: 'rsi' })
  const first = await configurations.list({ limit: 3, after: null, algorithm })
  const next = await configurations.list({ limit: 3, after: first.at(-1)!.id, algorithm })
  expect([...first, ...next].map((record) => record.name)).toEqual(names.reverse())
  await expect(configurations.list({ limit: 3, after: 'nonsense', algorithm })).rejects.toMatchObject({
    extensions: { code: 'BAD_CURSOR' },
  })
})

it('deletes with all versions, and says when there was nothing', async () => {
  const { id } = await saved()
  expect(await configurations.delete(id)).toBe(true)
  expect(await configurations.get(id)).toBeNull()
  expect(await configurations.delete(id)).toBe(false)
  expect(await configurations.delete('nonsense')).toBe(false)
})
