import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

/** Bytes cut at some places. */
function* cut(bytes: Buffer, places: readonly number[]): Generator<Buffer> {
  let from = 0
  for (const place of [...places].sort((one, other) => one - other)) {
    const end = Math.min(place, bytes.length)
    if (end < from) continue
    yield bytes.subarray(from, end)
    from = end
  }
  yield bytes.subarray(from)
}

describe('a splitter of lines', () => {
  it('gives the same lines however the bytes are cut, also within a character', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '))
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(400)), (lines, places) => {
        const splitter = new LineSplitter()
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join('') + 'the rest')
        expect([...cut(bytes, places)].flatMap((part) => splitter.push(part))).toEqual(lines)
        expect(splitter.rest()).toBe('the rest')
      }),
    )
  })

  it('does not cut at characters that only other readers take for the end of a line', () => {
    expect(new LineSplitter().push(Buffer.from('a\u2028b\u2029c\rd\n'))).toEqual(['a\u2028b\u2029c\rd'])
  })

  it('leaves out a line that does not end within 16 MiB, and goes on with the next', () => {
    const splitter = new LineSplitter()
    const much = Buffer.alloc(1024 * 1024, 'x')
    for (let megabytes = 0; megabytes < 17; megabytes++) expect(splitter.push(much)).toEqual([])
    expect(splitter.push(Buffer.from('\nnext\n'))).toEqual(['next'])
  })
})
