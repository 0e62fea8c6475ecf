import { chownSync } from 'node:fs'

/** How engines are run as containers; `server/config.ts` reads it from variables. */
export interface DockerSettings {
  /** `DOCKER_HOST`: `unix:///path` or `tcp://host:port`. */
  readonly host: string
  /** `ENGINE_IMAGE` */
  readonly image: string
  /** `ENGINE_MEMORY_MB`: the most memory of an engine; nothing is swapped. */
  readonly memoryMb: number
  /** `ENGINE_CPUS`: processors of an engine. */
  readonly cpus: number
  /** `ENGINE_PIDS`: processes and threads of an engine. */
  readonly pids: number
  /** `ENGINE_TAPES`: a volume's name, or a path on Docker's host, that holds what the server has in `DATA_DIR/tapes`; null: that very path. */
  readonly tapes: string | null
  /** `ENGINE_USER`: `uid:gid`, never root's. */
  readonly user: string
  /**
   * `ENGINE_REDIS_NETWORK`: the network of Docker on which simulators reach Redis, at `ENGINE_REDIS_URL`; null: they tell
   * their events over the streams that the server holds.
   */
  readonly redisNetwork: string | null
  /** `SERVER_CONTAINER`: name or id of the container that this server runs in; null: it runs on Docker's host. */
  readonly serverContainer: string | null
}

/** The user that engines run as unless one is named: the server's own, so that both may use the tapes; never root. */
export function defaultEngineUser(uid: number | undefined, gid: number | undefined): string {
  return uid === undefined || gid === undefined || uid === 0 ? '1000:1000' : `${uid}:${gid}`
}

/**
 * Gives the folder of tapes to the user that engines run as, so that they can record. Only where this server is root, and
 * the folder its own; elsewhere whoever set it up has seen to it.
 */
export function giveTapes({ user, tapes }: Pick<DockerSettings, 'user' | 'tapes'>, folder: string): void {
  if (tapes !== null || process.getuid?.() !== 0) return
  const [uid = 0, gid = 0] = user.split(':').map(Number)
  chownSync(folder, uid, gid)
}
