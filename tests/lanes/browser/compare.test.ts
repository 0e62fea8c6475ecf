import { expect, it } from 'vitest'
import { settled } from '../../support/browser/browser.ts'
import { useDashboard } from '../../support/browser/dashboard.ts'
import { PATIENCE } from '../../support/server/platform.ts'

const dashboard = useDashboard()

const TAPE = {
  mode: 'BACKTEST',
  source: 'tape:sample',
  products: ['BTC-USD'],
  simulatorParameters: { MIN_CONFIDENCE: 0 },
}

it('holds marked simulations against each other, and moves those that run', async () => {
  const past = await Promise.all(
    [5, 21].map((period) => dashboard.platform.start({ ...TAPE, algorithmParameters: { RSI_PERIOD: period } })),
  )
  await Promise.all(past.map(({ id }) => dashboard.platform.reaches(id, 'COMPLETED')))
  await dashboard.platform.running({
    algorithmParameters: { RSI_PERIOD: 3 },
    simulatorParameters: { MIN_CONFIDENCE: 0 },
  })
  const page = await dashboard.open('/')
  await page.getByRole('checkbox', { name: 'Mark all rows' }).check()

  await page.getByRole('link', { name: 'Compare 3' }).click()

  await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor()
  await settled(page)
  const settings = page.getByRole('table', { name: 'Settings' })
  const period = settings.getByRole('row', { name: /differs: Period/ })
  const periods = async (): Promise<readonly number[]> =>
    (await period.getByRole('cell').allTextContents()).map(Number).sort((one, other) => one - other)
  // Each run is asked for by itself, and comes by itself.
  await expect.poll(periods, PATIENCE).toEqual([3, 5, 21])
  await page.getByText(/They ran on different sources/).waitFor()
  const chart = page.getByRole('img', { name: /Return over time/ })
  await chart.waitFor()
  const best = page.getByRole('table', { name: 'Metrics' }).getByText('best')
  await expect.poll(() => best.count(), PATIENCE).toBeGreaterThan(0)

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
  await expect.poll(() => page.getByRole('button', { name: /^Take . out$/ }).count(), PATIENCE).toBe(2)
})

it('lets choose on the page itself', async () => {
  const page = await dashboard.open('/compare')
  await page.getByRole('button', { name: 'Choose simulations' }).click()
  const dialog = page.getByRole('dialog', { name: 'Choose simulations' })
  await dialog.getByRole('checkbox', { name: 'Mark row 1' }).check()
  await dialog.getByRole('checkbox', { name: 'Mark row 2' }).check()

  await dialog.getByRole('button', { name: 'Compare' }).click()

  await page.getByRole('table', { name: 'Metrics' }).waitFor()
  expect(new URL(page.url()).searchParams.get('runs')?.split(',')).toHaveLength(2)
})
