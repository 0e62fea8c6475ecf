import { expect, it } from 'vitest'
import { createFakeFeeds } from '../../tests/fake-feeds.ts'
import { graphql } from '../tada.ts'
import { openNewest } from './newest.ts'

const DOCUMENT = graphql(`
  subscription Newest($id: ID!) {
    simulation(id: $id) {
      id
    }
  }
`)

function followed() {
  const feeds = createFakeFeeds()
  const told: string[] = []
  let due: (() => void) | null = null
  const stop = openNewest({
    connection: feeds.connection,
    document: DOCUMENT,
    variables: { id: 'run' },
    onData: () => told.push('data'),
    onFault: (fault) => told.push(fault?.sentence ?? 'none'),
    clock: {
      after(_milliseconds, call) {
        due = call
        return () => (due = null)
      },
    },
  })
  return { feeds, told, stop, pass: () => due?.(), waits: () => due !== null }
}

it('is asked for again where what ended it passes by itself, and takes back what was said of it', () => {
  const { feeds, told, pass } = followed()
  feeds.refuse('Newest', 'The database cannot be reached.', 'STORE_UNAVAILABLE')
  expect(feeds.names()).toEqual([])
  pass()
  expect(feeds.names()).toEqual(['Newest'])
  feeds.say('Newest', { simulation: { id: 'run' } })
  expect(told).toEqual(['The database cannot be reached.', 'none', 'data'])
})

it('is not asked for again where it would be the same, nor once it is left', () => {
  const over = followed()
  over.feeds.refuse('Newest', 'This simulation is not running.', 'NOT_RUNNING')
  expect(over.waits()).toBe(false)

  const left = followed()
  left.feeds.refuse('Newest', 'The server is busy.', 'SERVER_BUSY')
  left.stop()
  expect(left.waits()).toBe(false)
})
