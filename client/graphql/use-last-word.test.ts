import { renderHook } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { useLastWord } from './use-last-word.ts'

/** The hook over runs and a question that a test plays. */
function play() {
  const ask = vi.fn()
  const quiet = { fetching: false, stale: false }
  const first = { runs: undefined as readonly { id: string; status: string }[] | undefined, asking: quiet }
  const { rerender } = renderHook(({ runs, asking }) => useLastWord(runs, asking, ask), { initialProps: first })
  return {
    ask,
    set: (statuses: string, asking: Partial<typeof quiet> = {}) =>
      rerender({
        runs: statuses.split(' ').map((status, place) => ({ id: String(place), status })),
        asking: { ...quiet, ...asking },
      }),
  }
}

it('asks once more when a run has ended that was on, and not again', () => {
  const { ask, set } = play()
  set('RUNNING COMPLETED')
  expect(ask).not.toHaveBeenCalled()
  set('STOPPED COMPLETED')
  set('STOPPED COMPLETED')
  expect(ask).toHaveBeenCalledOnce()
})

it.each(['fetching', 'stale'])(
  'waits for an answer that is on its way, which may be from before the end (%s)',
  (how) => {
    const { ask, set } = play()
    set('RUNNING', { [how]: true })
    set('FAILED', { [how]: true })
    expect(ask).not.toHaveBeenCalled()
    set('FAILED')
    expect(ask).toHaveBeenCalledOnce()
  },
)

it('asks nothing of runs that had ended before', () => {
  const { ask, set } = play()
  set('STOPPED')
  set('STOPPED COMPLETED')
  expect(ask).not.toHaveBeenCalled()
})
