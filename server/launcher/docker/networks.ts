import type { DockerDaemon } from './daemon.ts'
import { DockerError, isMissing } from './daemon.ts'
import { LABEL, labelsOf, networkName, sharedNetworkName, type Naming } from './spec.ts'

/** Owner that the shared networks are labelled with. */
const SHARED = 'shared'

/**
 * What the shared bridges are made with. In both, containers do not see each other. `outbound` leads outside by
 * masquerading; `gate` does not, so that an answer to whatever a container sends outside never finds the way back: it
 * is there because Docker publishes no port of a container that only has internal networks.
 */
const SHARED_OPTIONS = {
  outbound: { 'com.docker.network.bridge.enable_icc': 'false' },
  gate: {
    'com.docker.network.bridge.enable_icc': 'false',
    'com.docker.network.bridge.enable_ip_masquerade': 'false',
  },
} as const

/** The networks of one installation: an internal one for each owner, and two that are shared. */
export class DockerNetworks {
  readonly #daemon: DockerDaemon
  readonly #naming: Naming
  /** The container of this server; null where it runs on the host. */
  readonly #server: string | null
  readonly #made = new Map<string, Promise<void>>()

  constructor(daemon: DockerDaemon, naming: Naming, server: string | null) {
    this.#daemon = daemon
    this.#naming = naming
    this.#server = server
  }

  /** Makes an owner's network where it is not there yet. @throws DockerError */
  async ensure(owner: string): Promise<string> {
    const name = networkName(this.#naming, owner)
    await this.#once(name, { Name: name, Internal: true, Labels: labelsOf(this.#naming, owner) })
    return name
  }

  /** Makes a shared network where it is not there yet. @throws DockerError */
  async ensureShared(which: keyof typeof SHARED_OPTIONS): Promise<string> {
    const name = sharedNetworkName(this.#naming, which)
    const Options = SHARED_OPTIONS[which]
    await this.#once(name, { Name: name, Internal: false, Labels: labelsOf(this.#naming, SHARED), Options })
    // Nobody says when one is gone: another server removes what it finds unused, and so does "docker network prune".
    this.#made.delete(name)
    return name
  }

  /** @throws DockerError */
  async connect(network: string, container: string, aliases: readonly string[]): Promise<void> {
    const EndpointConfig = { Aliases: [...aliases] }
    await this.#daemon.ask('A container cannot be connected to a network', () =>
      this.#daemon.calls.getNetwork(network).connect({ Container: container, EndpointConfig }),
    )
  }

  /** Lets this server, where it is a container, into an owner's network. @throws DockerError */
  async admitServer(owner: string): Promise<void> {
    if (this.#server === null) return
    try {
      await this.connect(networkName(this.#naming, owner), this.#server, [])
    } catch (error) {
      // It is there already: a server that adopts, or an owner's second engine.
      if (!(error instanceof DockerError && /already exists in network/.test(error.message))) throw error
    }
  }

  /** Takes everybody out of an owner's network and removes it; nothing to do where there is none. @throws DockerError */
  async remove(owner: string): Promise<void> {
    const name = networkName(this.#naming, owner)
    this.#made.delete(name)
    await this.#remove(name)
  }

  /** Removes the shared networks where nobody uses them. */
  async removeShared(): Promise<void> {
    for (const which of ['outbound', 'gate'] as const) {
      const name = sharedNetworkName(this.#naming, which)
      this.#made.delete(name)
      await this.#daemon
        .ask('', () => this.#daemon.calls.getNetwork(name).remove())
        .catch((error: unknown) => {
          // Still used by an engine that was adopted elsewhere, or gone already.
          if (!(error instanceof DockerError) || error.status === null) throw error
        })
    }
  }

  /** Owners whose networks are there. @throws DockerError */
  async owners(): Promise<readonly string[]> {
    const filters = { label: [`${LABEL.instance}=${this.#naming.instance}`] }
    const networks = await this.#daemon.ask('The networks cannot be listed', () =>
      this.#daemon.calls.listNetworks({ filters }),
    )
    const owners = networks.map(({ Labels }) => Labels?.[LABEL.owner])
    return owners.filter((owner): owner is string => owner !== undefined && owner !== SHARED)
  }

  #once(name: string, options: Parameters<DockerDaemon['calls']['createNetwork']>[0]): Promise<void> {
    const present = this.#made.get(name)
    if (present !== undefined) return present
    const made = this.#make(name, options)
    this.#made.set(name, made)
    made.catch(() => this.#made.delete(name))
    return made
  }

  async #make(name: string, options: Parameters<DockerDaemon['calls']['createNetwork']>[0]): Promise<void> {
    try {
      await this.#daemon.ask('A network cannot be made', () =>
        this.#daemon.calls.createNetwork({ ...options, Driver: 'bridge', CheckDuplicate: true }),
      )
    } catch (error) {
      if (!(error instanceof DockerError) || error.status !== 409) throw error
      // Ours, of before this server started: the name holds this installation's random id.
      await this.#daemon.ask('A network cannot be looked at', () => this.#daemon.calls.getNetwork(name).inspect())
    }
  }

  async #remove(name: string): Promise<void> {
    const network = this.#daemon.calls.getNetwork(name)
    try {
      const { Containers } = (await this.#daemon.ask('A network cannot be looked at', () => network.inspect())) as {
        Containers?: Record<string, unknown>
      }
      for (const id of Object.keys(Containers ?? {})) {
        const options = { Container: id, Force: true }
        await this.#daemon
          .ask('A container cannot be taken out of a network', () => network.disconnect(options))
          .catch(ignoreMissing)
      }
      await this.#daemon.ask('A network cannot be removed', () => network.remove())
    } catch (error) {
      ignoreMissing(error)
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error
}
