import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { root } from '../server/setup.mjs'

const built = join(root, 'dist/client')
/** Kilobytes, gzipped, of all that is loaded before the first page can be used. */
const FIRST_LOAD = { js: 300, css: 60 }

/** Files of the build that a text names. */
function named(text: string): string[] {
  return [...text.matchAll(/assets\/[\w.-]+\.(?:js|css)/g)].map(([name]) => name)
}

/** What the page loads at once: what `index.html` names, what that imports, and the home page with its own. */
function firstLoad(): string[] {
  const assets = readdirSync(join(built, 'assets'))
  const read = (name: string): string => readFileSync(join(built, name), 'utf8')
  const entries = named(read('index.html'))
  const home = assets.find(
    (name) => name.endsWith('.js') && read(`assets/${name}`).includes('Start a first simulation'),
  )
  expect(home).toBeDefined()
  const found = new Set([...entries, `assets/${home}`])
  for (const name of found) {
    if (!name.endsWith('.js')) continue
    const imports = read(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)
    for (const [, chunk] of imports) found.add(`assets/${chunk}`)
  }
  return [...found]
}

it.each(Object.entries(FIRST_LOAD))('loads little at first: of %s at most %i kB, gzipped', (ending, most) => {
  const files = firstLoad().filter((name) => name.endsWith(`.${ending}`))
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(built, name))).length, 0)

  expect(files.length).toBeGreaterThan(0)
  expect(size / 1000).toBeLessThan(most)
})

it('splits the pages: each is a file of its own, and each text has its compressed copies', () => {
  const assets = readdirSync(join(built, 'assets'))
  const texts = assets.filter((name) => /\.(js|css)$/.test(name))

  expect(texts.filter((name) => name.endsWith('.js')).length).toBeGreaterThan(5)
  for (const name of texts) {
    for (const ending of ['br', 'gz']) expect(existsSync(join(built, 'assets', `${name}.${ending}`))).toBe(true)
  }
})

it('is built as for people, also where tests build it: no library is taken in as for its developers', () => {
  const scripts = readdirSync(join(built, 'assets')).filter((name) => name.endsWith('.js'))

  // Names that lightweight-charts has in its build for developers only.
  const found = scripts.filter((name) => readFileSync(join(built, 'assets', name), 'utf8').includes('._private__'))
  expect(found).toEqual([])
})
