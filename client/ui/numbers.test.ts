import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryOfText, fieldText, readNumber, stepped, takenAs, wholeIn } from './numbers.ts'

describe('a number that a person types', () => {
  it.each([
    ['50000', 50_000],
    ['50,000', 50_000],
    ['50 000', 50_000],
    ['50\u00a0000', 50_000],
    ['50\u202f000', 50_000],
    ["50'000", 50_000],
    ['50_000', 50_000],
    ['1,234,567.25', 1_234_567.25],
    ['1e5', 100_000],
    ['1.5E-3', 0.0015],
    ['10k', 10_000],
    ['1.5 K', 1_500],
    ['0.1k', 100],
    [' 7 ', 7],
    ['.5', 0.5],
    ['5.', 5],
    ['-3', -3],
    ['−3', -3],
    ['+3', 3],
    ['-0', 0],
    ['007', 7],
    ['1.234', 1.234],
    ['0.250', 0.25],
  ])('%s is %d', (typed, value) => {
    expect(readNumber(typed)).toEqual({ value, fault: null })
  })

  it.each([
    ['1,5', 'This can be read in two ways: write 1.5 or 15.'],
    ['0,234', 'This can be read in two ways: write 0.234 or 234.'],
    ['50.000', 'This can be read in two ways: write 50 or 50000.'],
    ['1.250', 'This can be read in two ways: write 1.25 or 1250.'],
    ['50,00', 'This can be read in two ways: write 50 or 5000.'],
    ['1.234,5', 'Write 1234.5.'],
    ['1 234,50', 'Write 1234.5.'],
    ['1.234.567', 'Write 1234567.'],
    ['1,00,000', 'Write 100000.'],
    ['5 0000', 'Write 50000.'],
    ['50,', 'Write 50.'],
    ['5m', 'Write the number out, without "m".'],
    ['50,000 USD', 'Write the number out, without "USD".'],
    ['5%', 'Write the number out, without "%".'],
    ['1e', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['0x10', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['1e5k', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['Infinity', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['1,5k', 'Give a number, e.g. 50000, 0.5 or 1e5.'],
    ['1e999', 'This is more than can be kept.'],
    ['9007199254740993', 'This has more digits than are kept: write 9007199254740992.'],
  ])('%s is refused: %s', (typed, fault) => {
    expect(readNumber(typed)).toEqual({ value: null, fault })
  })

  it('is whatever number there is, in every writing that the pages show', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const same = value === 0 ? 0 : value
        expect(entryOfText(fieldText(same))).toBe(same)
      }),
    )
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('en', 'fr', 'de-CH'), (value, locale) => {
        expect(readNumber(value.toLocaleString(locale)).value).toBe(value)
      }),
    )
  })

  it('is never silently another one: what is taken has every digit that was typed, and no comma but of thousands', () => {
    const typed = fc.string({ unit: fc.constantFrom(..."0123456789.,,.  '_ek-+"), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(typed, (text) => {
        const { value, fault } = readNumber(text)
        if (value === null) {
          expect(fault).toMatch(/\.$/)
          return
        }
        expect(text.replace(/,\d{3}(?!\d)/g, '')).not.toContain(',')
        const plain = text
          .trim()
          .replace(/[ ,'_]/g, '')
          .replace(/k$/, 'e3')
        expect(value).toBe(Number(plain) === 0 ? 0 : Number(plain))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is read back to who typed it where it stood there otherwise', () => {
    expect(['50,000', '1e5', '10k'].map(takenAs)).toEqual(['Taken as 50000.', 'Taken as 100000.', 'Taken as 10000.'])
    expect(takenAs('1.234')).toBe('Taken as 1.234, a point being the decimal sign.')
    expect(['50000', '0.5', '1,5', ''].map(takenAs)).toEqual([null, null, null, null])
  })
})

it('steps without the dust of binary fractions, and stays within its bounds', () => {
  expect([stepped(0.1, 0.2, null, null), stepped(0.3, -0.1, 0, 1), stepped(1e-7, 1e-7, null, null)]).toEqual([
    0.3, 0.2, 2e-7,
  ])
  expect([stepped(1, 1, null, 1), stepped(0, -1, 0, null), stepped(1e21, 1, null, null)]).toEqual([1, 0, 1e21])
})

it('takes of an address only a whole number in digits', () => {
  expect(['3', '1e1', '2.0', '0', '-1', ' 5', '0x10', '', null].map(wholeIn)).toEqual([3, ...Array(8).fill(null)])
})
