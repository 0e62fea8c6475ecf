import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gather, until } from '../support/time/gather.ts'
import { createGraphqlClient, type GraphqlClient } from '../support/server/graphql-client.ts'
import { newDataDir, startServer, type ServerProcess } from '../support/server/server-process.ts'
import { readRun, runReaches, startRun, stopRun, storedEvents } from '../support/server/session.ts'
import { readSse } from '../support/server/sse.ts'

interface EventView {
  readonly sequence: string
}

const FIELDS = { signals: 'sequence time side confidence reason decision', trades: 'sequence time side price quantity' }
type List = keyof typeof FIELDS
const LISTS: readonly List[] = ['signals', 'trades']

const subscription = (list: List): string =>
  `subscription ($id: ID!, $after: BigInt) { ${list}(simulationId: $id, after: $after) { ${FIELDS[list]} } }`

/** Signals as often as can be, so that each cut falls between some. */
const busy = {
  algorithm: 'order-book-imbalance',
  algorithmParameters: { IMBALANCE_THRESHOLD: 0.01, MIN_VOLUME_THRESHOLD: 0, SIGNAL_COOLDOWN_MS: 0 },
  simulatorParameters: { MIN_CONFIDENCE: 0 },
}

describe('a cut subscription', () => {
  const dataDir = newDataDir()
  let server: ServerProcess
  let client: GraphqlClient

  beforeAll(async () => {
    server = await startServer(dataDir.path)
    client = createGraphqlClient(server.url)
  })
  afterAll(async () => {
    await client.dispose()
    await server.stop()
    dataDir.remove()
  })

  describe.each(LISTS)('to %s', (list) => {
    let id: string
    beforeAll(async () => {
      id = await startRun(client, { ...busy, source: 'sandbox', products: ['BTC-USD', 'ETH-USD'] })
      await runReaches(client, id, 'RUNNING')
    })

    it('gives each event once over WebSocket, however often it is cut and resumed', async () => {
      const whole = gather<EventView>(client, subscription(list), { id, after: '0' })
      const pieces: EventView[] = []
      for (let cut = 0; cut < 5; cut += 1) {
        // A connection of its own, thrown away whole: what is under way on it is lost.
        const own = createGraphqlClient(server.url)
        const after = pieces.at(-1)?.sequence ?? '0'
        const piece = gather<EventView>(own, subscription(list), { id, after })
        await until(() => {
          expect([piece.items.length >= 10, piece.errors]).toEqual([true, []])
        })
        await own.dispose()
        pieces.push(...piece.items)
      }
      await until(() => {
        expect(whole.items.length).toBeGreaterThanOrEqual(pieces.length)
      })
      expect(pieces).toEqual(whole.items.slice(0, pieces.length))
      await whole.stop()
    })

    it('gives each event once over SSE, however often it is cut and resumed', async () => {
      const pieces: EventView[] = []
      for (let cut = 0; cut < 5; cut += 1) {
        const after = pieces.at(-1)?.sequence ?? '0'
        const { items } = await readSse<EventView>(server.url, subscription(list), { id, after }, 15)
        pieces.push(...items)
      }
      const { items } = await readSse<EventView>(server.url, subscription(list), { id, after: '0' }, pieces.length)
      expect(pieces).toEqual(items)
      expect(new Set(pieces.map(({ sequence }) => sequence)).size).toBe(pieces.length)
    })

    it('resumed while the run is stopped, brings all to the last event and then ends by itself', async () => {
      const { items: first } = await readSse<EventView>(server.url, subscription(list), { id, after: '0' }, 5)
      const after = first.at(-1)!.sequence
      const sse = readSse<EventView>(server.url, subscription(list), { id, after })
      const socket = gather<EventView>(client, subscription(list), { id, after })
      await until(() => {
        expect(socket.items.length).toBeGreaterThan(0)
      })
      await stopRun(client, id)
      const { items, completed } = await sse
      await until(() => {
        expect(socket.ended()).toBe(true)
      })
      const stored = await storedEvents<EventView>(client, id, list, FIELDS[list])
      expect([...first, ...items]).toEqual(stored)
      expect(socket.items).toEqual(items)
      expect([completed, socket.errors]).toEqual([true, []])
    })

    it('of a run that has ended gives what is stored, from any place on, and ends', async () => {
      expect((await readRun(client, id)).status).toBe('STOPPED')
      const stored = await storedEvents<EventView>(client, id, list, FIELDS[list])
      const middle = stored[Math.floor(stored.length / 2)]!.sequence
      const { items, completed } = await readSse<EventView>(server.url, subscription(list), { id, after: middle })
      expect([items, completed]).toEqual([stored.filter(({ sequence }) => Number(sequence) > Number(middle)), true])
      const beyond = await readSse<EventView>(server.url, subscription(list), { id, after: '999999999' })
      expect(beyond).toEqual({ items: [], completed: true })
    })
  })
})
