import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, openTab, settled } from '../../support/browser.ts'
import { openFreshPlatform, type Platform } from '../../support/platform.ts'

let platform: Platform
let browser: Browser

beforeAll(async () => {
  ;[platform, browser] = await Promise.all([openFreshPlatform({ SOURCE_LINGER_MS: '400' }), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await platform?.end()
})

async function open(path: string): Promise<Page> {
  const tab = await openTab(browser, `${platform.server.url}${path}`)
  onTestFinished(async () => {
    await tab.close()
    expect(tab.faults).toEqual([])
  })
  await settled(tab.page)
  return tab.page
}

interface Total {
  readonly simulations: { readonly totalCount: number }
}
const count = async (): Promise<number> =>
  (await platform.client.ask<Total>('{ simulations { totalCount } }')).simulations.totalCount

it('says at its field what the schema and what the server have against a value, and starts nothing', async () => {
  const page = await open('/new?algorithm=rsi')
  const before = await count()
  const period = page.getByRole('textbox', { name: /^Period/ })
  const start = page.getByRole('button', { name: 'Start simulation' })

  // The schema's: outside of its range.
  await period.fill('1')
  await page.getByText('Give a whole number: 2 to 1,000.').waitFor()
  await start.click()
  await period.and(page.locator(':focus')).waitFor()

  // The server's: each is right by itself, the two together are not.
  await period.fill('3')
  await page.getByRole('textbox', { name: /^Oversold/ }).fill('80')
  await start.click()
  await page
    .getByText(/RSI_OVERSOLD must be under RSI_OVERBOUGHT/)
    .first()
    .waitFor()
  expect(await count()).toBe(before)
})
