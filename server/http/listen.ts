import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bindFault } from '../../engines/edge/bind-fault.ts'

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const place = `Port ${port} of ${host}`
  return new Error(
    bindFault(error, { place, host, port, otherPort: 'set PORT to another', otherHost: 'Set HOST to one' }),
    {
      cause: error,
    },
  )
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
