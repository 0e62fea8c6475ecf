import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { renderPage, type Answer } from '../../tests/fake-api.tsx'
import { Page } from './page.tsx'

const configuration = (id: string, name: string, more: object = {}) => ({
  __typename: 'Configuration',
  id,
  name,
  version: 2,
  algorithm: 'rsi',
  tags: ['night'],
  notes: 'For quiet hours.',
  savedBy: 'Ann',
  updatedAt: '2026-11-25T18:00:00.000000Z',
  ...more,
})
const list = (nodes: readonly object[], hasNextPage = false, end = 'end') => ({
  __typename: 'Query',
  configurations: {
    __typename: 'QueryConfigurationsConnection',
    pageInfo: { __typename: 'PageInfo', hasNextPage, endCursor: hasNextPage ? end : null },
    edges: nodes.map((node) => ({ __typename: 'QueryConfigurationsConnectionEdge', node })),
  },
})
const CATALOGUE = {
  __typename: 'Query',
  algorithms: [
    {
      __typename: 'Algorithm',
      id: 'rsi',
      name: 'rsi',
      title: 'Relative strength index',
      parametersSchema: { properties: { RSI_PERIOD: { type: 'integer', title: 'Period', unit: 'prices' } } },
    },
  ],
  simulatorParametersSchema: { properties: { INITIAL_CAPITAL: { type: 'number', title: 'Initial capital' } } },
}
const whole = (version: number) => ({
  __typename: 'ConfigurationVersion',
  version,
  algorithm: 'rsi',
  algorithmParameters: { RSI_PERIOD: version === 2 ? 21 : 14 },
  simulatorParameters: { INITIAL_CAPITAL: 100_000 },
  tags: ['night'],
  notes: null,
})
const detail = (id: string) => ({
  __typename: 'Query',
  configuration: {
    __typename: 'Configuration',
    id,
    name: 'calm',
    version: 2,
    createdAt: '2026-11-24T18:00:00.000000Z',
    versions: {
      __typename: 'ConfigurationVersionsConnection',
      pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
      edges: [2, 1].map((version) => ({
        __typename: 'ConfigurationVersionsConnectionEdge',
        cursor: String(version),
        node: {
          __typename: 'ConfigurationVersion',
          version,
          algorithm: 'rsi',
          tags: ['night'],
          notes: version === 1 ? 'The first.' : null,
          savedAt: '2026-11-25T18:00:00.000000Z',
          savedBy: version === 1 ? 'Ann' : 'Bea',
        },
      })),
    },
  },
})

/** An API with one configuration; what is not named here is answered by `others`. */
function api(others: Answer = () => new Error('not played')): Answer {
  return (name, variables) => {
    if (name === 'ConfigurationCatalogue') return CATALOGUE
    if (name === 'Configurations') return list([configuration('c1', 'calm')])
    if (name === 'Configuration') return detail('c1')
    if (name !== 'ComparedVersions') return others(name, variables)
    const sides = { shown: variables['version'], against: variables['against'] }
    const at = (version: unknown) => (version === 1 || version === 2 ? whole(version) : null)
    return {
      __typename: 'Query',
      configuration: { __typename: 'Configuration', id: 'c1', shown: at(sides.shown), against: at(sides.against) },
    }
  }
}

const show = (answer: Answer, search = '') =>
  renderPage(Page, answer, { at: `/configurations${search}`, path: '/configurations' })

it('shows where rows will be while they load', () => {
  show(() => new Promise(() => undefined))

  expect(screen.getByRole('status', { name: 'Loading configurations' })).toBeDefined()
})

it('says what a configuration is where there is none', async () => {
  show((name, variables) => (name === 'Configurations' ? list([]) : api()(name, variables)))

  expect(await screen.findByText('No configuration yet')).toBeDefined()
  expect(screen.queryByRole('search')).toBeNull()
})

it('says in a sentence that the server cannot be reached, and asks again when told to', async () => {
  let away = true
  show((name, variables) => (away ? new TypeError('Failed to fetch') : api()(name, variables)))
  const panel = await screen.findByRole('alert')
  expect(panel.textContent).toContain('The server cannot be reached.')
  away = false

  await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

  expect(await screen.findByRole('grid')).toBeDefined()
})

it('shows name, version, algorithm, tags, notes, who and when, and opens one by the keyboard', async () => {
  const router = show(api())
  await screen.findByText('Relative strength index', { selector: '[role="gridcell"]' })
  const [, row] = screen.getAllByRole('row')
  for (const part of ['calm', '2', 'Relative strength index', 'night', 'For quiet hours.', 'Ann'])
    expect(row!.textContent).toContain(part)
  row!.focus()

  await userEvent.keyboard('{Enter}')

  expect(router.state.location.search).toBe('?configuration=c1')
  expect(await screen.findByRole('heading', { name: 'calm' })).toBeDefined()
})

it('looks for an algorithm and a tag, and keeps both in the address', async () => {
  const asked = vi.fn()
  const router = show((name, variables) => {
    if (name === 'Configurations') asked(variables)
    return api()(name, variables)
  })
  await screen.findByRole('option', { name: 'Relative strength index' })

  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Algorithm' }), 'Relative strength index')
  await userEvent.type(screen.getByRole('textbox', { name: 'Tag' }), 'night{Enter}')

  expect(router.state.location.search).toBe('?algorithm=rsi&tag=night')
  await vi.waitFor(() =>
    expect(asked).toHaveBeenLastCalledWith({ first: 25, after: null, algorithm: 'rsi', tag: 'night' }),
  )
})

it('goes on to the next pages, and back page by page', async () => {
  const router = show((name, variables) =>
    name === 'Configurations'
      ? list([configuration('c1', 'calm')], variables['after'] !== 'last', variables['after'] === null ? 'end' : 'last')
      : api()(name, variables),
  )
  const next = () => screen.findByRole('button', { name: 'Next page' })
  const before = () => screen.findByRole('button', { name: 'Page before' })

  await userEvent.click(await next())
  expect(router.state.location.search).toBe('?after=end')
  await vi.waitFor(async () => expect(((await next()) as HTMLButtonElement).disabled).toBe(false))
  await userEvent.click(await next())
  expect(router.state.location.search).toBe('?after=end&after=last')
  await screen.findByText('Page 3')

  await userEvent.click(await before())
  expect(router.state.location.search).toBe('?after=end')
  await userEvent.click(await before())
  expect(router.state.location.search).toBe('')
  expect(((await before()) as HTMLButtonElement).disabled).toBe(true)
})

it('does not say of a later page that is empty by now that there is no configuration', async () => {
  show((name, variables) => (name === 'Configurations' ? list([]) : api()(name, variables)), '?after=end')

  expect(await screen.findByText('Nothing on this page')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Page before' })).toBeDefined()
})

it('marks what differs between the newest version and the one before', async () => {
  show(api(), '?configuration=c1')

  const line = await screen.findByRole('row', { name: /^Period/ })
  expect(
    within(line)
      .getAllByRole('cell')
      .map((cell) => cell.textContent),
  ).toEqual(['21', '14', 'changed'])
  const same = screen.getByRole('row', { name: /^Initial capital/ })
  expect(
    within(same)
      .getAllByRole('cell')
      .map((cell) => cell.textContent),
  ).toEqual(['100,000', '100,000', ''])
  expect(screen.getByText('1 line differs.')).toBeDefined()
  for (const part of ['Ann', 'Bea', 'The first.']) expect(screen.getByText(part)).toBeDefined()
  const use = screen.getByRole('link', { name: 'Use version 2' })
  expect(use.getAttribute('href')).toBe('/new?configuration=c1&version=2')
})

it('shows the versions that the address names, and only what differs where it says so', async () => {
  const router = show(api(), '?configuration=c1&version=1&against=2')
  const line = await screen.findByRole('row', { name: /^Period/ })
  expect(line.textContent).toContain('1421')

  await userEvent.click(screen.getByRole('checkbox', { name: 'Only what differs' }))

  expect(router.state.location.search).toBe('?configuration=c1&version=1&against=2&only=1')
  expect(screen.queryByRole('row', { name: /^Initial capital/ })).toBeNull()

  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Version to compare with' }), 'Version 1')

  expect(await screen.findByText('Nothing differs.')).toBeDefined()
})

it('says that a configuration or a version is not there any more', async () => {
  show(
    (name, variables) =>
      name === 'Configuration' ? { __typename: 'Query', configuration: null } : api()(name, variables),
    '?configuration=gone',
  )
  expect(await screen.findByText('There is no such configuration')).toBeDefined()

  show(api(), '?configuration=c1&version=9')
  expect(await screen.findByText('There is no version 9.')).toBeDefined()
})

it('deletes a configuration only once that is confirmed, and goes back to the list', async () => {
  const deleted: unknown[] = []
  const router = show(
    api((_name, { id }) => {
      deleted.push(id)
      return {
        __typename: 'Mutation',
        deleteConfiguration: { __typename: 'DeleteConfigurationPayload', deletedId: id, userErrors: [] },
      }
    }),
    '?tag=night&configuration=c1',
  )
  await userEvent.click(await screen.findByRole('button', { name: 'Delete' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog.textContent).toContain('All 2 versions go for good.')
  expect(deleted).toEqual([])

  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }))

  await vi.waitFor(() => expect(router.state.location.search).toBe('?tag=night'))
  expect(deleted).toEqual(['c1'])
})

it('exports a configuration as a file, as the server wrote it', async () => {
  const written = { format: 'aw-trade/configuration', name: 'calm' }
  const texts: Blob[] = []
  const create = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    texts.push(blob as Blob)
    return 'blob:x'
  })
  show(
    api(() => ({
      __typename: 'Query',
      configuration: { __typename: 'Configuration', id: 'c1', export: written },
    })),
    '?configuration=c1',
  )

  await userEvent.click(await screen.findByRole('button', { name: 'Export' }))

  await vi.waitFor(() => expect(texts).toHaveLength(1))
  expect(JSON.parse(await texts[0]!.text())).toEqual(written)
  create.mockRestore()
})

const file = (text: string): File => new File([text], 'calm.json', { type: 'application/json' })

async function importing(answer: Answer, given: File, name = '') {
  const router = show(api(answer))
  await userEvent.click(await screen.findByRole('button', { name: 'Import' }))
  const dialog = await screen.findByRole('dialog')
  await userEvent.upload(within(dialog).getByLabelText('File'), given)
  if (name !== '') await userEvent.type(within(dialog).getByRole('textbox', { name: 'Name' }), name)
  await userEvent.click(within(dialog).getByRole('button', { name: 'Import' }))
  return { dialog, router }
}
const imported = (more: object) => ({
  __typename: 'Mutation',
  importConfiguration: { __typename: 'ImportConfigurationPayload', configuration: null, userErrors: [], ...more },
})

it('imports a file under another name, and leads to what it made', async () => {
  const inputs: unknown[] = []
  const { router } = await importing(
    (_name, { input }) => {
      inputs.push(input)
      return imported({ configuration: { __typename: 'Configuration', id: 'c1', name: 'brisk', version: 2 } })
    },
    file('{"format":"x"}'),
    'brisk',
  )

  await vi.waitFor(() => expect(router.state.location.search).toBe('?configuration=c1'))
  expect(inputs).toEqual([{ document: { format: 'x' }, name: 'brisk' }])
})

it('shows each fault of a document with its place, and a name that is taken beside the name', async () => {
  const error = (path: readonly string[], message: string) => ({
    __typename: 'InputError',
    path,
    message,
    code: 'INVALID_CONFIGURATION',
  })
  const { dialog } = await importing(
    () =>
      imported({
        userErrors: [
          error(['input', 'name'], 'There is a configuration "calm" already.'),
          error(
            ['input', 'document', 'versions', '0', 'algorithmParameters', 'RSI_PERIOD'],
            'RSI_PERIOD must be a number',
          ),
        ],
      }),
    file('{}'),
  )

  const alert = await within(dialog).findByRole('alert')
  expect(alert.textContent).toContain('versions.0.algorithmParameters.RSI_PERIOD RSI_PERIOD must be a number')
  expect(within(dialog).getByText('There is a configuration "calm" already.')).toBeDefined()
})

it('says that a file is no JSON, without asking the server', async () => {
  const asked = vi.fn()
  const { dialog } = await importing(asked, file('no json'))

  expect(await within(dialog).findByText(/is not JSON/)).toBeDefined()
  expect(asked).not.toHaveBeenCalled()
})
