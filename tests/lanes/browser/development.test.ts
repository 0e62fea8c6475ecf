import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../../../server/setup.mjs'
import { openTab, settled } from '../../support/browser/browser.ts'
import { useDashboard } from '../../support/browser/dashboard.ts'
import { PATIENCE } from '../../support/server/platform.ts'

const dashboard = useDashboard()

/** Starts what `npm run dev` starts, on a free port, over the API of the file's server; resolves with its address. */
async function serveForDevelopers(): Promise<string> {
  const { port } = new URL(dashboard.platform.server.url)
  const vite = spawn(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), '--port', '0'], {
    cwd: root,
    env: { ...process.env, PORT: port, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void vite.kill())
  for await (const line of createInterface({ input: vite.stdout })) {
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0]
    if (address !== undefined) return address
  }
  throw new Error('the server for developers ended before it said where it is')
}

it('shows the page for developers over the same API: what is asked once, what moves, and the metrics', async () => {
  await dashboard.platform.running({
    algorithmParameters: { RSI_PERIOD: 3 },
    simulatorParameters: { MIN_CONFIDENCE: 0 },
  })
  const address = await serveForDevelopers()
  const tab = await openTab(dashboard.browser, address)
  onTestFinished(tab.close)
  const { page } = tab
  // What the page imports is put together first.
  page.setDefaultTimeout(60_000)
  await settled(page)

  const row = page.getByRole('grid', { name: 'Simulations' }).getByRole('row').nth(1)
  await row.getByText('Running').waitFor()
  // Over the WebSocket.
  await expect.poll(() => row.textContent(), { ...PATIENCE, timeout: 60_000 }).toMatch(/[+−]\d/)
  expect((await page.request.get(`${address}metrics`)).headers()['content-type']).toContain('version=0.0.4')
  expect(tab.faults).toEqual([])
})
