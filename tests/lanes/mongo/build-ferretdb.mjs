/**
 * Builds FerretDB 1.24.2, which speaks the MongoDB protocol, into `~/go/bin`, where the tests look for it. Needs Go and
 * the Go module proxy; two minutes. Does nothing where there is one that works.
 *
 * Not by `go install`: the release's source lacks the file with its own version, without which the program panics as
 * soon as it is started. So the source is copied, given that file, and built.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

const VERSION = 'v1.24.2'
const target = join(homedir(), 'go/bin/ferretdb')

const works = () => spawnSync(target, ['--version'], { encoding: 'utf8' }).stdout?.includes(VERSION) === true

/** Modules are kept read-only, and so would be their copies. */
function makeWritable(directory) {
  chmodSync(directory, 0o755)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name))
  }
}

if (works()) {
  console.log(`${target} is there.`)
} else {
  const source = mkdtempSync(join(tmpdir(), 'ferretdb-'))
  try {
    const found = execFileSync('go', ['mod', 'download', '-json', `github.com/FerretDB/FerretDB@${VERSION}`], {
      cwd: source,
      encoding: 'utf8',
    })
    cpSync(JSON.parse(found).Dir, source, { recursive: true })
    makeWritable(source)
    writeFileSync(join(source, 'build/version/version.txt'), VERSION)
    mkdirSync(join(homedir(), 'go/bin'), { recursive: true })
    const flags = ['-buildvcs=false', '-trimpath', '-o', target]
    execFileSync('go', ['build', ...flags, './cmd/ferretdb'], { cwd: source, stdio: 'inherit' })
  } finally {
    rmSync(source, { recursive: true, force: true })
  }
  if (!works()) throw new Error(`${target} was built, and does not say that it is ${VERSION}`)
  console.log(`Built ${target}.`)
}
