import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    expect(catalog.list().map((algorithm) => algorithm.name)).toEqual(['market-maker', 'order-book-imbalance', 'rsi'])
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
  /** A project with the strategies of this one, and more. */
  function project(more: Readonly<Record<string, string>>): { root: string; index: () => string } {
    // Within this project: what a strategy imports is found as here.
    const root = mkdtempSync(join(import.meta.dirname, '../../node_modules/.cache/strategies-'))
    folders.push(root)
    const algorithm = join(root, 'engines', 'algorithm')
    cpSync(import.meta.dirname, algorithm, { recursive: true })
    cpSync(join(import.meta.dirname, '../domain'), join(root, 'engines', 'domain'), { recursive: true })
    const strategies = join(algorithm, 'strategies')
    rmSync(join(strategies, 'index.generated.ts'), { force: true })
    for (const [file, text] of Object.entries(more)) writeFileSync(join(strategies, file), text)
    return { root, index: () => readFileSync(join(strategies, 'index.generated.ts'), 'utf8') }
  }
  const importsOf = (index: string) => index.match(/'\.\/.*'/g)

  it('lists each strategy file, but no test, and writes only where something changed', async () => {
    const named = `import rsi from './rsi.ts'\nexport default { ...rsi, name: 'momentum' }`
    const { root, index } = project({ 'momentum.ts': named })
    expect([await generateStrategies(root), await generateStrategies(root)]).toEqual([true, false])
    expect(importsOf(index())).toEqual([
      "'./market-maker.ts'",
      "'./momentum.ts'",
      "'./order-book-imbalance.ts'",
      "'./rsi.ts'",
    ])
    expect(index()).toContain('= []')
  })

  it('leaves a strategy out that cannot be used, and says of each why, so that the others work', async () => {
    const over = (more: string) => `import rsi from './rsi.ts'\nexport default { ...rsi, ${more} }`
    const { root, index } = project({
      'bad-syntax.ts': 'export default {',
      'bad-import.ts': `import { gone } from './gone.ts'\nexport default gone`,
      'declared-badly.ts': `import rsi from './rsi.ts'\nimport { defineAlgorithm } from '../define-algorithm.ts'\nexport default defineAlgorithm({ ...rsi, name: 'Not This' })`,
      'empty.ts': '',
      'throws.ts': `throw new Error('not today')`,
      'throws-late.ts': over(`name: 'late', create: () => { throw new Error('cannot begin') }`),
      'twice.ts': over('title: "The same again"'),
    })
    await generateStrategies(root)
    expect(importsOf(index())).toEqual(["'./market-maker.ts'", "'./order-book-imbalance.ts'", "'./rsi.ts'"])
    const faults = JSON.parse(/faults.*? = (\[.*\])/.exec(index())?.[1] ?? '[]') as { file: string; reason: string }[]
    expect(Object.fromEntries(faults.map(({ file, reason }) => [file, reason]))).toEqual({
      'bad-import.ts': expect.stringMatching(/line 1: Could not resolve "\.\/gone\.ts"/),
      'bad-syntax.ts': expect.stringMatching(/line 1: /),
      'declared-badly.ts': expect.stringContaining('a name is lower case letters'),
      'empty.ts': expect.stringMatching(/default export|No matching export/),
      'throws-late.ts': 'cannot begin',
      'throws.ts': 'not today',
      'twice.ts': 'its name "rsi" is that of rsi.ts already',
    })
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

  it.each([
    ['ORDER_LATENCY_MS', 'the simulator'],
    ['PRODUCTS', 'the engines'],
    ['KEY_LEVEL', 'like a secret'],
    ['NODE_COUNT', 'which program runs'],
  ])('refuses a parameter %s, which would be another one, or none, where the engines run', (name, why) => {
    const parameters = z.object({ [name]: z.int().default(3).meta({ title: 'A', description: 'b' }) })
    const declare = (): unknown =>
      defineAlgorithm({ ...rsi, parameters, warmUp: () => 1, create: () => rsi.create({}) })
    expect(declare).toThrow(new RegExp(`^algorithm "rsi": ${name} .*${why}`))
  })

  it('does not create a run out of unchecked parameters', () => {
    expect(() => rsi.create({ RSI_PERIOD: 'x' })).toThrow()
  })
})
