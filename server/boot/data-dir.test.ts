import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryDirectory } from '../../tests/support/stores/postgres.ts'
import { openDataDir } from './data-dir.ts'

let directory: { path: string; remove: () => Promise<void> }

beforeEach(async () => {
  directory = await temporaryDirectory()
})
afterEach(() => directory.remove())

const lockIn = (path: string) => join(path, 'server.lock.1')

it('refuses a directory that a running server uses, and gives it free afterwards', async () => {
  const first = await openDataDir(directory.path)
  await expect(openDataDir(directory.path)).rejects.toThrow(/belongs to another running server \(process \d+\)/)
  await first.release()
  const second = await openDataDir(directory.path)
  await second.release()
  expect(await readdir(directory.path)).toEqual(['installation'])
})

it('creates the directory where there is none', async () => {
  const opened = await openDataDir(join(directory.path, 'a', 'b'))
  expect(JSON.parse(await readFile(lockIn(opened.path), 'utf8'))).toMatchObject({ pid: process.pid })
  await opened.release()
})

it('takes over the lock of a server that was killed', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  await writeFile(lockIn(directory.path), JSON.stringify({ pid: child.pid, bornAt: null, token: 'theirs' }))
  await expect(openDataDir(directory.path)).rejects.toThrow(`process ${child.pid}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const opened = await openDataDir(directory.path)
  await opened.release()
})

it('is not fooled by a stranger that got the dead server’s process id', async () => {
  await writeFile(lockIn(directory.path), JSON.stringify({ pid: process.pid, bornAt: '1', token: 'theirs' }))
  const opened = await openDataDir(directory.path)
  await opened.release()
})

it('takes over a lock that a power cut left empty', async () => {
  await writeFile(lockIn(directory.path), '')
  const opened = await openDataDir(directory.path)
  await opened.release()
})

it('lets only one of many in, also over the lock of a dead one, again and again', async () => {
  for (let round = 0; round < 40; round++) {
    await writeFile(join(directory.path, `server.lock.${round + 1}`), '')
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openDataDir(directory.path)))
    const winners = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(winners).toHaveLength(1)
    await winners[0]!.release()
  }
})

it('says clearly that a directory cannot be written', async () => {
  await writeFile(join(directory.path, 'file'), '')
  await expect(openDataDir(join(directory.path, 'file', 'below'))).rejects.toThrow(/cannot be written .*Set DATA_DIR/)
})

it('refuses at once a place where the system takes no new folder, rather than trying for ever', async () => {
  // /proc answers ENOENT to a new folder, which Node's recursive mkdir cannot end on; elsewhere a file in the way serves.
  const place = existsSync('/proc') ? '/proc/aw-trade/data' : join(directory.path, 'file', 'data')
  await writeFile(join(directory.path, 'file'), '')
  await expect(openDataDir(place)).rejects.toThrow(/cannot be written/)
})
