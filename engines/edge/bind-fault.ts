/** What somebody wanted to listen on, and how whoever runs it changes that. */
export interface BindPlace {
  /** As a person is told: `Port 8000 of 127.0.0.1`, `UDP 127.0.0.1:8888`. */
  readonly place: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** `Set PORT to another`, without what to set it to. */
  readonly otherPort: string
  readonly otherHost: string
}

const NO_PORT_LEFT =
  'too many connections are open or have just been closed. End some programs that use the network, or wait a minute'
const NO_FILES_LEFT = 'Close some programs, or allow more ("ulimit -n")'

/**
 * Why an address cannot be listened on, and what helps against that, for a person. The same code of the system means
 * something else where any port would do.
 */
export function bindFault(
  error: NodeJS.ErrnoException,
  { place, host, port, otherPort, otherHost }: BindPlace,
): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return port === 0
        ? `This machine has no free port left on ${host}: ${NO_PORT_LEFT}.`
        : `${place} is in use by another program. Stop that one, or ${otherPort} (0: any).`
    case 'EACCES':
      return port > 0 && port < 1_024
        ? `${place} may not be opened by this user: ports under 1024 need rights. Better ${otherPort} above 1023.`
        : `${place} may not be opened: a rule of this system forbids it. Lift that, or ${otherPort}.`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}. ${otherHost} that it has.`
    case 'EAFNOSUPPORT':
      return `This machine does not speak the protocol of the address ${host} (IPv6 is switched off, for one). ${otherHost} of another.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host called ${host}, or its name cannot be looked up. ${otherHost} of this machine.`
    case 'EMFILE':
    case 'ENFILE':
      return `${place} cannot be opened: too many files and connections are open. ${NO_FILES_LEFT}.`
    case 'ENOBUFS':
    case 'ENOMEM':
      return `${place} cannot be opened: this machine has no memory left for it. End some programs, then try again.`
    default:
      return `${place} cannot be opened: ${error.message}`
  }
}
