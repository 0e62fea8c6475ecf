import type { DockerDaemon } from '../docker/daemon.ts'
import type { SwarmEngine, TaskView } from './engine.ts'

interface Task {
  readonly ServiceID?: string
  readonly NodeID?: string
  readonly CreatedAt?: string
  readonly Status?: {
    readonly State?: string
    readonly Err?: string
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number }
    readonly PortStatus?: { readonly Ports?: readonly { readonly PublishedPort?: number }[] }
  }
}

interface Node {
  readonly ID: string
  readonly Description?: { readonly Hostname?: string }
  readonly Status?: { readonly State?: string; readonly Addr?: string }
}

/** What a manager of the swarm says of services, tasks and hosts. */
export interface SwarmView {
  /** The task of each service, by the service's name; services without one are absent. */
  readonly tasks: ReadonlyMap<string, TaskView>
  /** Names of all services. */
  readonly services: ReadonlySet<string>
}

/** Asks a manager how all services with a label stand. @throws DockerError */
export async function viewSwarm(daemon: DockerDaemon, label: string): Promise<SwarmView> {
  const filters = { label: [label] }
  const [services, tasks, nodes] = await daemon.ask('The services of the swarm cannot be looked at', () =>
    Promise.all([
      daemon.calls.listServices({ filters }),
      daemon.calls.listTasks({ filters }) as Promise<Task[]>,
      daemon.calls.listNodes() as Promise<Node[]>,
    ]),
  )
  const names = new Map(services.map((service) => [service.ID, service.Spec?.Name ?? '']))
  const hosts = new Map(nodes.map((node) => [node.ID, node]))
  const newestFirst = [...tasks].sort((one, other) => (one.CreatedAt! < other.CreatedAt! ? 1 : -1))
  const views = new Map<string, TaskView>()
  for (const task of newestFirst) {
    const name = names.get(task.ServiceID ?? '')
    if (name !== undefined && !views.has(name)) views.set(name, viewOf(task, hosts.get(task.NodeID ?? '')))
  }
  return { tasks: views, services: new Set(names.values()) }
}

function viewOf({ Status: status }: Task, host: Node | undefined): TaskView {
  return {
    state: status?.State ?? 'new',
    exitCode: status?.ContainerStatus?.ContainerID ? (status.ContainerStatus.ExitCode ?? 0) : null,
    fault: status?.Err || null,
    containerId: status?.ContainerStatus?.ContainerID || null,
    host: host?.Description?.Hostname ?? null,
    hostIsLost: host?.Status?.State === 'down',
  }
}

/** Where a service's task publishes its port. @throws Error where it does not (yet). */
export async function publishedAddress(
  daemon: DockerDaemon,
  service: string,
): Promise<{ readonly host: string; readonly port: number } | null> {
  const tasks = (await daemon.ask('The tasks of a service cannot be looked at', () =>
    daemon.calls.listTasks({ filters: { service: [service], 'desired-state': ['running'] } }),
  )) as Task[]
  const task = tasks.find((one) => one.Status?.State === 'running')
  const port = task?.Status?.PortStatus?.Ports?.[0]?.PublishedPort
  if (task?.NodeID === undefined || port === undefined) return null
  const node = (await daemon.ask('A host of the swarm cannot be looked at', () =>
    daemon.calls.getNode(task.NodeID!).inspect(),
  )) as Node
  return { host: node.Status?.Addr ?? '127.0.0.1', port }
}

export interface SwarmWatchOptions {
  readonly look: () => Promise<SwarmView>
  readonly engines: () => Iterable<SwarmEngine>
  readonly everyMs: number
  /** Called at each change, with the reason where the swarm cannot be asked. */
  readonly onChange: (reason: string | null) => void
}

/**
 * Looks at all tasks at a steady pace: a swarm tells its own events only on the host where they happen, so the loss of a
 * host, or a task's end on another one, is seen by asking a manager.
 */
export function watchSwarm(options: SwarmWatchOptions): { down(): string | null; dispose(): Promise<void> } {
  let down: string | null = null
  let looking: Promise<void> | null = null
  const change = (reason: string | null): void => {
    if (reason === down) return
    const changed = (reason === null) !== (down === null)
    down = reason
    if (changed) options.onChange(reason)
  }
  const look = async (): Promise<void> => {
    // A service that is made while the manager answers may not be among those that it has listed already.
    const engines = [...options.engines()].filter((engine) => !engine.over)
    const made = new Set(engines.filter((engine) => engine.made))
    if (engines.length === 0) return
    try {
      const { tasks, services } = await options.look()
      change(null)
      for (const engine of engines) {
        const task = tasks.get(engine.name)
        if (task !== undefined) engine.look(task)
        else if (!services.has(engine.name) && made.has(engine)) engine.look(null)
      }
    } catch (error) {
      change(error instanceof Error ? error.message : String(error))
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = null))
  }, options.everyMs)
  return {
    down: () => down,
    async dispose() {
      clearInterval(timer)
      await looking
    },
  }
}
