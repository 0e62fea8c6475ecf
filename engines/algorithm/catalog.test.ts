import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { catalog, createCatalog, describeAlgorithm } from './catalog.ts'
import { defineAlgorithm } from './define-algorithm.ts'
import rsi from './strategies/rsi.ts'
import { generateStrategies } from './strategies.generate.mjs'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('catalog', () => {
  it('holds every strategy by name', () => {
    expect(catalog.list().map((algorithm) => algorithm.name)).toEqual(['order-book-imbalance', 'rsi'])
    expect(catalog.find('rsi')).toBe(rsi)
    expect(catalog.find('RSI')).toBeNull()
  })

  it('refuses two strategies of one name', () => {
    expect(() => createCatalog([rsi, { ...rsi }])).toThrow('two strategies are called "rsi"')
  })

  it('describes an algorithm with its schema, defaults and warm-up', () => {
    expect(describeAlgorithm(rsi)).toMatchObject({
      name: 'rsi',
      documentation: expect.stringContaining("Wilder's smoothing"),
      warmUp: 15,
      defaults: { RSI_PERIOD: 14 },
      parametersSchema: { properties: { RSI_PERIOD: { type: 'integer', minimum: 2, default: 14, unit: 'prices' } } },
    })
  })
})

describe('generateStrategies', () => {
  it('lists each strategy file, but no test, and writes only where something changed', () => {
    const root = mkdtempSync(join(tmpdir(), 'strategies-'))
    folders.push(root)
    const strategies = join(root, 'engines', 'algorithm', 'strategies')
    cpSync(join(import.meta.dirname, 'strategies'), strategies, { recursive: true })
    rmSync(join(strategies, 'index.generated.ts'), { force: true })
    expect([generateStrategies(root), generateStrategies(root)]).toEqual([true, false])
    writeFileSync(join(strategies, 'momentum.ts'), '')
    expect([generateStrategies(root), generateStrategies(root)]).toEqual([true, false])
    const imports = readFileSync(join(strategies, 'index.generated.ts'), 'utf8').match(/'\.\/.*'/g)
    expect(imports).toEqual(["'./momentum.ts'", "'./order-book-imbalance.ts'", "'./rsi.ts'"])
  })
})

describe('defineAlgorithm', () => {
  it('tells an author all that is wrong with a declaration', () => {
    const parameters = z.object({ period: z.int(), LENGTH: z.int().default(3).meta({ title: 'Length' }) })
    const declare = (): unknown =>
      defineAlgorithm({ ...rsi, name: 'My Strategy', parameters, warmUp: () => 1, create: () => rsi.create({}) })
    expect(declare).toThrow(
      'algorithm "My Strategy": a name is lower case letters and digits, parts joined by hyphens; ' +
        'period is not the name of an environment variable; period has no default; period has no .meta({ title }); ' +
        'period has no .meta({ description }); LENGTH has no .meta({ description })',
    )
  })

  it('does not create a run out of unchecked parameters', () => {
    expect(() => rsi.create({ RSI_PERIOD: 'x' })).toThrow()
  })
})
