import { expect, it, onTestFinished } from 'vitest'
import { openTab } from '../../support/browser/browser.ts'
import { useDashboard } from '../../support/browser/dashboard.ts'

const dashboard = useDashboard()

it('says that it could not be loaded where its script cannot be had, and is not blank', async () => {
  const tab = await openTab(dashboard.browser, 'about:blank', { colorScheme: 'dark' })
  onTestFinished(tab.close)
  const { page } = tab
  await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))

  await page.goto(dashboard.platform.server.url)

  await page.getByText('This page could not be loaded.').waitFor()
  const [text, ground] = await page.evaluate<[string, string]>(
    '[getComputedStyle(document.getElementById("first")).color, getComputedStyle(document.documentElement).backgroundColor]',
  )
  // Light on dark.
  expect([text, ground]).toEqual(['rgb(223, 227, 232)', 'rgb(16, 18, 21)'])
})
