import type { Connection } from './connection.ts'
import { print } from './print.ts'
import type { TadaDocumentNode } from './tada.ts'

/**
 * Asks once, past the cache: for pages of long lists, which the page keeps in a bounded place of its own. After a cut the
 * question is sent again.
 * @throws what {@link sentenceOf} turns into a sentence
 */
export function ask<Data, Variables extends Record<string, unknown>>(
  connection: Pick<Connection, 'open'>,
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  let stop = (): void => undefined
  const answer = new Promise<Data>((resolve, reject) => {
    const close = connection.open<Data>(
      { query: print(document), variables },
      {
        next({ data, errors }) {
          if (errors !== undefined && errors.length > 0) reject(errors as unknown as Error)
          else if (data !== null && data !== undefined) resolve(data)
        },
        error: (error) => reject(error as Error),
        // Does nothing where there was an answer.
        complete: () => reject(new Error('The server ended the question without an answer.')),
      },
    )
    stop = () => {
      close()
      reject(signal?.reason as Error)
    }
  })
  signal?.addEventListener('abort', stop)
  // A signal may outlive many questions.
  return answer.finally(() => signal?.removeEventListener('abort', stop))
}
