import type { Locator, Page } from 'playwright-core'
import { afterEach, expect, it } from 'vitest'
import { NARROW, openTab, overhang, settled, type Tab } from '../../support/browser/browser.ts'
import { useDashboard } from '../../support/browser/dashboard.ts'
import { FINAL, PATIENCE } from '../../support/server/platform.ts'

const dashboard = useDashboard()
const tabs: Tab[] = []

afterEach(async () => {
  const faults = tabs.flatMap((tab) => tab.faults)
  for (const tab of tabs.splice(0)) await tab.close()
  await clear()
  // Whatever a scenario did, no page may have stumbled over it.
  expect(faults).toEqual([])
})

interface Listed {
  readonly simulations: {
    readonly edges: readonly { readonly node: { readonly id: string; readonly status: string } }[]
  }
}

/** Leaves no simulation behind, so that each scenario begins with an empty list. */
async function clear(): Promise<void> {
  const { simulations } = await dashboard.platform.client.ask<Listed>(
    '{ simulations(first: 50) { edges { node { id status } } } }',
  )
  for (const { node } of simulations.edges) {
    if (!FINAL.includes(node.status)) await dashboard.platform.stop(node.id)
    const remove = 'mutation ($id: ID!) { deleteSimulation(input: { simulationId: $id }) { deletedId } }'
    await dashboard.platform.client.ask(remove, { id: node.id })
  }
}

async function open(path = '/', options: Parameters<typeof openTab>[2] = {}): Promise<Page> {
  const tab = await openTab(dashboard.browser, `${dashboard.platform.server.url}${path}`, options)
  tabs.push(tab)
  return tab.page
}

const firstRow = (page: Page): Locator => page.getByRole('grid', { name: 'Simulations' }).getByRole('row').nth(1)

/** Wide enough for every column of the list. */
const WHOLE = { viewport: { width: 1500, height: 860 } }

/** The figure in a column of the first row. */
async function cell(page: Page, column: string): Promise<string> {
  const grid = page.getByRole('grid', { name: 'Simulations' })
  const place = (await grid.getByRole('columnheader').allTextContents()).indexOf(column)
  return (await firstRow(page).getByRole('gridcell').nth(place).textContent()) ?? ''
}

const trades = async (page: Page): Promise<number> => Number((await cell(page, 'Trades')).replaceAll(',', ''))

/** Signals that the simulator takes, so that trades come soon. */
const EAGER = { algorithmParameters: { RSI_PERIOD: 3 }, simulatorParameters: { MIN_CONFIDENCE: 0 } }

it('leads from an empty list to the first trade by one click', async () => {
  const page = await open('/', WHOLE)

  await page.getByRole('button', { name: 'Start a first simulation' }).click()

  await firstRow(page).getByText('Running').waitFor()
  await expect.poll(() => trades(page), PATIENCE).toBeGreaterThan(0)
  await expect.poll(() => cell(page, 'P&L'), PATIENCE).toMatch(/[+−]\d/)
})

it('stops a simulation once that is confirmed, and shows what it came to', async () => {
  const { id } = await dashboard.platform.running(EAGER)
  const page = await open()
  await page.getByRole('checkbox', { name: 'Mark row 1' }).check()
  await page.getByRole('button', { name: 'Stop 1' }).click()

  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()

  await firstRow(page).getByText('Stopped').waitFor()
  expect((await dashboard.platform.look(id)).status).toBe('STOPPED')
})

it('shows the same after it is loaded anew in the middle of a run, filters included', async () => {
  await dashboard.platform.running(EAGER)
  const page = await open('/?status=active', WHOLE)
  await expect.poll(() => trades(page), PATIENCE).toBeGreaterThan(0)
  const before = await trades(page)

  await page.reload()

  await firstRow(page).getByText('Running').waitFor()
  expect(await trades(page)).toBeGreaterThanOrEqual(before)
  expect(new URL(page.url()).search).toBe('?status=active')
  expect(await page.getByRole('combobox', { name: 'status' }).inputValue()).toBe('active')
})

it('shows in one tab what is done in another', async () => {
  await dashboard.platform.running()
  const one = await open()
  const two = await open('/', { beside: tabs[0]! })
  await Promise.all([one, two].map((page) => firstRow(page).getByText('Running').waitFor()))
  await one.getByRole('checkbox', { name: 'Mark row 1' }).check()
  await one.getByRole('button', { name: 'Stop 1' }).click()

  await one.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()

  await Promise.all([one, two].map((page) => firstRow(page).getByText('Stopped').waitFor()))
})

it('has every column that a run is judged by in sight on a screen 1280 px wide', async () => {
  await dashboard.platform.running(EAGER)
  const page = await open()
  await firstRow(page).getByText('Running').waitFor()

  const grid = page.getByRole('grid', { name: 'Simulations' })
  const heads = await grid.getByRole('columnheader').allTextContents()
  expect(heads).toEqual(
    expect.arrayContaining(['Algorithm', 'P&L', 'Equity', 'Source', 'Products', 'Duration', 'Data']),
  )
  const hidden = await page.evaluate<number>(
    '((table) => table.scrollWidth - table.clientWidth)(document.querySelector("[role=grid]").parentElement)',
  )
  expect(hidden).toBe(0)
})

it('shows the duration of a run of more than a year whole, however wide the screen', async () => {
  await dashboard.platform.running(EAGER)
  const page = await open()
  await firstRow(page).getByText('Running').waitFor()
  for (const width of [1280, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 })
    const shown = await page.evaluate<{ head: string; missing: number }>(`(() => {
      const heads = [...document.querySelectorAll('[role=grid] [role=columnheader]')]
      const place = heads.findIndex((head) => head.textContent.startsWith('Duration'))
      const row = [...document.querySelectorAll('[role=grid] [role=row]')].find((each) => each.querySelector('[role=gridcell]'))
      const cell = row.querySelectorAll('[role=gridcell]')[place]
      cell.textContent = '400 d 23 h'
      return { head: heads[place].textContent, missing: cell.scrollWidth - cell.clientWidth }
    })()`)
    expect(shown).toEqual({ head: 'Duration', missing: 0 })
  }
})

const scheme = (page: Page): Promise<string | null> => page.locator('html').getAttribute('data-mantine-color-scheme')
const brightness = (page: Page): Promise<number> =>
  page.evaluate<number>('Number(/\\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)[0])')

it('is dark where the system is, and keeps another theme that was chosen', async () => {
  const page = await open('/', { colorScheme: 'dark' })
  await settled(page)
  expect([await scheme(page), (await brightness(page)) < 50]).toEqual(['dark', true])

  // From the system's to light.
  await page.keyboard.press('t')
  await expect.poll(() => scheme(page), PATIENCE).toBe('light')
  await page.reload()

  await settled(page)
  expect([await scheme(page), (await brightness(page)) > 200]).toEqual(['light', true])
})

it('can be used on a screen 390 px wide: nothing sticks out, and the menu leads on', async () => {
  await dashboard.platform.running(EAGER)
  const page = await open('/', { viewport: NARROW })
  await firstRow(page).getByText('Running').waitFor()
  await expect.poll(() => overhang(page), PATIENCE).toBe(0)

  await page.getByRole('button', { name: 'Menu' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Health' }).click()

  await page.getByRole('heading', { level: 1, name: 'Health' }).waitFor()
  await settled(page)
  await expect.poll(() => overhang(page), PATIENCE).toBe(0)
})

/** What has the focus, as it is called. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText ?? "").trim()',
  )

/** Presses Tab until what has the focus is called so; a person would do the same. */
async function tabTo(page: Page, name: RegExp, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (name.test(await focused(page))) return
    await page.keyboard.press(key)
  }
  throw new Error(`sixty presses of ${key} did not reach ${name}; the focus is on "${await focused(page)}"`)
}

it('can be used with the keyboard alone: start, mark, stop, go elsewhere and list the keys', async () => {
  const page = await open()
  await settled(page)
  await tabTo(page, /^Skip to the page$/)
  await page.keyboard.press('Enter')
  await tabTo(page, /^Start a first simulation$/)
  await page.keyboard.press('Enter')
  await firstRow(page).getByText('Running').waitFor()

  await firstRow(page).focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Stop 1' }).waitFor()
  await tabTo(page, /^Stop 1$/, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, /^Stop$/)
  await page.keyboard.press('Enter')
  await firstRow(page).getByText('Stopped').waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await page.getByRole('heading', { level: 1, name: 'Health' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('This list').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})
