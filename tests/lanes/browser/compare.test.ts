import type { Browser } from 'playwright-core'
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

const TAPE = {
  mode: 'BACKTEST',
  source: 'tape:sample',
  products: ['BTC-USD'],
  simulatorParameters: { MIN_CONFIDENCE: 0 },
}

it('holds marked simulations against each other, and moves those that run', async () => {
  const past = await Promise.all(
    [5, 21].map((period) => platform.start({ ...TAPE, algorithmParameters: { RSI_PERIOD: period } })),
  )
  await Promise.all(past.map(({ id }) => platform.reaches(id, 'COMPLETED')))
  await platform.running({ algorithmParameters: { RSI_PERIOD: 3 }, simulatorParameters: { MIN_CONFIDENCE: 0 } })
  const tab = await openTab(browser, platform.server.url)
  onTestFinished(tab.close)
  const { page } = tab
  await page.getByRole('checkbox', { name: 'Mark all rows' }).check()

  await page.getByRole('link', { name: 'Compare 3' }).click()

  await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor()
  await settled(page)
  const settings = page.getByRole('table', { name: 'Settings' })
  const period = settings.getByRole('row', { name: /differs: Period/ })
  expect((await period.getByRole('cell').allTextContents()).map(Number).sort((a, b) => a - b)).toEqual([3, 5, 21])
  await page.getByText(/They ran on different sources/).waitFor()
  const chart = page.getByRole('img', { name: /Return over time/ })
  await chart.waitFor()
  expect(await page.getByRole('table', { name: 'Metrics' }).getByText('best').count()).toBeGreaterThan(0)

  // The one that runs is the newest, so that it was the first of the list: A.
  const readout = async (): Promise<string> => (await chart.textContent()) ?? ''
  const seen = await readout()
  expect(seen).toContain('A ')
  await expect.poll(readout, PATIENCE).not.toBe(seen)

  await page.getByRole('button', { name: 'Take B out' }).click()
  await expect
    .poll(() => page.getByRole('table', { name: 'Settings' }).getByRole('columnheader').count(), PATIENCE)
    .toBe(2)
  await page.reload()
  await settled(page)
  expect(await page.getByRole('button', { name: /^Take . out$/ }).count()).toBe(2)
  expect(tab.faults).toEqual([])
})

it('lets choose on the page itself', async () => {
  const tab = await openTab(browser, `${platform.server.url}/compare`)
  onTestFinished(tab.close)
  const { page } = tab
  await page.getByRole('button', { name: 'Choose simulations' }).click()
  const dialog = page.getByRole('dialog', { name: 'Choose simulations' })
  await dialog.getByRole('checkbox', { name: 'Mark row 1' }).check()
  await dialog.getByRole('checkbox', { name: 'Mark row 2' }).check()

  await dialog.getByRole('button', { name: 'Compare' }).click()

  await page.getByRole('table', { name: 'Metrics' }).waitFor()
  expect(new URL(page.url()).searchParams.get('runs')?.split(',')).toHaveLength(2)
  expect(tab.faults).toEqual([])
})
