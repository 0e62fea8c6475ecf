import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const ROOMS = ['engines', 'schema', 'server', 'client', 'tests', 'docker'] as const

interface SourceFile {
  /** Path from the project's root, with slashes. */
  readonly path: string
  readonly text: string
  /** Paths of the project's files that it imports. */
  readonly imports: readonly string[]
  /** Names of packages and Node modules that it imports. */
  readonly packages: readonly string[]
}

/** A file of this path and text, and what the text imports. */
function sourceOf(path: string, text: string): SourceFile {
  const names = ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName)
  const local = names.filter((name) => name.startsWith('.') && !/\.(json|css)$/.test(name))
  return {
    path,
    text,
    imports: local.map((name) => normalize(join(dirname(path), name)).replaceAll('\\', '/')),
    packages: names.filter((name) => !name.startsWith('.')),
  }
}

/** Paths of all files in the rooms. */
const paths = ROOMS.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
)
const sources = paths
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')))
const isTest = (path: string): boolean => /\.test\.tsx?$|^tests\/|^client\/tests\//.test(path)
const production = sources.filter((file) => !isTest(file.path))

/** Where a file lives, for the import table. */
function roomOf(path: string): string {
  const [top, second, third] = path.split('/')
  if (top === 'client')
    return third === undefined ? 'client' : second === 'pages' ? `client/pages/${third}` : `client/${second}`
  if (path.endsWith('main.ts') && top === 'engines') return 'driver'
  if (top !== 'engines') return top === 'server' ? `server/${third === undefined ? '' : second}` : (top ?? '')
  if (/^engines\/(algorithm\/catalog|streamer\/exchanges\/\w+\/(connect|rest))\.ts$/.test(path)) return 'driver'
  if (/^engines\/exchange-sandbox\/(server|playback)\//.test(path)) return 'driver'
  if (second === 'pipeline') return path.endsWith('/pipeline.ts') ? 'pipeline' : 'driver'
  return `engines/${second}`
}

const PURE = [
  'engines/domain',
  'engines/wire',
  'engines/streamer',
  'engines/algorithm',
  'engines/broker',
  'engines/simulator',
  'engines/exchange-sandbox',
  'pipeline',
]

/** Which prefixes a room may import from, besides its own folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'engines/domain': [],
  'engines/wire': ['engines/domain/'],
  'engines/edge': ['engines/domain/', 'engines/wire/'],
  'engines/streamer': ['engines/domain/'],
  'engines/algorithm': ['engines/domain/', 'engines/broker/'],
  'engines/broker': ['engines/domain/'],
  'engines/simulator': ['engines/domain/', 'engines/broker/'],
  'engines/exchange-sandbox': ['engines/domain/'],
  pipeline: ['engines/domain/', 'engines/algorithm/', 'engines/simulator/', 'engines/streamer/'],
  driver: ['engines/'],
  schema: ['engines/domain/', 'prisma/generated/'],
  prisma: [],
  client: ['client/'],
  'client/graphql': [],
  'client/live': [],
  'client/charts': ['client/live/', 'client/ui/'],
  'client/ui': ['client/graphql/', 'client/live/'],
}
/** What a page may import besides its own folder; pages never import each other. */
const PAGE_MAY_IMPORT = ['client/graphql/', 'client/live/', 'client/charts/', 'client/ui/']
/** What any part of the server may import; bus, store and launcher never import each other. */
const SERVER_MAY_IMPORT = [
  'schema/',
  'prisma/generated/',
  'engines/domain/',
  'engines/wire/',
  'engines/edge/',
  'engines/pipeline/pipeline.ts',
  'engines/algorithm/catalog.ts',
  'engines/simulator/parameters.ts',
  'engines/simulator/recount.ts',
  'engines/exchange-sandbox/listing.ts',
]
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'server/bus': ['server/store/', 'server/launcher/'],
  'server/store': ['server/bus/', 'server/launcher/'],
  'server/launcher': ['server/bus/', 'server/store/'],
}

/** The imports of a file that the table forbids. */
function forbiddenImports(file: SourceFile): readonly string[] {
  const room = roomOf(file.path)
  const own = `${dirname(file.path)}/`
  if (room.startsWith('server/')) {
    const strangers = STRANGERS[room] ?? []
    return file.imports.filter(
      (path) =>
        strangers.some((prefix) => path.startsWith(prefix)) ||
        !(path.startsWith('server/') || SERVER_MAY_IMPORT.some((prefix) => path.startsWith(prefix))),
    )
  }
  const allowed = room.startsWith('client/pages/') ? PAGE_MAY_IMPORT : (MAY_IMPORT[room] ?? [])
  const folder = /^(engines|client)\//.test(room) ? `${room}/` : room === 'schema' ? 'schema/' : own
  return file.imports.filter(
    (path) => !path.startsWith(folder) && !path.startsWith(own) && !allowed.some((prefix) => path.startsWith(prefix)),
  )
}

const IMPURE_NAMES = new Set([
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'fetch',
  'crypto',
])

/** What a pure file uses that it must not: clocks, randomness, timers, the process, async. */
function impurities(file: SourceFile): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && IMPURE_NAMES.has(node.text) && !isNameOnly(node)) found.push(node.text)
    if (ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random)$/.test(node.getText()))
      found.push(node.getText())
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
      found.push('new Date()')
    if (node.kind === ts.SyntaxKind.AsyncKeyword) found.push('async')
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true))
  const builtins = file.packages.filter((name) => name.startsWith('node:') || builtinModules.includes(name))
  return [...found, ...builtins]
}

/** Whether an identifier is only the name of a member or a parameter, not the global. */
function isNameOnly(node: ts.Identifier): boolean {
  const { parent } = node
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent)
  )
}

/** Whether an identifier is where a variable or a parameter is declared, not where it is used. */
function isDeclaration(node: ts.Identifier): boolean {
  const { parent } = node
  const declares = ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isParameter(parent)
  return declares && parent.initializer !== node
}

/** Import cycles, each as the path around it. Imports of types count: whoever reads a file reads what it names. */
function cycles(files: readonly Pick<SourceFile, 'path' | 'imports'>[]): readonly string[] {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]))
  const found: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const next of importsOf.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const path of importsOf.keys()) walk(path, [])
  return found
}

/** The stages in which the server opens; each may name those before it. */
const STAGES = ['stage', 'home', 'store', 'bus', 'launchers', 'sources', 'runs', 'market', 'health', 'api']

/**
 * What is used of the server's parts before it is there: a name above its own line (in a closure too, which might be called
 * too early), a variable that is set later, or a stage that names a later one.
 */
function usedTooEarly(file: SourceFile): readonly string[] {
  const found: string[] = []
  const look = (node: ts.Node, later: ReadonlyMap<string, number>): void => {
    const names = new Map(later)
    if (ts.isBlock(node) || ts.isSourceFile(node)) for (const [name, at] of declaredIn(node)) names.set(name, at)
    // A parameter of the same name is another thing.
    if (ts.isFunctionLike(node))
      for (const name of node.parameters.flatMap((one) => namesOf(one.name))) names.delete(name)
    if (ts.isVariableStatement(node) && (node.declarationList.flags & ts.NodeFlags.Const) === 0)
      found.push(node.getText())
    const used = ts.isIdentifier(node) && !isNameOnly(node) && !isDeclaration(node)
    const declaredAt = used ? names.get(node.text) : undefined
    if (declaredAt !== undefined && node.pos < declaredAt) found.push(`${node.getText()} before its line`)
    ts.forEachChild(node, (child) => look(child, names))
  }
  look(ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true), new Map())
  const stage = (path: string): number => STAGES.indexOf(/^server\/stages\/([\w-]+)\.ts$/.exec(path)?.[1] ?? '')
  const own = stage(file.path)
  return own < 0 ? found : [...found, ...file.imports.filter((path) => stage(path) > own)]
}

/**
 * The constants of a block, each with where its value is there: the end of what makes it. Functions that are declared in a
 * function as well: above their line they can be called, before what they close over is there. Those of a file close over no part.
 */
function declaredIn(block: ts.Block | ts.SourceFile): readonly (readonly [string, number])[] {
  const declarations = block.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [],
  )
  const constants = declarations.flatMap((one) => namesOf(one.name).map((text) => [text, one.getEnd()] as const))
  const functions = ts.isSourceFile(block) ? [] : block.statements.filter(ts.isFunctionDeclaration)
  return [
    ...constants,
    ...functions.flatMap(({ name, pos }) => (name === undefined ? [] : [[name.text, pos] as const])),
  ]
}

/** The names that a declaration binds. */
function namesOf(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []))
}

/** How many source files a folder may hold side by side, what lies in folders of its own aside. */
const MOST_IN_A_FOLDER = 15
/** Folders that may hold more: how many, and why nothing in them goes together as a folder of its own. */
const FULLER: Readonly<Record<string, { readonly most: number; readonly reason: string }>> = {}

/** The folders that hold more source files than they may. Tests lie beside what they test, and do not count. */
function crowdedFolders(paths: readonly string[], fuller = FULLER): readonly string[] {
  const counts = new Map<string, number>()
  for (const path of paths) {
    if (!/\.(tsx?|mjs)$/.test(path) || /\.(test\.tsx?|d\.ts)$|(^|[./])generated[./]/.test(path)) continue
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  }
  return [...counts].flatMap(([folder, count]) => {
    const most = fuller[folder]?.most ?? MOST_IN_A_FOLDER
    return count > most ? [`${folder} holds ${count} source files; at most ${most} go`] : []
  })
}

describe('the house', () => {
  it('keeps the import table: nobody imports what its room may not', () => {
    const broken = production.flatMap((file) => forbiddenImports(file).map((path) => `${file.path} imports ${path}`))
    expect(broken).toEqual([])
  })

  it('has no import cycles, also none of types alone', () => {
    expect(cycles(sources)).toEqual([])
  })

  it('notices a circle of types', () => {
    const planted = [
      sourceOf('engines/domain/hen.ts', "import type { Egg } from './egg.ts'\nexport type Hen = Egg['laidBy']"),
      sourceOf('engines/domain/egg.ts', "import { type Hen } from './hen.ts'\nexport interface Egg { laidBy: Hen }"),
    ]
    const circle = 'engines/domain/hen.ts → engines/domain/egg.ts → engines/domain/hen.ts'
    expect(cycles(planted)).toEqual([circle])
  })

  it('has no dead files: each is imported by another or is an entry', () => {
    const entries =
      /(^|\.|\/)main\.tsx?$|^client\/test-set-up\.ts$|\.d\.ts$|^tests\/lanes\/\w+\/set-up\.ts$|\/strategies\/[\w-]+\.ts$/
    const imported = new Set(sources.flatMap((file) => file.imports))
    const dead = sources
      .map((file) => file.path)
      .filter(
        (path) => !imported.has(path) && !entries.test(path) && !/\.test\.tsx?$|^tests\/(bench|support)\//.test(path),
      )
    expect(dead).toEqual([])
  })

  it('has no drawers: no folder or file named utils, helpers, common, misc or types', () => {
    const drawers = sources
      .map((file) => file.path)
      .filter((path) => /(^|\/)(utils?|helpers?|common|misc|types)(\/|\.tsx?$)/.test(path))
    expect(drawers).toEqual([])
  })

  it('keeps the pure rooms pure: no clocks, randomness, timers, process, console, async or Node modules', () => {
    const impure = production
      .filter((file) => PURE.includes(roomOf(file.path)))
      .flatMap((file) => impurities(file).map((what) => `${file.path} uses ${what}`))
    expect(impure).toEqual([])
  })

  it('notices a clock in a pure file', () => {
    const planted = sourceOf('engines/domain/planted.ts', 'export const now = () => Date.now()')
    expect(impurities(planted)).toEqual(['Date.now'])
    expect(forbiddenImports({ ...planted, imports: ['server/main.ts'] })).toEqual(['server/main.ts'])
  })

  it('opens the server in stages: none uses a part before it is there', () => {
    const staged = production.filter((file) => /^server\/(platform|stages\/[\w-]+)\.ts$/.test(file.path))
    const names = staged.flatMap(({ path }) => /stages\/([\w-]+)/.exec(path)?.[1] ?? [])
    expect(names.sort()).toEqual([...STAGES].sort())
    expect(staged.flatMap((file) => usedTooEarly(file).map((what) => `${file.path}: ${what}`))).toEqual([])
  })

  it('notices a part that is used before its stage', () => {
    const planted = (text: string, path = 'server/platform.ts', imports: readonly string[] = []): SourceFile => {
      return { path, text, imports, packages: [] }
    }
    const closure =
      'function open() { const bus = openBus(() => runs.stop()); const runs = openRuns(bus); return runs }'
    expect(usedTooEarly(planted(closure))).toEqual(['runs before its line'])
    const inObject =
      'function open() { const bus = open({ on: () => ({ at: runs }) }); const runs = openRuns(bus); return runs }'
    expect(usedTooEarly(planted(inObject))).toEqual(['runs before its line'])
    const inItself = 'function open() { const runs = openRuns(() => runs.stop()); return runs }'
    expect(usedTooEarly(planted(inItself))).toEqual(['runs before its line'])
    const another =
      'function open() { const bus = openBus((runs) => runs.stop()); const runs = openRuns(bus); return runs }'
    expect(usedTooEarly(planted(another))).toEqual([])
    const hoisted =
      'function open() { const bus = openBus(stop); const runs = openRuns(bus); return runs; function stop() { runs.stop() } }'
    expect(usedTooEarly(planted(hoisted))).toEqual(['stop before its line'])
    const calledLater =
      'function open() { const runs = openRuns(); function stop() { runs.stop(); stop() } return { stop } }'
    expect(usedTooEarly(planted(calledLater))).toEqual([])
    const below = 'function open() { return helped() } function helped() { return 1 }'
    expect(usedTooEarly(planted(below))).toEqual([])
    expect(usedTooEarly(planted('function open() { let note = () => {}; note = later() }'))).toEqual([
      'let note = () => {};',
    ])
    expect(usedTooEarly(planted('', 'server/stages/bus.ts', ['server/stages/runs.ts']))).toEqual([
      'server/stages/runs.ts',
    ])
    expect(usedTooEarly(planted('function open() { const bus = openBus(); return openRuns({ bus }) }'))).toEqual([])
  })

  it('keeps files at a size that one can hold in mind: at most 400 lines', () => {
    const long = production
      .filter((file) => !file.path.includes('generated') && file.text.split('\n').length > 400)
      .map((file) => file.path)
    expect(long).toEqual([])
  })

  it('keeps folders at a size that one can look over: at most fifteen source files side by side', () => {
    expect(crowdedFolders(paths)).toEqual([])
  })

  it('refuses the twentieth file in a folder, unless the table lets it in with a reason', () => {
    const planted = Array.from({ length: 20 }, (_none, index) => `engines/wire/planted-${index}.ts`)
    const aside = ['planted.test.ts', 'planted.d.ts', 'planted.generated.ts', 'planted.json', 'inner/planted.ts']
    const folder = [...planted, ...aside.map((name) => `engines/wire/${name}`)]

    expect(crowdedFolders(folder)).toEqual(['engines/wire holds 20 source files; at most 15 go'])
    expect(crowdedFolders(folder, { 'engines/wire': { most: 20, reason: 'planted' } })).toEqual([])
    expect(crowdedFolders(planted.slice(0, 15))).toEqual([])
  })
})
