import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a MongoDB on 127.0.0.1 that can stop taking anything, as a server does that hangs. */
export interface StallingRelay {
  readonly port: number
  /** Takes nothing from the next command of a kind, such as `insert`, on: the first piece of that one is the last. */
  stallAt(command: string): void
  stalled(): boolean
  /** Passes on again. What came meanwhile is lost, and the connections it came on are reset. */
  heal(): void
  dispose(): Promise<void>
}

/** Opens a relay to a port. */
export async function createStallingRelay(target: number): Promise<StallingRelay> {
  const sockets = new Set<Socket>()
  let awaited: Buffer | null = null
  let stalled = false

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    client.on('data', (bytes) => {
      if (awaited !== null && Buffer.from(bytes).includes(awaited)) stalled = true
      if (stalled) client.pause()
      else upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (!stalled) client.write(bytes)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      // Whatever ends one side ends the other, which is how its peer is told.
      one.on('error', () => one.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    stallAt: (command) => {
      // A command begins with its name as the key of a BSON string: 02, the name, 00.
      awaited = Buffer.from(`\x02${command}\0`, 'latin1')
    },
    stalled: () => stalled,
    heal: () => {
      awaited = null
      stalled = false
      for (const socket of sockets) if (socket.isPaused()) socket.resetAndDestroy()
    },
    dispose: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
