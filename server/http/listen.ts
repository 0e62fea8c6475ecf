import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is in use by another program. Stop that one, or set PORT to another (0: any).`,
    EACCES: `Port ${port} may not be opened by this user. Set PORT to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set HOST to one that it has.`,
    ENOTFOUND: `There is no host called ${host}. Set HOST to an address of this machine.`,
  }
  return new Error(reasons[error.code ?? ''] ?? `The server cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  })
}

/** Opens the port (any free one where 0 is asked). @throws Error, for a person, where it cannot be had. */
export function listenOn(server: Server, host: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve({ port: (server.address() as AddressInfo).port })
    })
  })
}
