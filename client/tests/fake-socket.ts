/** What a test does with the sockets that a connection opens. */
export interface FakeNet {
  /** Hand this to `createConnection`. */
  readonly WebSocket: unknown
  /** Every socket so far; the last is the current one. */
  readonly sockets: readonly FakeSocket[]
}

interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: { readonly variables?: Readonly<Record<string, unknown>> }
}

/** The server's end of a WebSocket, played by a test. */
export interface FakeSocket {
  /** What the page has sent on it. */
  readonly sent: readonly Message[]
  /** Lets it open, and greets as a GraphQL server does. */
  accept(): void
  /** Sends a message as the server. */
  say(message: object): void
  /** Breaks it. */
  cut(code?: number): void
}

/** A net whose sockets do only what the test says. */
export function createFakeNet(): FakeNet {
  const sockets: FakeSocket[] = []
  class FakeWebSocket {
    static readonly CONNECTING = 0
    static readonly OPEN = 1
    static readonly CLOSING = 2
    static readonly CLOSED = 3
    readyState = 0
    onopen: (() => void) | null = null
    onmessage: ((event: { data: string }) => void) | null = null
    onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null
    onerror: ((event: unknown) => void) | null = null
    readonly sent: Message[] = []

    constructor() {
      sockets.push({
        sent: this.sent,
        accept: () => {
          this.readyState = 1
          this.onopen?.()
          this.onmessage?.({ data: JSON.stringify({ type: 'connection_ack' }) })
        },
        say: (message) => this.onmessage?.({ data: JSON.stringify(message) }),
        cut: (code = 1006) => this.close(code),
      })
    }

    send(text: string): void {
      this.sent.push(JSON.parse(text) as Message)
    }

    close(code = 1000, reason = ''): void {
      if (this.readyState === 3) return
      this.readyState = 3
      this.onclose?.({ code, reason, wasClean: code === 1000 })
    }
  }
  return { WebSocket: FakeWebSocket, sockets }
}
