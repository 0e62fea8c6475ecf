import { expect, it } from 'vitest'
import { useDashboard } from '../../support/browser/dashboard.ts'
import { PATIENCE } from '../../support/server/platform.ts'

const dashboard = useDashboard()

it('leads from the form to the first trade, to what caused it, and to the end', async () => {
  const page = await dashboard.open('/new?algorithm=rsi')
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
  await expect.poll(async () => (await dashboard.platform.look(id)).status, PATIENCE).toBe('STOPPED')
})
