import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from 'playwright-core'
import { generateEvents } from '../../engines/pipeline/generated-market.ts'
import { root } from '../../server/setup.mjs'
import { launchBrowser, openTab, settled } from '../support/browser/browser.ts'
import type { GraphqlClient } from '../support/server/graphql-client.ts'
import { makeTape } from '../support/server/platform.ts'
import { start, until, withServer } from './platform.ts'

export interface FirstLoad {
  /** From the start of the navigation until the page can be used, in milliseconds; a cold cache each time. */
  readonly interactiveMs: readonly number[]
  /** Kilobytes of JavaScript, gzipped, that were loaded until then. */
  readonly scriptKilobytes: number
}

/** Notes when the empty list's button stands and the main thread has got round to the next task: it can be clicked. */
const NOTE_INTERACTIVE = `
  window.interactive = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const buttons = [...document.querySelectorAll('main button')]
      if (!buttons.some((one) => one.textContent.includes('Start a first simulation'))) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    })
    observer.observe(document, { childList: true, subtree: true })
  })
`

/** Waits until a source can be chosen; the sample tape is made in the background of a first start. */
async function sourceIsThere(client: GraphqlClient, name: string): Promise<void> {
  await until(async () => {
    const { sources } = await client.ask<{ sources: readonly { name: string }[] }>('{ sources { name } }')
    return sources.some((source) => source.name === name)
  }, 60_000)
}

/** The home page from the local server, as somebody sees it who comes for the first time. */
export function benchFirstLoad(runs = 7): Promise<FirstLoad> {
  return withServer(async (server, client) => {
    await sourceIsThere(client, 'tape:sample')
    const browser = await launchBrowser()
    try {
      const interactiveMs: number[] = []
      const scripts = new Set<string>()
      for (let run = 0; run < runs; run++) {
        const context = await browser.newContext()
        await context.addInitScript(NOTE_INTERACTIVE)
        const page = await context.newPage()
        page.on('response', (response) => {
          const { pathname } = new URL(response.url())
          if (pathname.endsWith('.js')) scripts.add(pathname)
        })
        await page.goto(server.url)
        await page.getByRole('button', { name: 'Start a first simulation' }).click({ trial: true })
        interactiveMs.push(await page.evaluate<number>('window.interactive'))
        await context.close()
      }
      const sizes = [...scripts].map(
        (path) => gzipSync(readFileSync(join(root, 'dist/client', path)), { level: 9 }).length,
      )
      return { interactiveMs, scriptKilobytes: sizes.reduce((sum, size) => sum + size, 0) / 1000 }
    } finally {
      await browser.close()
    }
  })
}

export interface BusyPage {
  /** Of the market, over the whole time. */
  readonly ticksPerSecond: number
  readonly seconds: number
  /** In which a canvas was drawn. */
  readonly framesPerSecond: number
  /** The most that one canvas was cleared within one frame, and how often one was drawn in all. */
  readonly mostDrawsOfACanvasAFrame: number
  readonly draws: number
  /** Share of the time that the main thread had something to do. */
  readonly busy: number
  /** The longest task after the first load, in milliseconds; 0: none took 50. */
  readonly longestTaskMs: number
  readonly heapGrowthMegabytes: number
}

/**
 * Counts frames, how often each canvas is wiped within one (whoever draws wipes first), and tasks over 50 ms. A chart that
 * draws as often as ticks come would wipe many times a frame.
 */
const COUNT_DRAWS = `
  const counts = { frames: 0, draws: 0, most: 0, longest: 0, since: 0 }
  window.counts = counts
  // The same for all that happens in a frame. Asking for frames to count them would have the page make each of them.
  let time = null
  let frame = new Map()
  const wiped = (canvas) => {
    if (document.timeline.currentTime !== time) {
      time = document.timeline.currentTime
      frame = new Map()
      counts.frames++
    }
    const now = (frame.get(canvas) ?? 0) + 1
    frame.set(canvas, now)
    counts.draws++
    counts.most = Math.max(counts.most, now)
  }
  const context = CanvasRenderingContext2D.prototype
  const { clearRect, fillRect } = context
  const whole = (self, x, y, width, height) => {
    const { a, d } = self.getTransform()
    return x <= 0 && y <= 0 && width * a >= self.canvas.width - 2 && height * d >= self.canvas.height - 2
  }
  context.clearRect = function (...box) {
    if (whole(this, ...box)) wiped(this.canvas)
    return clearRect.apply(this, box)
  }
  context.fillRect = function (...box) {
    // A copy over all that is there is how some wipe.
    if (this.globalCompositeOperation === 'copy' && whole(this, ...box)) wiped(this.canvas)
    return fillRect.apply(this, box)
  }
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) {
      if (startTime >= counts.since) counts.longest = Math.max(counts.longest, duration)
    }
  }).observe({ type: 'longtask' })
`

interface Counts {
  readonly frames: number
  readonly draws: number
  readonly most: number
  readonly longest: number
}

/** Seconds of work of the main thread so far, and bytes of its heap after a collection. */
async function look(
  session: CDPSession,
): Promise<{ readonly task: number; readonly at: number; readonly heap: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const value = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  return { task: value('TaskDuration'), at: value('Timestamp'), heap: value('JSHeapUsedSize') }
}

/** How many market messages a run has had. */
async function received(client: GraphqlClient, id: string): Promise<number> {
  const query = 'query ($id: ID!) { simulation(id: $id) { dataQuality { received } } }'
  const { simulation } = await client.ask<{ simulation: { dataQuality: { received: string } } }>(query, { id })
  return Number(simulation.dataQuality.received)
}

/** What the generated market of two products must do for some 1,000 ticks a second; as many books come beside them. */
const ACTIVITY = 6.2
const PRODUCTS = ['BTC-USD', 'ETH-USD']
/** Until the first load is over and caches are warm. */
const WARM_UP_MS = 10_000

/** How many of the market's messages are ticks; the rest are books. */
function shareOfTicks(): number {
  // The same market as the tape's: generate-tape's own where it is not told otherwise.
  const market = { seed: 1, products: PRODUCTS, startTime: 1_767_571_200_000_000, seconds: 60, activity: ACTIVITY }
  const events = [...generateEvents(market)].flat()
  return events.filter(({ type }) => type === 'tick').length / events.length
}

async function measure(page: Page, client: GraphqlClient, id: string, seconds: number): Promise<BusyPage> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await page.waitForTimeout(WARM_UP_MS)
  // The looks are outside of what is counted: collecting the garbage is a long task of ours.
  const [before, messagesBefore] = [await look(session), await received(client, id)]
  await page.evaluate(
    'Object.assign(window.counts, { frames: 0, draws: 0, most: 0, longest: 0, since: performance.now() })',
  )
  await page.waitForTimeout(seconds * 1000)
  const counts = await page.evaluate<Counts>('({ ...window.counts })')
  const [messages, after] = [await received(client, id), await look(session)]
  const took = after.at - before.at
  return {
    ticksPerSecond: ((messages - messagesBefore) / took) * shareOfTicks(),
    seconds: took,
    framesPerSecond: counts.frames / took,
    mostDrawsOfACanvasAFrame: counts.most,
    draws: counts.draws,
    busy: (after.task - before.task) / took,
    longestTaskMs: counts.longest,
    heapGrowthMegabytes: (after.heap - before.heap) / 1e6,
  }
}

/** The page of a simulation whose market has some 1,000 ticks a second, played from a tape at its own pace. */
export function benchBusyPage(seconds = 300): Promise<BusyPage> {
  return withServer(async (server, client) => {
    await sourceIsThere(client, 'tape:sample')
    makeTape(server.dataDir, 'busy', seconds + 60, ACTIVITY)
    const browser = await launchBrowser()
    try {
      const input = {
        algorithm: 'rsi',
        source: 'tape:busy',
        mode: 'REPLAY',
        speed: 1,
        products: PRODUCTS,
      }
      const id = await start(client, input)
      await until(async () => (await received(client, id)) > 0, 20_000)
      const tab = await openTab(browser, 'about:blank')
      await tab.page.addInitScript(COUNT_DRAWS)
      await tab.page.goto(`${server.url}/simulations/${encodeURIComponent(id)}`)
      await settled(tab.page)
      return await measure(tab.page, client, id, seconds)
    } finally {
      await browser.close()
    }
  })
}
