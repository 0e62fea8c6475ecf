import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { bindFault } from '../bind-fault.ts'

/** Where a socket is bound, and how much it may hold. */
export interface SocketOptions {
  /** IPv4 address to bind to. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** What to ask of the system; it may grant less. */
  readonly receiveBufferBytes: number
}

/** A datagram from somewhere. The bytes belong to the taker. */
export type Arrival = (bytes: Uint8Array, address: string, port: number) => void

/**
 * Opens a bound IPv4 socket. Its `send` takes IPv4 addresses only and sends in the same turn: the usual name lookup,
 * which costs a turn of the event loop even for an address, is left out.
 * @throws Error where the address cannot be had, with the way out in its message.
 */
export async function openSocket(options: SocketOptions): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _family, callback) => callback(null, address, 4) })
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      socket.close()
      const { host, port } = options
      const advice = { otherPort: 'set BIND_ADDR to another port', otherHost: 'Set BIND_ADDR to an address' }
      reject(new Error(bindFault(error, { place: `UDP ${host}:${port}`, host, port, ...advice }), { cause: error }))
    }
    socket.once('error', refuse)
    socket.bind(options.port, options.host, () => {
      socket.off('error', refuse)
      resolve()
    })
  })
  askForBuffer(socket, options.receiveBufferBytes)
  return socket
}

/** A larger buffer only saves re-requests, so a system that refuses it is no fault: the window follows what was granted. */
function askForBuffer(socket: Socket, bytes: number): void {
  for (let size = bytes; size >= 64 * 1024; size = Math.floor(size / 2)) {
    try {
      socket.setRecvBufferSize(size)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_BUFFER_SIZE') throw error
    }
  }
}

/** The IPv4 address of a host name (a container's, for example) or of an address itself. @throws Error where it has none. */
export async function resolveHost(host: string): Promise<string> {
  if (isIPv4(host)) return host
  return (await lookup(host, { family: 4 })).address
}

/** Closes once; resolves when the port is free. */
export function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}

/** A random u32 other than 0. @param random like `Math.random` */
export function randomId(random: () => number): number {
  return 1 + Math.floor(random() * 4_294_967_295)
}
