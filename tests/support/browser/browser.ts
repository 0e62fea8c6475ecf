import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { root } from '../../../server/setup.mjs'
import { findBrowser } from '../../lanes.mjs'

/** How long a page may take to show what it must, in milliseconds. */
const PATIENCE_MS = 20_000

/** What keeps the browser to this machine and its hands off everything else. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The sizes that pages are looked at in, in px. */
export const WIDE = { width: 1280, height: 860 }
export const NARROW = { width: 390, height: 844 }

/** Where screenshots are put for a person to look at; not in the repository. */
const SCREENS = join(root, 'dist/screens')

/** Starts Chromium. @throws where there is none, or where it does not start */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === null) throw new Error('there is no Chromium here; the lane "browser" says how to get one')
  return await chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] })
}

/** A tab that remembers what went wrong in it. */
export interface Tab {
  readonly page: Page
  /** Errors that nothing caught, and what the page logged as errors. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** Opens a tab, in a profile of its own unless it is to share that of another one. */
export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly beside?: Tab } = {},
): Promise<Tab> {
  const { beside, ...own } = options
  const context =
    beside?.page.context() ?? (await browser.newContext({ viewport: WIDE, locale: 'en-GB', timezoneId: 'UTC', ...own }))
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  await page.goto(url)
  return { page, faults, close: () => (beside === undefined ? context.close() : page.close()) }
}

/** Waits until the page has what it shows: no part of it says any more that it is on its way. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' })
}

/** How far the page goes beyond the right edge of the window, in px: what a person would have to scroll sideways. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Writes a picture of the whole page into `dist/screens`. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true })
  await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true, animations: 'disabled' })
}
