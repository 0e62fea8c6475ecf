import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { readDocument, writeDocument } from '../../../schema/configuration/document.ts'
import type {
  ConfigurationDraft,
  ConfigurationPage,
  ConfigurationRecord,
  ConfigurationStore,
  ParameterCheck,
} from '../../../schema/context.ts'
import { versionFrom } from '../../../server/configurations/outcome.ts'

/** Lets every parameter through: which are good is not the store's business. */
const anything: ParameterCheck = {
  algorithm: (_name, given) => ({ ok: true, value: given as Record<string, unknown> }),
  simulator: (given) => ({ ok: true, value: given as Record<string, unknown> }),
}

/** A draft under a name of its own. */
export const draft = (changes: Partial<ConfigurationDraft> = {}): ConfigurationDraft => ({
  name: randomUUID(),
  algorithm: 'rsi',
  algorithmParameters: { RSI_PERIOD: 7, RSI_OVERSOLD: 29.5 },
  simulatorParameters: { INITIAL_CAPITAL: 10_000 },
  tags: ['first'],
  notes: null,
  savedBy: null,
  expectedVersion: null,
  ...changes,
})

/** Saves a draft that must be accepted. */
export async function saved(
  store: ConfigurationStore,
  changes: Partial<ConfigurationDraft> = {},
): Promise<ConfigurationRecord> {
  const outcome = await store.save(draft(changes))
  if (!outcome.ok) throw new Error(outcome.faults[0]?.message)
  return outcome.value
}

/** As {@link saved}, once the clock shows another time than at `before`, so that the order of the two is told by it. */
async function savedAfter(
  store: ConfigurationStore,
  before: ConfigurationRecord,
  changes: Partial<ConfigurationDraft>,
) {
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before.updatedAt.getTime()), { interval: 1 })
  return saved(store, changes)
}

const page = (changes: Partial<ConfigurationPage>): ConfigurationPage => ({
  limit: 100,
  after: null,
  algorithm: null,
  tag: null,
  ...changes,
})

/** All versions of a configuration, oldest first, as the document that is exported. */
async function exported(store: ConfigurationStore, id: string) {
  const record = await store.get(id)
  if (record === null) throw new Error(`there is no configuration ${id}`)
  const versions = await store.versions(id, { limit: 100, before: null })
  return writeDocument({ name: record.name, createdAt: record.createdAt, versions: [...versions].reverse() })
}

/** Declares what every store of configurations must do. `store` is asked for within each test. */
export function itKeepsConfigurations(store: () => ConfigurationStore): void {
  const namesOf = async (changes: Partial<ConfigurationPage>) =>
    (await store().list(page(changes))).map((record) => record.name)

  it('makes a new version under the same id each time, and gives the newest back', async () => {
    const first = await saved(store())
    const second = await saved(store(), {
      name: first.name,
      algorithmParameters: { RSI_PERIOD: 21 },
      tags: ['second', 'fast'],
      notes: 'Quicker.',
      savedBy: 'Ada',
      expectedVersion: 1,
    })
    expect([first.version, second.version]).toEqual([1, 2])
    expect(second).toMatchObject({
      id: first.id,
      createdAt: first.createdAt,
      algorithmParameters: { RSI_PERIOD: 21 },
      tags: ['second', 'fast'],
      notes: 'Quicker.',
      savedBy: 'Ada',
    })
    expect(second.updatedAt.getTime()).toBeGreaterThanOrEqual(first.updatedAt.getTime())
    expect(await store().get(first.id)).toEqual(second)
  })

  it('keeps each version as it was saved', async () => {
    const { id, name } = await saved(store(), { notes: 'one', savedBy: 'Ada' })
    const [one] = await store().versions(id, { limit: 1, before: null })
    for (const notes of ['two', 'three']) await saved(store(), { name, algorithm: 'order-book-imbalance', notes })
    const versions = await store().versions(id, { limit: 10, before: null })
    expect(versions.map(({ version, notes }) => [version, notes])).toEqual([
      [3, 'three'],
      [2, 'two'],
      [1, 'one'],
    ])
    expect(versions[2]).toEqual(one)
    expect(one).toEqual({
      version: 1,
      algorithm: 'rsi',
      algorithmParameters: { RSI_PERIOD: 7, RSI_OVERSOLD: 29.5 },
      simulatorParameters: { INITIAL_CAPITAL: 10_000 },
      tags: ['first'],
      notes: 'one',
      savedBy: 'Ada',
      savedAt: expect.any(Date) as Date,
    })
    expect(await store().versions(id, { limit: 10, before: 3 })).toEqual(versions.slice(1))
    expect(await store().versions(id, { limit: 1, before: 3 })).toEqual(versions.slice(1, 2))
    expect(await store().versions(randomUUID(), { limit: 1, before: null })).toEqual([])
    expect(await store().versions('nonsense', { limit: 1, before: null })).toEqual([])
  })

  it('refuses to change a version that is no longer the newest, and one of what is not there', async () => {
    const { name } = await saved(store())
    await saved(store(), { name })
    const stale = { ok: false, faults: [{ code: 'STALE_VERSION', path: ['input', 'expectedVersion'] }] }
    expect(await store().save(draft({ name, expectedVersion: 1 }))).toMatchObject(stale)
    expect(await store().save(draft({ name, expectedVersion: 0 }))).toMatchObject(stale)
    expect(await store().save(draft({ expectedVersion: 3 }))).toMatchObject(stale)
    expect(await saved(store(), { name, expectedVersion: 2 })).toMatchObject({ version: 3 })
  })

  it('gives twenty who save one name at once twenty consecutive versions, and makes one configuration', async () => {
    const { name } = draft()
    const records = await Promise.all(
      Array.from({ length: 20 }, (_, index) => saved(store(), { name, notes: String(index) })),
    )
    const numbers = records.map((record) => record.version).sort((one, other) => one - other)
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(new Set(records.map((record) => record.id)).size).toBe(1)
    const versions = await store().versions(records[0]!.id, { limit: 100, before: null })
    const notes = (of: readonly { version: number; notes: string | null }[]) =>
      new Map(of.map((version) => [version.version, version.notes]))
    expect(notes(versions)).toEqual(notes([...records].sort((one, other) => other.version - one.version)))
    expect((await namesOf({})).filter((listed) => listed === name)).toHaveLength(1)
    expect(await store().get(records[0]!.id)).toMatchObject({ version: 20 })
  })

  it('lets exactly one of several through that change the same version at once', async () => {
    const { name, id } = await saved(store())
    const racing = await Promise.all(Array.from({ length: 8 }, () => store().save(draft({ name, expectedVersion: 1 }))))
    expect(racing.filter((outcome) => outcome.ok)).toHaveLength(1)
    expect(await store().get(id)).toMatchObject({ version: 2 })
  })

  it('lists newest first, page by page, each once', async () => {
    const algorithm = `algorithm-${randomUUID()}`
    let last = await saved(store(), { algorithm })
    const names = [last.name]
    for (let count = 1; count < 5; count++) {
      last = await savedAfter(store(), last, { algorithm })
      names.push(last.name)
    }
    await savedAfter(store(), last, { algorithm, name: names[0]! })
    const expected = [names[0], names[4], names[3], names[2], names[1]]
    const seen: string[] = []
    let after: string | null = null
    for (let pages = 0; pages < 4; pages++) {
      const records: readonly ConfigurationRecord[] = await store().list(page({ limit: 2, after, algorithm }))
      seen.push(...records.map((record) => record.name))
      after = records.at(-1)?.id ?? after
    }
    expect(seen).toEqual(expected)
    expect((await namesOf({})).filter((name) => names.includes(name))).toEqual(expected)
  })

  it('looks at the newest version alone when it searches by algorithm and by tag', async () => {
    const mark = randomUUID()
    const moved = await saved(store(), { algorithm: `${mark}-old`, tags: [`${mark}-old`, 'both'] })
    const other = await saved(store(), { algorithm: `${mark}-new`, tags: [`${mark}-other`] })
    await savedAfter(store(), other, { name: moved.name, algorithm: `${mark}-new`, tags: ['both', `${mark}-new`] })
    expect(await namesOf({ algorithm: `${mark}-old` })).toEqual([])
    expect(await namesOf({ tag: `${mark}-old` })).toEqual([])
    expect(await namesOf({ algorithm: `${mark}-new` })).toEqual([moved.name, other.name])
    expect(await namesOf({ tag: `${mark}-new` })).toEqual([moved.name])
    expect(await namesOf({ tag: 'both', algorithm: `${mark}-new` })).toEqual([moved.name])
    expect(await namesOf({ tag: `${mark}-other`, algorithm: `${mark}-old` })).toEqual([])
    expect(await namesOf({ tag: mark })).toEqual([])
  })

  it('refuses a cursor that is none, and has nothing after one whose configuration is gone', async () => {
    await expect(store().list(page({ after: 'nonsense' }))).rejects.toMatchObject({
      extensions: { code: 'BAD_CURSOR' },
    })
    const { id } = await saved(store())
    await store().delete(id)
    expect(await store().list(page({ after: id }))).toEqual([])
  })

  it('deletes with all versions, says when there was nothing, and begins anew under the same name', async () => {
    const { id, name } = await saved(store())
    await saved(store(), { name })
    expect(await store().delete(id)).toBe(true)
    expect(await store().get(id)).toBeNull()
    expect(await store().versions(id, { limit: 10, before: null })).toEqual([])
    expect(await namesOf({})).not.toContain(name)
    expect(await store().delete(id)).toBe(false)
    expect(await store().delete('nonsense')).toBe(false)
    expect(await store().get('nonsense')).toBeNull()
    const again = await saved(store(), { name, expectedVersion: 0 })
    expect(again.version).toBe(1)
    expect(again.id).not.toBe(id)
  })

  it('never brings a deleted configuration back to life through a save that was on its way', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, name } = await saved(store())
      const racers = Array.from({ length: 3 }, () => saved(store(), { name }))
      const [deleted] = await Promise.all([store().delete(id), ...racers])
      expect(deleted).toBe(true)
      expect(await store().get(id)).toBeNull()
      expect(await store().versions(id, { limit: 10, before: null })).toEqual([])
      // Whoever saved after that made a new one, whole from its first version on.
      const [found] = (await store().list(page({}))).filter((record) => record.name === name)
      if (found === undefined) continue
      const versions = await store().versions(found.id, { limit: 10, before: null })
      expect(versions.map(({ version }) => version).reverse()).toEqual(versions.map((_, index) => index + 1))
    }
  })

  it('gives the same document after export, deletion and import', async () => {
    const { id, name } = await saved(store(), { notes: 'one', savedBy: 'Ada' })
    await saved(store(), { name, algorithmParameters: { Z: 1, A: 0.1, LONGER_NAME: true }, tags: [], notes: 'ü €' })
    await saved(store(), { name, tags: ['a', 'b'] })
    const before = await store().get(id)
    const document = await exported(store(), id)
    // As it travels.
    const read = readDocument(JSON.parse(JSON.stringify(document)), [], anything)
    if (!read.ok) throw new Error(read.faults[0]?.message)
    expect(await store().restore(read.value)).toMatchObject({ ok: false, faults: [{ code: 'NAME_TAKEN' }] })
    await store().delete(id)
    const restored = await store().restore(read.value)
    if (!restored.ok) throw new Error(restored.faults[0]?.message)
    expect(restored.value).toEqual({ ...before, id: restored.value.id })
    expect(await exported(store(), restored.value.id)).toEqual(document)
    expect(JSON.stringify(await exported(store(), restored.value.id))).toBe(JSON.stringify(document))
    expect(await saved(store(), { name })).toMatchObject({ id: restored.value.id, version: 4 })
  })

  it('makes one configuration where several import the same name at once', async () => {
    const { name } = draft()
    const savedAt = new Date('2026-09-02T07:44:10.104Z')
    const versions = [5, 6, 7].map((version) => versionFrom(draft(), version, savedAt))
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => store().restore({ name, createdAt: savedAt, versions })),
    )
    const made = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))
    expect(made).toMatchObject([{ name, version: 7, createdAt: savedAt, updatedAt: savedAt }])
    expect(await store().versions(made[0]!.id, { limit: 10, before: null })).toEqual([...versions].reverse())
  })

  it('says how long a round trip takes', async () => {
    expect(await store().ping()).toBeGreaterThan(0)
  })
}
