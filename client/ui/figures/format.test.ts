import { expect, it } from 'vitest'
import { toCsv, toJson } from '../table/export.tsx'
import {
  digitsOf,
  formatAverage,
  formatFixed,
  formatSize,
  formatBytes,
  formatDuration,
  formatExact,
  formatLength,
  formatMoment,
  formatNumber,
  formatMoney,
  formatPercent,
  formatSignedMoney,
  formatTime,
  formatTimeWhole,
  zoneName,
} from './format.ts'

it.each([
  ['1234567.895', '1,234,567.90'],
  ['-0.001', '−0.001'],
  ['0', '0.00'],
  ['0.000000000000000001', '0.000000000000000001'],
  ['0.00001234567', '0.0000123'],
  ['0.0099999', '0.01'],
  ['-12.3', '−12.30'],
  ['90071992547409.93', '90,071,992,547,409.93'],
])('writes the money %s as %s', (value, shown) => {
  expect(formatMoney(value)).toBe(shown)
})

it.each([
  ['12.3', '+12.30'],
  ['-4', '−4.00'],
  ['0.001', '+0.001'],
  ['-0.0000812', '−0.0000812'],
  ['0.000', '0.00'],
])('gives the gain %s its sign: %s', (value, shown) => {
  expect(formatSignedMoney(value)).toBe(shown)
})

it.each([
  [0.0123, '+1.23 %'],
  [-0.5, '−50.00 %'],
  [0.00001, '0.00 %'],
])('writes the share %f as %s', (value, shown) => {
  expect(formatPercent(value, { signed: true })).toBe(shown)
})

it('writes a setting with all its digits, so that no two that differ look the same', () => {
  expect([100_000, 0.1, 1e-9, -0.25, 0.1 + 0.2].map(formatNumber)).toEqual([
    '100,000',
    '0.1',
    '0.000000001',
    '−0.25',
    '0.30000000000000004',
  ])
})

it('takes what binary fractions leave over for nothing', () => {
  expect(formatSignedMoney(100_000.1 - 100_000 - 0.1)).toBe('0.00')
  expect(formatSignedMoney(0.00012)).toBe('+0.00012')
})

it('writes prices of a fraction of a cent and sizes of hundreds of millions so that they can be read', () => {
  expect(formatExact('0.00000812')).toBe('0.00000812')
  expect(formatExact('400000000')).toBe('400,000,000')
  expect(formatSize('400000000')).toBe('400,000,000')
  expect(formatExact('0.000000000000000001')).toBe('0.000000000000000001')
  expect(digitsOf(['0.00000812', '0.000000008125'])).toBe(12)
  expect(formatFixed('0.000000008125', 12)).toBe('0.000000008125')
})

it('writes the first digits of a price that was reckoned, and all of one that was not', () => {
  expect(['77553.338601234567890123', '77545.45', '0.000008123456789012', '0.00000812'].map(formatAverage)).toEqual([
    '77,553.3386',
    '77,545.45',
    '0.000008123456789',
    '0.00000812',
  ])
})

it('keeps every digit of a size', () => {
  expect(formatExact('0.00000001')).toBe('0.00000001')
})

it.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [125, '2 m 05 s'],
  [7_260, '2 h 01 m'],
  [90_000, '1 d 01 h'],
])('writes %f seconds as %s', (seconds, shown) => {
  expect(formatDuration(seconds)).toBe(shown)
})

it.each([
  [2.2266, '2.2 s'],
  [59.94, '59.9 s'],
  [59.97, '1 m 00 s'],
  [125, '2 m 05 s'],
])('writes %f measured seconds as %s', (seconds, shown) => {
  expect(formatLength(seconds)).toBe(shown)
})

it.each([
  [[0, 0.5, 1, 1.5], 0.5, ['0.0 s', '0.5 s', '1.0 s', '1.5 s']],
  [[0.25, 60.25], 0.05, ['0.25 s', '1 m 00.25 s']],
  [[0, 30, 90, 3_605], 5, ['0 s', '30 s', '1 m 30 s', '1 h 00 m 05 s']],
  [[0, 60, 3_660], 60, ['0 m', '1 m', '1 h 01 m']],
  [[31.57, 600], 31.57, ['32 s', '10 m 00 s']],
  [[86_400, 172_800], 86_400, ['1 d', '2 d']],
])('writes the moments %j, %f s apart, so that each can be told from the next', (moments, step, shown) => {
  expect(moments.map((moment) => formatMoment(moment, step))).toEqual(shown)
})

it('shows a day only where it is not today, and a year only where it is another', () => {
  const now = Date.parse('2026-11-25T20:00:00Z')
  expect(formatTime('2026-11-25T18:02:03.120Z', 'utc', now)).toBe('18:02:03')
  expect(formatTime('2026-11-24T18:02:03.120Z', 'utc', now)).toBe('24 Nov, 18:02')
  expect(formatTime('2025-11-24T18:02:03.120Z', 'utc', now)).toBe('24 Nov 2025, 18:02')
  expect(formatTimeWhole('2026-11-24T18:02:03.120Z', 'utc')).toBe('24 Nov 2026, 18:02:03.120 UTC')
  expect(zoneName('utc', now)).toBe('UTC')
})

it.each([
  ['999', '999 B'],
  ['1500', '1.5 kB'],
  ['256000000', '256 MB'],
])('writes %s bytes as %s', (bytes, shown) => {
  expect(formatBytes(bytes)).toBe(shown)
})

it('exports what was given: quoted, exact, and no formula of a spreadsheet', () => {
  const columns = [
    { name: 'price', value: ({ price }: { price: string }) => price },
    { name: 'note', value: ({ note }: { note: string | null }) => note },
  ]
  const rows = [
    { price: '-0.00000001', note: 'said "buy", twice' },
    { price: '2', note: '=HYPERLINK("x")' },
    { price: '3', note: null },
  ]

  expect(toCsv(rows, columns)).toBe(
    'price,note\r\n-0.00000001,"said ""buy"", twice"\r\n2,"\'=HYPERLINK(""x"")"\r\n3,\r\n',
  )
  expect(JSON.parse(toJson(rows, columns))[2]).toEqual({ price: '3', note: null })
})

it('keeps prices and sizes that move in line', () => {
  const prices = ['77339', '77339.05', '77340.5']
  expect(prices.map((price) => formatFixed(price, digitsOf(prices)))).toEqual(['77,339.00', '77,339.05', '77,340.50'])
  expect(digitsOf(['7'])).toBe(2)
  expect(['0.01230001', '0.00000001', '0', '12345.678'].map(formatSize)).toEqual([
    '0.0123',
    '< 0.0001',
    '0.0000',
    '12,345.7',
  ])
})
