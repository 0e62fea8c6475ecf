import { describe, expect, it } from 'vitest'
import type { ConfigurationHistory, ParameterCheck } from '../context.ts'
import { readDocument, writeDocument } from './document.ts'

/** Knows one algorithm with one parameter, which it fills in. */
const check: ParameterCheck = {
  algorithm(name, given, path) {
    if (name !== 'rsi')
      return { ok: false, faults: [{ code: 'UNKNOWN_ALGORITHM', path, message: `There is no algorithm "${name}".` }] }
    const value = { RSI_PERIOD: 14, ...(given as object) }
    if (typeof value.RSI_PERIOD === 'number') return { ok: true, value }
    return { ok: false, faults: [{ code: 'INVALID_PARAMETER', path: [...path, 'RSI_PERIOD'], message: 'no number' }] }
  },
  simulator: (given) => ({ ok: true, value: given as Record<string, unknown> }),
}

const history: ConfigurationHistory = {
  name: 'mine',
  createdAt: new Date('2026-09-01T00:00:00.000Z'),
  versions: [3, 4].map((version) => ({
    version,
    algorithm: 'rsi',
    algorithmParameters: { RSI_PERIOD: version, A: 1 },
    simulatorParameters: {},
    tags: ['fast'],
    notes: null,
    savedBy: 'Ada',
    savedAt: new Date(`2026-09-0${version}T07:44:10.104Z`),
  })),
}
const written = (): { versions: Record<string, unknown>[] } & Record<string, unknown> =>
  JSON.parse(JSON.stringify(writeDocument(history))) as { versions: Record<string, unknown>[] }

/** The codes and paths of what is wrong with a document. */
function faultsOf(document: unknown): readonly string[] {
  const read = readDocument(document, ['document'], check)
  return read.ok ? [] : read.faults.map((fault) => `${fault.code} ${fault.path.join('.')}`)
}

it('has this form, which others may rely on', () => {
  expect(writeDocument(history)).toEqual({
    format: 'aw-trade/configuration',
    formatVersion: 1,
    name: 'mine',
    createdAt: '2026-09-01T00:00:00.000Z',
    versions: [
      expect.anything(),
      {
        version: 4,
        savedAt: '2026-09-04T07:44:10.104Z',
        savedBy: 'Ada',
        algorithm: 'rsi',
        algorithmParameters: { A: 1, RSI_PERIOD: 4 },
        simulatorParameters: {},
        tags: ['fast'],
        notes: null,
      },
    ],
  })
})

it('is read as what was written', () => {
  expect(readDocument(written(), [], check)).toEqual({ ok: true, value: history })
})

it('may leave out what has a default', () => {
  const { format, formatVersion } = written()
  const document = {
    format,
    formatVersion,
    name: ' short ',
    versions: [{ version: 1, algorithm: 'rsi', savedAt: '2026-09-02T00:00:00Z' }],
  }
  expect(readDocument(document, [], check)).toMatchObject({
    ok: true,
    value: {
      name: 'short',
      createdAt: new Date('2026-09-02T00:00:00Z'),
      versions: [{ algorithmParameters: { RSI_PERIOD: 14 }, simulatorParameters: {}, tags: [], savedBy: null }],
    },
  })
})

describe('a document that cannot be used is refused', () => {
  it.each<[what: string, spoil: (document: ReturnType<typeof written>) => unknown, faults: readonly string[]]>([
    ['that is none', () => 'text', ['INVALID_CONFIGURATION document']],
    ['that is a list', () => [], ['INVALID_CONFIGURATION document']],
    ['of another format', (document) => ({ ...document, format: 'x' }), ['INVALID_CONFIGURATION document.format']],
    [
      'of a later version of the format',
      (document) => ({ ...document, formatVersion: 2 }),
      ['INVALID_CONFIGURATION document.formatVersion'],
    ],
    ['without versions', (document) => ({ ...document, versions: [] }), ['INVALID_CONFIGURATION document.versions']],
    ['with something unknown in it', (document) => ({ ...document, more: 1 }), ['INVALID_CONFIGURATION document.more']],
    [
      'with a hole in its versions',
      (document) => ({ ...document, versions: [document.versions[0], { ...document.versions[1], version: 5 }] }),
      ['INVALID_CONFIGURATION document.versions.1.version'],
    ],
    [
      'with a version that is nothing',
      (document) => ({ ...document, versions: [document.versions[0], null] }),
      ['INVALID_CONFIGURATION document.versions.1'],
    ],
    [
      'with an algorithm that is not there',
      (document) => ({ ...document, versions: [{ ...document.versions[0], algorithm: 'gone' }] }),
      ['UNKNOWN_ALGORITHM document.versions.0.algorithmParameters'],
    ],
    [
      'with a name that nobody can read as it stands',
      (document) => ({ ...document, name: 'safe\u202etxt.exe' }),
      ['INVALID_CONFIGURATION document.name'],
    ],
    [
      'with a tag, and somebody who saved it, that nobody can read as they stand',
      (document) => ({ ...document, versions: [{ ...document.versions[0], tags: ['a\u001b[31m'], savedBy: 'x\ny' }] }),
      ['INVALID_CONFIGURATION document.versions.0.tags', 'INVALID_CONFIGURATION document.versions.0.savedBy'],
    ],
    [
      'with a time that is none',
      (document) => ({ ...document, versions: [{ ...document.versions[0], savedAt: 'yesterday' }] }),
      ['INVALID_CONFIGURATION document.versions.0.savedAt'],
    ],
  ])('%s', (_what, spoil, faults) => {
    expect(faultsOf(spoil(written()))).toEqual(faults)
  })

  it('with every fault at once', () => {
    const [first] = written().versions
    const bad = { ...first, algorithmParameters: { RSI_PERIOD: 'x' }, tags: [' '] }
    expect(faultsOf({ ...written(), name: ' ', versions: [bad, bad] })).toEqual([
      'INVALID_CONFIGURATION document.name',
      'INVALID_CONFIGURATION document.versions.0.tags',
      'INVALID_PARAMETER document.versions.0.algorithmParameters.RSI_PERIOD',
      'INVALID_CONFIGURATION document.versions.1.version',
      'INVALID_CONFIGURATION document.versions.1.tags',
      'INVALID_PARAMETER document.versions.1.algorithmParameters.RSI_PERIOD',
    ])
    expect(faultsOf({ ...written(), versions: Array.from({ length: 1_001 }, () => first) })).toEqual([
      'INVALID_CONFIGURATION document.versions',
    ])
  })
})
