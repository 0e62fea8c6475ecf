import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, openTab, settled } from '../../support/browser.ts'
import { openFreshPlatform, PATIENCE, type Platform } from '../../support/platform.ts'

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

it('leads from the form to the first trade, to what caused it, and to the end', async () => {
  const page = await open('/new?algorithm=rsi')
  await page.getByRole('textbox', { name: /^Period/ }).fill('3')
  await page.getByRole('textbox', { name: /^Least confidence/ }).fill('0')
  await page.getByRole('button', { name: 'Start simulation' }).click()

  await page.getByRole('heading', { level: 1, name: 'Relative strength index' }).waitFor()
  await page.getByRole('tab', { name: 'Trades' }).click()
  const trade = page.getByRole('grid', { name: 'Trades' }).getByRole('row').nth(1)
  await trade.waitFor()
  await trade.focus()
  await page.keyboard.press('Enter')
  const trace = page.getByRole('dialog', { name: /What led to signal/ })
  await trace.waitFor()
  await page.keyboard.press('Escape')
  await trace.waitFor({ state: 'detached' })

  const before = page.url()
  await page.reload()
  expect(page.url()).toBe(before)
  await page.getByRole('grid', { name: 'Trades' }).getByRole('row').nth(1).waitFor()

  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Stopped', { exact: true }).waitFor()
  const id = decodeURIComponent(new URL(before).pathname.split('/').at(-1)!)
  await expect.poll(async () => (await platform.look(id)).status, PATIENCE).toBe('STOPPED')
})
