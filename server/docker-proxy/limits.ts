/** What engines may be at most; the same settings as the server's, whose requests are held against them. */
export interface ProxyLimits {
  /** `ENGINE_IMAGE`: the only image. */
  readonly image: string
  /** `ENGINE_TAPES`: the only volume. */
  readonly tapes: string
  readonly memoryMb: number
  readonly cpus: number
  readonly pids: number
  /** `ENGINE_REDIS_NETWORK`: the one network that is not the engines' own into which they may be let; null: none. */
  readonly redisNetwork: string | null
  /** `SWARM_NETWORK`: the one network that services may be on. */
  readonly swarmNetwork: string
  /** `SERVER_CONTAINER`: what may be let into the engines' networks, beside the engines. */
  readonly serverContainer: string
}
