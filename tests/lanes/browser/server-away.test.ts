import { expect, it, onTestFinished } from 'vitest'
import { launchBrowser, openTab } from '../../support/browser/browser.ts'
import { makeTape, openPlatform } from '../../support/server/platform.ts'
import { newDataDir } from '../../support/server/server-process.ts'

it('says that the server is gone, keeps what it shows, and goes on by itself once it is back', async () => {
  const directory = newDataDir()
  onTestFinished(directory.remove)
  makeTape(directory.path)
  const first = await openPlatform(directory.path)
  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  await first.running()
  const tab = await openTab(browser, first.server.url)
  onTestFinished(tab.close)
  const { page } = tab
  const row = page.getByRole('grid', { name: 'Simulations' }).getByRole('row').nth(1)
  await row.getByText('Running').waitFor()

  await first.client.dispose()
  await first.server.kill()

  const banner = page.getByText(/The connection was lost|The server is gone/)
  await banner.waitFor()
  await page.getByText(/Next attempt in \d+ s/).waitFor()
  expect(await row.getByText('Running').isVisible()).toBe(true)

  const port = new URL(first.server.url).port
  const second = await openPlatform(directory.path, { PORT: port })
  onTestFinished(() => second.end())
  await banner.waitFor({ state: 'detached' })
  // The new server has found the run of the dead one, and says what became of it.
  await row.getByText('Failed').waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
  // A net that is gone is logged by the browser itself; the page's own code must not have failed.
  expect(tab.faults.filter((fault) => !/net::ERR|WebSocket|Failed to load resource/.test(fault))).toEqual([])
})
