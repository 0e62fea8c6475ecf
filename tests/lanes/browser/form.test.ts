import { expect, it } from 'vitest'
import { useDashboard } from '../../support/browser/dashboard.ts'

const dashboard = useDashboard()

interface Total {
  readonly simulations: { readonly totalCount: number }
}
const count = async (): Promise<number> =>
  (await dashboard.platform.client.ask<Total>('{ simulations { totalCount } }')).simulations.totalCount

it('says at its field what the schema and what the server have against a value, and starts nothing', async () => {
  const page = await dashboard.open('/new?algorithm=rsi')
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
