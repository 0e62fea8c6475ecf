import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { launchBrowser, openTab, settled } from './browser.ts'
import { openFreshPlatform, type Platform } from '../server/platform.ts'

/** A server of a file's own, and a browser to look at it, there for all of the file's tests. */
export interface Dashboard {
  readonly platform: Platform
  readonly browser: Browser
  /** Opens a page until the test at hand is over; nothing may have gone wrong in it by then. */
  open(path: string): Promise<Page>
}

/** To be called at the top of a file. @param env variables of the server, beside those of every test */
export function useDashboard(env: Readonly<Record<string, string>> = { SOURCE_LINGER_MS: '400' }): Dashboard {
  let platform: Platform | undefined
  let browser: Browser | undefined
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([openFreshPlatform(env), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.end()
  })
  return {
    get platform() {
      return platform!
    },
    get browser() {
      return browser!
    },
    async open(path) {
      const tab = await openTab(this.browser, `${this.platform.server.url}${path}`)
      onTestFinished(async () => {
        await tab.close()
        expect(tab.faults).toEqual([])
      })
      await settled(tab.page)
      return tab.page
    },
  }
}
