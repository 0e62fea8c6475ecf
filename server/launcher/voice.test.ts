import { expect, it } from 'vitest'
import type { EngineLine } from './port.ts'
import { EngineVoice } from './voice.ts'

function told(text: string): EngineLine[] {
  const lines: EngineLine[] = []
  const voice = new EngineVoice()
  voice.onLine((line) => lines.push(line))
  voice.read(text)
  return lines
}

it('tells what a line of an engine’s log says beside its message', () => {
  const line = {
    level: 40,
    time: 1,
    name: 'simulator',
    count: 3,
    product: 'SHIB-USD',
    of: ['a'],
    msg: 'messages are lost',
  }
  expect(told(JSON.stringify(line))).toEqual([
    { level: 'warn', message: 'messages are lost (count 3, product SHIB-USD, of ["a"])' },
  ])
})

it('tells an error by its stack, and a bare text as it is', () => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' }
  expect(told(JSON.stringify({ level: 50, name: 'simulator', err, msg: 'stopped' }))).toEqual([
    { level: 'error', message: 'stopped: Error: no\n    at here' },
  ])
  expect(told('FATAL ERROR: heap')).toEqual([{ level: 'error', message: 'FATAL ERROR: heap' }])
  const long = { ...err, stack: `Error: ${'o'.repeat(5_000)}` }
  expect(told(JSON.stringify({ level: 50, err: long, msg: 'stopped' }))[0]?.message).toMatch(
    /^stopped: Error: o{3984}$/,
  )
  expect(told('  ')).toEqual([])
})
