import { describeFaults, parseConfig } from '../config.ts'
import { createDockerProxy } from './proxy.ts'

/**
 * Stands between the server and Docker's socket, where the server is a container: whoever can speak to that socket is
 * root on its host. Reads the same variables as the server does; `DOCKER_HOST` here is the socket itself.
 */
function main(): void {
  const parsed = parseConfig(process.env)
  const faults = parsed.ok ? [] : [...parsed.faults]
  if (parsed.ok) {
    const { host, tapes, serverContainer } = parsed.config.docker
    if (!host.startsWith('unix://')) faults.push({ key: 'DOCKER_HOST', message: 'is no socket: unix:///path' })
    if (tapes === null) faults.push({ key: 'ENGINE_TAPES', message: 'is missing: the volume that engines may mount' })
    if (serverContainer === null) {
      faults.push({ key: 'SERVER_CONTAINER', message: 'is missing: the container that may join networks of engines' })
    }
  }
  if (!parsed.ok || faults.length > 0) {
    console.error(describeFaults(faults))
    process.exitCode = 1
    return
  }
  const { docker, host, port, swarm } = parsed.config
  const server = createDockerProxy({
    socketPath: docker.host.slice('unix://'.length),
    limits: {
      ...docker,
      tapes: docker.tapes ?? '',
      serverContainer: docker.serverContainer ?? '',
      swarmNetwork: swarm.network,
    },
    log: (entry) => console.error(JSON.stringify({ level: 'warn', name: 'docker-proxy', ...entry })),
  })
  server.once('error', (error) => {
    console.error(`The proxy cannot listen on ${host}:${port}: ${error.message}`)
    process.exit(1)
  })
  server.listen(port, host, () => console.error(`The proxy listens on ${host}:${port}.`))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
}

main()
