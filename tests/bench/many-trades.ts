import type { Page } from 'playwright-core'
import pg from 'pg'
import { launchBrowser, openTab, settled } from '../support/browser/browser.ts'
import type { GraphqlClient } from '../support/server/graphql-client.ts'
import { databaseId, embeddedUrl, makeTape } from '../support/server/platform.ts'
import { start, until, withServer } from './platform.ts'

export interface ManyTrades {
  /** In the table while it is scrolled. */
  readonly rows: number
  /** From "Load all" until the last one is there. */
  readonly loadSeconds: number
  readonly framesPerSecond: number
  /** Frames of the poorest second. */
  readonly fewestFramesInASecond: number
  readonly longestPauseMs: number
  /** Frames in which the middle of the table held no row. */
  readonly blankFrames: number
}

const TRADES = 100_000
const SCROLL_SECONDS = 20

/** Fills after the run's own, as many as make up `TRADES`, each a copy of its first. */
const FILL = `
  INSERT INTO "Trade"
  SELECT (jsonb_populate_record(NULL::"Trade", to_jsonb(first) || jsonb_build_object('sequence', last.sequence + number))).*
  FROM (SELECT * FROM "Trade" WHERE "simulationId" = $1::uuid ORDER BY "sequence" LIMIT 1) AS first,
       (SELECT max("sequence") AS sequence, count(*) AS trades FROM "Trade" WHERE "simulationId" = $1::uuid) AS last,
       generate_series(1, $2 - last.trades) AS number`

/** Scrolls from the first row to the last in so many seconds, as fast as frames come, and says how they came. */
const SCROLL = `(seconds) => new Promise((resolve) => {
  let scroller = document.querySelector('[role=grid] [role=row], [role=table] [role=row]')
  while (scroller !== null && scroller.scrollHeight <= scroller.clientHeight + 100_000) scroller = scroller.parentElement
  const box = scroller.getBoundingClientRect()
  const ends = scroller.scrollHeight - scroller.clientHeight
  const begin = performance.now()
  const times = []
  let blank = 0
  const frame = () => {
    const now = performance.now()
    times.push(now - begin)
    const held = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
    if (times.length > 1 && held?.closest('[role=row]') == null) blank++
    if (now - begin >= seconds * 1000) return resolve({ times, blank, reached: scroller.scrollTop >= ends - 1 })
    scroller.scrollTop = (ends * Math.min(1, (now - begin) / (seconds * 1000 - 500)))
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
})`

interface Scrolled {
  /** Of each frame, in milliseconds since the first. */
  readonly times: readonly number[]
  readonly blank: number
  readonly reached: boolean
}

async function finishedRun(client: GraphqlClient): Promise<string> {
  const id = await start(client, { algorithm: 'rsi', source: 'tape:sample', mode: 'BACKTEST' })
  const query = 'query ($id: ID!) { simulation(id: $id) { status } }'
  await until(async () => {
    const { simulation } = await client.ask<{ simulation: { status: string } }>(query, { id })
    return simulation.status === 'COMPLETED'
  }, 60_000)
  return id
}

async function fill(url: string, id: string): Promise<void> {
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  try {
    await database.query(FILL, [databaseId(id), TRADES])
  } finally {
    await database.end()
  }
}

async function scroll(page: Page): Promise<Omit<ManyTrades, 'rows' | 'loadSeconds'>> {
  const { times, blank, reached } = await page.evaluate<Scrolled>(`(${SCROLL})(${SCROLL_SECONDS})`)
  if (!reached) throw new Error('the table was not scrolled to its end')
  const inSecond = Array.from(
    { length: SCROLL_SECONDS },
    (_, second) => times.filter((time) => Math.floor(time / 1000) === second).length,
  )
  return {
    framesPerSecond: times.length / SCROLL_SECONDS,
    fewestFramesInASecond: Math.min(...inSecond),
    longestPauseMs: Math.max(...times.slice(1).map((time, index) => time - times[index]!)),
    blankFrames: blank,
  }
}

/** The table of a run with 100,000 fills, all loaded, scrolled from end to end. */
export function benchManyTrades(): Promise<ManyTrades> {
  return withServer(async (server, client) => {
    makeTape(server.dataDir)
    await until(async () => {
      const { sources } = await client.ask<{ sources: readonly { name: string }[] }>('{ sources { name } }')
      return sources.some(({ name }) => name === 'tape:sample')
    }, 60_000)
    const id = await finishedRun(client)
    await fill(embeddedUrl(server.dataDir), id)
    const browser = await launchBrowser()
    try {
      const { page } = await openTab(browser, `${server.url}/simulations/${encodeURIComponent(id)}?tab=trades`)
      await settled(page)
      const begin = performance.now()
      await page.getByRole('button', { name: 'Load all' }).click()
      await page.getByText(`${TRADES.toLocaleString('en')} loaded, all`).waitFor({ timeout: 300_000 })
      const loadSeconds = (performance.now() - begin) / 1000
      return { rows: TRADES, loadSeconds, ...(await scroll(page)) }
    } finally {
      await browser.close()
    }
  })
}
