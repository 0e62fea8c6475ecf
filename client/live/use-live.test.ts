import { renderHook } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import type { Draw } from './frame.ts'
import { useDraw } from './use-live.ts'

it('is drawn in the turn that it names, and with the rest where it names none', () => {
  const watch = vi.fn((_draw: Draw) => () => undefined)
  renderHook(() => useDraw({ watch }, () => undefined, 'chart'))
  renderHook(() => useDraw({ watch }, () => undefined))

  expect(watch.mock.calls.map(([{ turn }]) => turn)).toEqual(['chart', undefined])
})
