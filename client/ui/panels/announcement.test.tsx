import { act, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { Announcement } from './announcement.tsx'

afterEach(() => {
  vi.useRealTimers()
})

it('says what has changed at most once a second, and of what came meanwhile the newest', () => {
  vi.useFakeTimers()
  const { rerender } = render(<Announcement text="1 of 9" />)
  const said = (): string | null => screen.getByRole('status').textContent
  expect(said()).toBe('1 of 9')

  rerender(<Announcement text="2 of 9" />)
  rerender(<Announcement text="3 of 9" />)
  expect(said()).toBe('1 of 9')

  act(() => vi.advanceTimersByTime(1_000))
  expect(said()).toBe('3 of 9')
})
