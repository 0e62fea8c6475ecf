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
