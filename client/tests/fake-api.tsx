import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import type { ComponentType } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import {
  Client,
  type Exchange,
  type Operation,
  type OperationResult,
  makeErrorResult,
  makeResult,
  Provider,
} from 'urql'
import { filter, fromPromise, mergeMap, pipe, takeUntil } from 'wonka'
import type { Connection } from '../graphql/connection.ts'
import { normalisedCache } from '../graphql/cache.ts'
import { ConnectionContext } from '../ui/connection-context.ts'
import { ShortcutProvider } from '../ui/shell/shortcuts.tsx'

/** What the API answers with: data, or an Error that stands for a net that is gone. A promise may stay open. */
export type Answer = (name: string, variables: Readonly<Record<string, unknown>>) => unknown

function nameOf({ query }: Operation): string {
  const definition = query.definitions.find(({ kind }) => kind === 'OperationDefinition')
  return definition !== undefined && 'name' in definition ? (definition.name?.value ?? '') : ''
}

function fakeExchange(answer: Answer): Exchange {
  const reply = async (operation: Operation): Promise<OperationResult> => {
    const given = await answer(nameOf(operation), (operation.variables ?? {}) as Record<string, unknown>)
    return given instanceof Error ? makeErrorResult(operation, given) : makeResult(operation, { data: given } as never)
  }
  return () => (operations) =>
    pipe(
      operations,
      filter(({ kind }) => kind === 'query' || kind === 'mutation'),
      mergeMap((operation) => {
        const gone = pipe(
          operations,
          filter(({ kind, key }) => kind === 'teardown' && key === operation.key),
        )
        return pipe(fromPromise(reply(operation)), takeUntil(gone))
      }),
    )
}

/** A connection on which nothing comes. */
export const quietConnection: Connection = {
  state: () => CONNECTED,
  watch: () => () => undefined,
  onReconnect: () => () => undefined,
  retryNow: () => undefined,
  open: () => () => undefined,
  dispose: () => undefined,
}
const CONNECTED = { kind: 'connected' } as const

interface PageOptions {
  readonly at?: string
  /** The page's own, as in `routes.tsx`. */
  readonly path?: string
  /** What plays subscriptions; see `fake-feeds.ts`. */
  readonly connection?: Connection
}

/**
 * Draws a page at an address, over an API that a test plays. Queries pass the real cache.
 * @returns the router, whose `state.location` is the address
 */
export function renderPage(Page: ComponentType, answer: Answer, options: PageOptions = {}) {
  const { at = '/', path = '/', connection = quietConnection } = options
  const client = new Client({ url: '/graphql', exchanges: [normalisedCache, fakeExchange(answer)] })
  const routes = [
    { path, element: <Page /> },
    { path: '*', element: <p>another page</p> },
  ]
  const router = createMemoryRouter(routes, { initialEntries: [at] })
  render(
    <MantineProvider env="test">
      <ConnectionContext value={connection}>
        <Provider value={client}>
          <ShortcutProvider>
            <RouterProvider router={router} />
          </ShortcutProvider>
        </Provider>
      </ConnectionContext>
    </MantineProvider>,
  )
  return router
}
