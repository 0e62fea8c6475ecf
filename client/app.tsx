import { MantineProvider } from '@mantine/core'
import { RouterProvider } from 'react-router/dom'
import { Provider, type Client } from 'urql'
import type { Connection } from './graphql/connection.ts'
import type { createRoutes } from './routes.tsx'
import { ConnectionContext } from './ui/connection-context.ts'
import { ShortcutProvider } from './ui/shell/shortcuts.tsx'
import { theme } from './ui/theme.ts'

interface AppProps {
  readonly connection: Connection
  readonly client: Client
  readonly router: ReturnType<typeof createRoutes>
}

/** The whole page, with what it works on handed in. */
export function App({ connection, client, router }: AppProps) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ConnectionContext value={connection}>
        <Provider value={client}>
          <ShortcutProvider>
            <RouterProvider router={router} />
          </ShortcutProvider>
        </Provider>
      </ConnectionContext>
    </MantineProvider>
  )
}
