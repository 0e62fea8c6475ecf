import { describe, expect, it } from 'vitest'
import { tickNumber } from '../../../tests/support/wire/wire-ticks.ts'
import { SourceWatch, stallWarnings } from './watch.ts'

function watching() {
  const clock = { now: 0 }
  return { clock, watch: new SourceWatch({ taker: 'algorithm', source: 'streamer', now: () => clock.now }) }
}

describe('an engine that watches its source', () => {
  it('warns while it hears nothing of it, and no longer', () => {
    const { clock, watch } = watching()
    watch.answered()
    expect(watch.warnings()).toEqual([])
    watch.silent()
    clock.now = 20_400
    expect(watch.warnings()).toEqual([expect.stringContaining('nothing of the streamer for more than 20 s')])
    watch.heard()
    expect(watch.warnings()).toEqual([])
    expect(watch.doubts()).toEqual([])
  })

  it('gives one that never answered the time that engines need to start', () => {
    const { clock, watch } = watching()
    watch.silent()
    clock.now = 9_999
    expect(watch.warnings()).toEqual([])
    clock.now = 10_000
    expect(watch.warnings()).toHaveLength(1)
  })

  it('warns of a source that refuses it, with the reason, until something comes', () => {
    const { watch } = watching()
    watch.refused('this publisher serves as many subscribers or filters as it can')
    watch.heard()
    expect(watch.warnings()).toEqual([
      'The streamer does not serve the algorithm, and is asked again every second: this publisher serves as many subscribers or ' +
        'filters as it can.',
    ])
    watch.took(tickNumber(1))
    expect(watch.warnings()).toEqual([])
  })

  it('says from which event on it cannot be believed, and why', () => {
    const { watch } = watching()
    watch.restarted()
    watch.took(tickNumber(41))
    watch.lost(3)
    watch.silent()
    watch.left()
    expect(watch.doubts()).toEqual([
      expect.stringMatching(/^From the beginning on the algorithm cannot be believed: another streamer/),
      expect.stringMatching(
        /^From after event 41 of the feed, 2023-11-14T.*: 3 messages of the streamer never reached/,
      ),
      expect.stringContaining('heard nothing of the streamer any more'),
    ])
    for (let count = 1; count < 100; count += 1) watch.lost(count)
    expect(watch.doubts()).toHaveLength(10)
  })

  it('says that a tape waits, for whom and for how long', () => {
    const stall = { forMs: 2_000, subscribers: ['127.0.0.1:7'] }
    expect(stallWarnings(null, 'The tape', 'algorithm')).toEqual([])
    expect(stallWarnings({ ...stall, forMs: 1_999 }, 'The tape', 'algorithm')).toEqual([])
    expect(stallWarnings(stall, 'The tape', 'algorithm')).toEqual([
      expect.stringContaining('The tape has waited for 2 s for the algorithm at 127.0.0.1:7'),
    ])
  })
})
