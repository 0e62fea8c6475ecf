import '@mantine/core/styles.layer.css'
import './ui/app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createGraphqlClient, API_PATH } from './graphql/client.ts'
import { browserClock } from './graphql/clock.ts'
import { createConnection } from './graphql/connection.ts'
import { createRoutes } from './routes.tsx'

const url = new URL(API_PATH, window.location.href)
url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
const connection = createConnection({ url: url.href, clock: browserClock })
// Who is back on the net, or at this tab, does not wait for the next attempt.
window.addEventListener('online', connection.retryNow)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') connection.retryNow()
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App connection={connection} client={createGraphqlClient(connection)} router={createRoutes()} />
  </StrictMode>,
)
