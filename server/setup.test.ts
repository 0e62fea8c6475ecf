import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { removeDrafts } from './setup.mjs'

it('removes what a killed set-up left half made, and leaves alone what one is making', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aw-trade-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // No system gives a process so high a number.
  for (const name of ['dist', `dist.${process.pid}`, 'dist.999999999', 'dist.old']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'dist.999999999', 'server.js'), '')
  removeDrafts(folder)
  expect(readdirSync(folder).sort()).toEqual(['dist', `dist.${process.pid}`, 'dist.old'])
})
