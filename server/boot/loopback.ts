import { createServer, type AddressInfo } from 'node:net'
import { bindFault } from '../../engines/edge/bind-fault.ts'

/** An address of this machine that nobody else reaches. */
export type Loopback = '127.0.0.1' | '::1'

/** A TCP port that is free on an address right now. @throws the system's error where there is none. */
export function findFreePort(host: Loopback): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Whether an error of the system says that the machine does not have an address. */
export function isAbsent(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/**
 * The loopback address that this machine has, IPv4's where it has both, with a free port of it.
 * @throws Error, for a person, where there is neither, or no port is free.
 */
export async function findLoopback(
  freePort: (host: Loopback) => Promise<number> = findFreePort,
): Promise<{ readonly host: Loopback; readonly port: number }> {
  const failures: string[] = []
  for (const host of ['127.0.0.1', '::1'] as const) {
    try {
      return { host, port: await freePort(host) }
    } catch (error) {
      if (!isAbsent(error)) {
        const advice = { otherPort: 'set DATABASE_URL', otherHost: 'Set DATABASE_URL to a PostgreSQL' }
        throw new Error(
          bindFault(error as NodeJS.ErrnoException, { place: `A port of ${host}`, host, port: 0, ...advice }),
          { cause: error },
        )
      }
      failures.push((error as NodeJS.ErrnoException).message)
    }
  }
  throw new Error(
    `This machine has no loopback address (${failures.join('; ')}). Bring its loopback device up ("ip link set lo up"), ` +
      'then start again.',
  )
}

/** A host as it stands in an address with a port. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
