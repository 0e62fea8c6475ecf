import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { errorOf } from '../server/launcher/last-words.ts'
import { bundleEngines } from '../server/setup.mjs'

const folder = mkdtempSync(join(tmpdir(), 'aw-trade-watchdog-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('ends a process whose work hangs, and says whose, and where in its source it stands', async () => {
  const watchdog = 'engines/edge/watchdog/watchdog.main.ts'
  await bundleEngines({ watchdog, hanging: 'tests/support/engines/hanging.main.ts' }, folder)
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [join(folder, 'hanging.js')], (error, _out, said) =>
      resolve({ code: error?.code, stderr: said }),
    )
  })
  expect(code).toBe(1)
  const lines = stderr.trim().split('\n')
  const { msg, err } = JSON.parse(lines[0] ?? '') as { msg: string; err: { stack: string } }
  const where = String.raw`neverDone \(.*tests/support/engines/hanging\.main\.ts:5:\d+\)`
  expect(errorOf([`${msg}: ${err.stack}`, ...lines.slice(1)])).toMatch(
    new RegExp(`^The algorithm "hanging" has hung for 0.6 s in one call: ${where}$`),
  )
})
