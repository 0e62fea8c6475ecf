import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { NARROW, openTab, overhang, settled, takeScreenshot, WIDE, type Tab } from '../../support/browser/browser.ts'
import { useDashboard } from '../../support/browser/dashboard.ts'
import { PATIENCE } from '../../support/server/platform.ts'

const dashboard = useDashboard()
let past: string
let live: string
let configuration: string

const SAVE = `mutation { saveConfiguration(input: {
  name: "calm nights", algorithm: "rsi", tags: ["night"], notes: "A first try.", savedBy: "Ann"
}) { configuration { id } } }`

beforeAll(async () => {
  const { platform } = dashboard
  const tape = { mode: 'BACKTEST', source: 'tape:sample', products: ['BTC-USD', 'ETH-USD'] }
  const ended = await Promise.all([
    platform.start({ ...tape, simulatorParameters: { MIN_CONFIDENCE: 0 } }),
    platform.start({ ...tape, algorithm: 'order-book-imbalance' }),
  ])
  const running = await platform.start({ simulatorParameters: { MIN_CONFIDENCE: 0 } })
  await vi.waitFor(async () => {
    for (const { id } of ended) expect((await platform.look(id)).status).toBe('COMPLETED')
    expect(Number((await platform.look(running.id)).dataQuality.received)).toBeGreaterThan(200)
  }, PATIENCE)
  const saved = await platform.client.ask<{ saveConfiguration: { configuration: { id: string } } }>(SAVE)
  configuration = saved.saveConfiguration.configuration.id
  past = ended[0]!.id
  live = running.id
})

/** Every page, by the name of its screenshots. */
const PAGES: Readonly<Record<string, () => string>> = {
  simulations: () => '/',
  new: () => '/new',
  'simulation-live': () => `/simulations/${encodeURIComponent(live)}`,
  'simulation-past': () => `/simulations/${encodeURIComponent(past)}`,
  'simulation-trades': () => `/simulations/${encodeURIComponent(live)}?tab=trades`,
  'simulation-orders': () => `/simulations/${encodeURIComponent(live)}?tab=orders`,
  'simulation-signals': () => `/simulations/${encodeURIComponent(live)}?tab=signals`,
  'simulation-metrics': () => `/simulations/${encodeURIComponent(past)}?tab=metrics`,
  'simulation-engines': () => `/simulations/${encodeURIComponent(live)}?tab=engines`,
  compare: () => `/compare?runs=${[live, past].map(encodeURIComponent).join(',')}`,
  'compare-empty': () => '/compare',
  configurations: () => '/configurations',
  configuration: () => `/configurations?configuration=${encodeURIComponent(configuration)}`,
  algorithms: () => '/algorithms',
  health: () => '/status',
  nowhere: () => '/nowhere',
}

const GRAVE = ['serious', 'critical']

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  let tab: Tab

  beforeAll(async () => {
    // One profile for all of its pages: what a page needs is loaded once, as for a person.
    tab = await openTab(dashboard.browser, 'about:blank', { colorScheme: theme, reducedMotion: 'reduce' })
  })
  afterAll(() => tab?.close())

  it.each(Object.keys(PAGES))(
    '"%s" has no grave barrier and fits a narrow screen; its picture is taken',
    async (name) => {
      const { page } = tab
      const faultsBefore = tab.faults.length
      await page.setViewportSize(WIDE)
      await page.goto(`${dashboard.platform.server.url}${PAGES[name]!()}`)
      await settled(page)
      const { violations } = await new AxeBuilder({ page }).analyze()
      const grave = violations
        .filter(({ impact }) => GRAVE.includes(impact ?? ''))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
      await takeScreenshot(page, `${name}-${theme}`)
      await page.setViewportSize(NARROW)
      // The page is laid out anew in the frames that follow.
      await expect.poll(() => overhang(page), PATIENCE).toBe(0)
      await takeScreenshot(page, `${name}-${theme}-390`)

      expect(grave).toEqual([])
      // What the router itself logs of an address that is not there.
      const faults = tab.faults.slice(faultsBefore)
      expect(name === 'nowhere' ? faults.filter((fault) => !fault.includes('404')) : faults).toEqual([])
    },
  )
})
