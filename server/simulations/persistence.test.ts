import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import type { RunPatch } from '../store/port.ts'
import { createRunPersistence } from './persistence.ts'

const log = pino({ level: 'silent' })

describe('the changes of a run on their way to the store', () => {
  it('are written in order, and figures that wait are written as one', async () => {
    const written: RunPatch[] = []
    const first = deferred<void>()
    const persistence = createRunPersistence({
      runs: {
        async patch(_id, patch) {
          if (written.length === 0) await first.promise
          written.push(patch)
        },
      },
      onWritten: () => undefined,
      log,
    })
    void persistence.persist('a', { status: 'RUNNING' })
    void persistence.persist('a', { fingerprint: 'one' })
    void persistence.persist('a', { fingerprint: 'two' })
    const last = persistence.persist('a', { status: 'STOPPED' })
    first.resolve()
    await last
    expect(written).toEqual([{ status: 'RUNNING' }, { fingerprint: 'two' }, { status: 'STOPPED' }])
  })

  it('wait while the store is away, and are told to the feeds only once they are written', async () => {
    let away = true
    const told: string[] = []
    let attempts = 0
    const persistence = createRunPersistence({
      runs: {
        patch() {
          attempts++
          if (attempts === 3) away = false
          return away ? Promise.reject(new Error('connection refused')) : Promise.resolve()
        },
      },
      onWritten: (_id, patch) => told.push(patch.status ?? 'figures'),
      log,
    })
    await persistence.persist('a', { status: 'FAILED' })
    expect(attempts).toBe(3)
    expect(told).toEqual(['FAILED'])
  })

  it('lose their figures where the store can never take them, and the status is written all the same', async () => {
    const tried: RunPatch[] = []
    const told: RunPatch[] = []
    const persistence = createRunPersistence({
      runs: {
        patch(_id, patch) {
          tried.push(patch)
          const isBad = patch.engines !== undefined || (patch.statusReason ?? '').includes('\0')
          return isBad ? Promise.reject(new TypeError('this cannot be expressed')) : Promise.resolve()
        },
      },
      onWritten: (_id, patch) => told.push(patch),
      log,
    })
    const endedAt = new Date(0)
    await persistence.persist('a', { status: 'FAILED', statusReason: 'died\0\uD800 of it', endedAt, engines: [] })
    const rest = { status: 'FAILED', statusReason: 'died\uFFFD\uFFFD of it', endedAt }
    expect(tried.slice(1)).toEqual([rest])
    expect(told).toEqual([rest])
  })

  it('that are only figures are given up, and do not hold up what comes after them', async () => {
    const tried: RunPatch[] = []
    const persistence = createRunPersistence({
      runs: {
        patch(_id, patch) {
          tried.push(patch)
          return Promise.reject(new RangeError('this can never be written'))
        },
      },
      onWritten: () => expect.fail('nothing was written'),
      log,
    })
    await persistence.persist('a', { fingerprint: 'one' })
    await persistence.persist('a', { status: 'STOPPED' })
    expect(tried).toEqual([{ fingerprint: 'one' }, { status: 'STOPPED' }, { status: 'STOPPED' }])
  })

  it('are written once although a listener fails', async () => {
    let attempts = 0
    const persistence = createRunPersistence({
      runs: { patch: () => Promise.resolve(void attempts++) },
      onWritten() {
        throw new TypeError('a bug in a feed')
      },
      log,
    })
    await persistence.persist('a', { status: 'STOPPED' })
    expect(attempts).toBe(1)
  })

  it('are given up after one last attempt when the server ends', async () => {
    let attempts = 0
    const persistence = createRunPersistence({
      runs: {
        patch() {
          attempts++
          return Promise.reject(new Error('connection refused'))
        },
      },
      onWritten: () => undefined,
      log,
    })
    const change = persistence.persist('a', { status: 'STOPPED' })
    await persistence.dispose()
    await change
    expect(attempts).toBe(2)
  })
})
