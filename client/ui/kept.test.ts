import { afterEach, expect, it, vi } from 'vitest'
import { keep, readKept } from './kept.ts'

afterEach(() => vi.restoreAllMocks())

it('keeps what it is given in the browser', () => {
  keep('local', 'a', 'one')
  expect([readKept('local', 'a'), readKept('session', 'a'), localStorage.getItem('a')]).toEqual(['one', null, 'one'])
})

it('keeps it for as long as the page is open where the browser does not let it', () => {
  const refuse = (): never => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
  vi.spyOn(window, 'localStorage', 'get').mockImplementation(refuse)
  expect(readKept('local', 'b')).toBeNull()
  keep('local', 'b', 'two')
  expect(readKept('local', 'b')).toBe('two')
})
