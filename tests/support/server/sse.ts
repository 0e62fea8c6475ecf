/** What a subscription over SSE brought. */
export interface SseEvents<Item> {
  readonly items: readonly Item[]
  /** Whether the server ended it, rather than the reader having had enough. */
  readonly completed: boolean
}

interface Payload<Item> {
  readonly data?: Record<string, Item> | null
  readonly errors?: readonly { readonly message: string }[]
}

/**
 * Subscribes as `curl -N` does and reads until `enough` items came or the server ends it; then cuts the connection.
 * @throws Error with what the API answered instead of a stream, or with the errors that an event brought
 */
export async function readSse<Item>(
  url: string,
  query: string,
  variables: Record<string, unknown>,
  enough = Infinity,
): Promise<SseEvents<Item>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  if (response.body === null || response.headers.get('content-type')?.includes('text/event-stream') !== true) {
    throw new Error(`no stream but ${response.status}: ${await response.text()}`)
  }
  const items: Item[] = []
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const kind = /^event: ?(.*)$/m.exec(block)?.[1]
      if (kind === 'complete') return { items, completed: true }
      if (kind !== 'next') continue
      const { data, errors } = JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] ?? '{}') as Payload<Item>
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join(' '))
      items.push(...Object.values(data ?? {}))
      if (items.length < enough) continue
      // Leaving the loop cancels the body, and with it the connection.
      return { items: items.slice(0, enough), completed: false }
    }
  }
  return { items, completed: false }
}
