import { cleanup, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { renderPage, type Answer } from '../../tests/fake-api.tsx'
import { Page } from './page.tsx'

const integer = (title: string, fallback: number, more: object = {}) => ({
  type: 'integer',
  minimum: 2,
  maximum: 1000,
  default: fallback,
  title,
  description: `${title}, explained.`,
  ...more,
})

const RSI = {
  __typename: 'Algorithm',
  id: 'rsi',
  name: 'rsi',
  title: 'Relative strength index',
  description: 'Buys oversold products.',
  parametersSchema: {
    type: 'object',
    properties: { RSI_PERIOD: integer('Period', 14, { unit: 'prices' }), RSI_OVERSOLD: integer('Oversold', 30) },
  },
}
const IMBALANCE = {
  __typename: 'Algorithm',
  id: 'obi',
  name: 'obi',
  title: 'Order-book imbalance',
  description: 'Follows the heavier side.',
  parametersSchema: { type: 'object', properties: { LOOKBACK: integer('Look-back', 5) } },
}
const SIMULATOR = {
  type: 'object',
  properties: {
    MIN_CONFIDENCE: { type: 'number', minimum: 0, maximum: 1, default: 0.3, title: 'Least confidence' },
    ENABLE_SHORTING: { type: 'boolean', default: true, title: 'Shorting' },
    STOP_LOSS_PCT: { type: 'number', minimum: 0, maximum: 1, default: 0, title: 'Stop loss', group: 'Stops' },
    MAKER_FEE_PCT: { type: 'number', minimum: 0, maximum: 0.1, title: 'Maker fee', group: 'Fees' },
  },
}
const source = (name: string, products: readonly string[]) => ({
  __typename: 'MarketSource',
  name,
  description: `The source ${name}.`,
  products,
  available: true,
})

const launcher = (kind: string, message: string | null = null) => ({
  __typename: 'EngineLauncher',
  kind,
  available: message === null,
  message,
})

const listed = (...nodes: readonly object[]) => ({
  __typename: 'QueryConfigurationsConnection',
  pageInfo: { __typename: 'PageInfo', hasNextPage: false },
  edges: nodes.map((node) => ({ __typename: 'QueryConfigurationsConnectionEdge', node })),
})
const CALM = { __typename: 'Configuration', id: 'c1', name: 'calm', version: 2, algorithm: 'obi' }
const contents = { algorithm: 'obi', simulatorParameters: { MIN_CONFIDENCE: 0.5 }, tags: ['night'], notes: null }
const version = (number: number) => ({
  __typename: 'ConfigurationVersion',
  version: number,
  savedAt: '2026-11-25T18:00:00.000000Z',
  savedBy: 'Ann',
})
const PRESET = {
  ...CALM,
  ...contents,
  algorithmParameters: { LOOKBACK: 9 },
  versions: {
    __typename: 'ConfigurationVersionsConnection',
    pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
    edges: [2, 1].map((number) => ({
      __typename: 'ConfigurationVersionsConnectionEdge',
      cursor: String(number),
      node: version(number),
    })),
  },
}

const RUN = {
  __typename: 'Simulation',
  id: 'r1',
  mode: 'REPLAY',
  algorithm: RSI,
  algorithmParameters: { RSI_PERIOD: 21, RSI_OVERSOLD: 30, OLD: 1 },
  simulatorParameters: { MIN_CONFIDENCE: 0.3, ENABLE_SHORTING: false },
  source: { __typename: 'MarketSource', name: 'tape:sample' },
  products: ['ETH-USD'],
  durationSeconds: 60,
  speed: 10,
  seed: '1',
  launcher: 'PROCESS',
  tradingSwitches: null,
  createdAt: '2026-11-25T18:00:00.000000Z',
}

const payload = (field: string, type: string, more: object) => ({
  __typename: 'Mutation',
  [field]: { __typename: type, ...more },
})
const error = (path: readonly string[], message: string, code: string) => ({
  __typename: 'InputError',
  path,
  message,
  code,
})
const started = (userErrors: readonly object[] = []) =>
  payload('startSimulation', 'StartSimulationPayload', {
    simulation: userErrors.length > 0 ? null : { __typename: 'Simulation', id: 'new', status: 'STARTING' },
    userErrors,
  })

/** An API that has what a form needs; what is not named here is answered by `others`. */
function api(others: Answer = () => new Error('not played')): Answer {
  const known: Readonly<Record<string, unknown>> = {
    NewSimulationForm: { __typename: 'Query', algorithms: [RSI, IMBALANCE], simulatorParametersSchema: SIMULATOR },
    Sources: {
      __typename: 'Query',
      sources: [source('sandbox', ['BTC-USD', 'ETH-USD']), source('tape:sample', ['ETH-USD'])],
    },
    Launchers: { __typename: 'Query', launchers: [launcher('PROCESS'), launcher('DOCKER', 'Docker does not answer.')] },
    Presets: { __typename: 'Query', configurations: listed(CALM) },
    RunToRepeat: { __typename: 'Query', simulation: RUN },
  }
  return (name, variables) => known[name] ?? others(name, variables)
}

const show = (answer: Answer, search = '') => renderPage(Page, answer, { at: `/new${search}`, path: '/new' })
const field = (name: RegExp) => screen.findByRole('textbox', { name })
const mutation = () => screen.getByLabelText('Mutation').textContent

async function type(name: RegExp, text: string): Promise<void> {
  const input = await field(name)
  await userEvent.clear(input)
  if (text !== '') await userEvent.type(input, text)
}

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
})

it('shows where the form will be while it loads', () => {
  show(() => new Promise(() => undefined))

  expect(screen.getByRole('status', { name: 'Loading the form' })).toBeDefined()
})

it('says so where there is no algorithm', async () => {
  show((name, variables) =>
    name === 'NewSimulationForm'
      ? { __typename: 'Query', algorithms: [], simulatorParametersSchema: SIMULATOR }
      : api()(name, variables),
  )

  expect(await screen.findByText('This server has no algorithm')).toBeDefined()
})

it('says in a sentence that the server cannot be reached, and asks again when told to', async () => {
  let away = true
  show((name, variables) => (away ? new TypeError('Failed to fetch') : api()(name, variables)))
  const panel = await screen.findByRole('alert')
  expect(panel.textContent).toContain('The server cannot be reached.')
  away = false

  await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }))

  expect(await field(/^Period/)).toBeDefined()
})

it('makes a field of each parameter, with its unit, what it is, its range and its default', async () => {
  show(api())

  const period = (await field(/^Period/)) as HTMLInputElement
  expect(period.value).toBe('14')
  const text = period.closest('div[class*="field"]')!.textContent
  for (const part of ['Period', 'prices', 'Period, explained.', '2 to 1,000', 'default 14'])
    expect(text).toContain(part)
  expect(screen.getByText('Buys oversold products.')).toBeDefined()
  expect(screen.getByRole('checkbox', { name: /^Shorting/ })).toBeDefined()
})

it('shows every fault of the schema at once, beside its field, and starts nothing', async () => {
  const asked: string[] = []
  show(api((name) => asked.push(name)))
  await type(/^Period/, '1')
  await type(/^Oversold/, '')
  await type(/^Least confidence/, '2')

  expect((await field(/^Period/)).getAttribute('aria-invalid')).toBe('true')
  expect(screen.getAllByText('Give a whole number: 2 to 1,000.')).toHaveLength(2)
  expect(screen.getByText('Give a number: 0 to 1.')).toBeDefined()
  expect(screen.getByText('3 things are not right yet:')).toBeDefined()

  await userEvent.click(screen.getByRole('button', { name: 'Start simulation' }))

  expect(document.activeElement).toBe(await field(/^Period/))
  expect(asked).toEqual([])
})

it.each([
  ['1e2', 100],
  ['1,000', 1_000],
  ['0.1k', 100],
])('takes %s as %d, says so beside the field, and writes it out once the field is left', async (typed, value) => {
  show(api())
  await type(/^Period/, typed)

  const period = (await field(/^Period/)) as HTMLInputElement
  expect(period.value).toBe(typed)
  expect(screen.getByText(`Taken as ${value}.`)).toBeDefined()
  expect(mutation()).toContain(`RSI_PERIOD: ${value}`)

  await userEvent.tab()

  expect(period.value).toBe(String(value))
  expect(screen.queryByText(/^Taken as/)).toBeNull()
})

it('refuses in every field a number that may be read in two ways, says what to write, and starts nothing', async () => {
  const asked: string[] = []
  show(api((name) => asked.push(name)))
  await userEvent.click(await screen.findByRole('radio', { name: 'Replay' }))
  for (const name of [/^Period/, /^Least confidence/, /^Duration/, /^Speed/]) await type(name, '1,5')
  expect(screen.getAllByText('This can be read in two ways: write 1.5 or 15.')).toHaveLength(4)
  await userEvent.click(screen.getByRole('radio', { name: 'Live' }))
  await type(/^Seed/, '12.345.678')
  expect(screen.getByText('Write 12345678.')).toBeDefined()

  await userEvent.click(screen.getByRole('button', { name: 'Start simulation' }))

  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('1,5')
  expect(asked).toEqual([])
})

it("shows the server's faults beside the fields that their paths name, until those are changed", async () => {
  const faults = [
    error(['input', 'algorithmParameters', 'RSI_OVERSOLD'], 'It must be under the other', 'CONFLICTING_PARAMETERS'),
    error(['input', 'products', '0'], 'This was delisted.', 'UNKNOWN_PRODUCT'),
    error([], 'Too many simulations run.', 'TOO_MANY_SIMULATIONS'),
  ]
  show(api(() => started(faults)))

  await userEvent.click(await screen.findByRole('button', { name: 'Start simulation' }))

  const oversold = await field(/^Oversold/)
  expect(await screen.findByText('It must be under the other.')).toBeDefined()
  expect(document.activeElement).toBe(oversold)
  expect(screen.getByText('This was delisted.')).toBeDefined()
  expect(screen.getByText('Too many simulations run.')).toBeDefined()

  await type(/^Period/, '7')

  expect(screen.queryByText('It must be under the other.')).toBeNull()
  expect(screen.getByText('This was delisted.')).toBeDefined()
})

it('starts with what differs from the defaults, by the keyboard alone, and leads to the run', async () => {
  const inputs: unknown[] = []
  const router = show(
    api((_name, { input }) => {
      inputs.push(input)
      return started()
    }),
  )
  const period = await field(/^Period/)
  period.focus()

  await userEvent.keyboard('{ArrowUp}{Enter}')

  await screen.findByText('another page')
  expect(router.state.location.pathname).toBe('/simulations/new')
  expect(inputs).toEqual([
    {
      algorithm: 'rsi',
      algorithmParameters: { RSI_PERIOD: 15 },
      mode: 'LIVE',
      source: 'sandbox',
      products: ['BTC-USD'],
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    },
  ])
})

it('leaves out a parameter that has no default and that nobody gave, and says that it is wrong where it is', async () => {
  const inputs: { simulatorParameters?: object }[] = []
  show(
    api((_name, { input }) => {
      inputs.push(input as object)
      return started()
    }),
  )
  await type(/^Maker fee/, '2')
  expect(screen.getByText('Give a number: 0 to 0.1.')).toBeDefined()
  await type(/^Maker fee/, '0.0005')
  await type(/^Maker fee/, '')
  expect(screen.queryByRole('button', { name: /^Maker fee: back/ })).toBeNull()

  await userEvent.keyboard('{Enter}')

  await screen.findByText('another page')
  expect(inputs[0]?.simulatorParameters).toBeUndefined()
})

it('folds away what few people change, and says how much of it is changed', async () => {
  show(api())
  const part = (title: RegExp) => screen.getByText(title).closest('details')!
  await field(/^Least confidence/)
  expect([part(/^Stops/).open, part(/^Fees/).open]).toEqual([false, false])

  await type(/^Stop loss/, '0.05')
  expect(part(/^Stops/).textContent).toContain('Stops · 1 changed')
  await type(/^Stop loss/, '7')
  expect(part(/^Stops/).open).toBe(true)
})

it('asks with the same key again where an answer was lost, so that no second run is started', async () => {
  const keys: unknown[] = []
  show(
    api((_name, { input }) => {
      keys.push((input as { idempotencyKey: unknown }).idempotencyKey)
      return keys.length === 1 ? new TypeError('Failed to fetch') : started()
    }),
  )
  await userEvent.click(await screen.findByRole('button', { name: 'Start simulation' }))
  expect((await screen.findByRole('alert')).textContent).toContain('The server cannot be reached.')

  await userEvent.click(screen.getByRole('button', { name: 'Start simulation' }))

  await screen.findByText('another page')
  expect(keys[1]).toBe(keys[0])
})

it('keeps the mutation in step with the form', async () => {
  show(api())
  await type(/^Period/, '7')
  expect(mutation()).toContain('RSI_PERIOD: 7')

  await userEvent.click(screen.getByRole('radio', { name: 'Replay' }))

  expect(mutation()).toContain('mode: REPLAY')
  expect(mutation()).toContain('source: "tape:sample"')
  expect(mutation()).toContain('products: ["ETH-USD"]')
  expect(mutation()).toContain('speed: 1')
})

it('offers the launchers that the server has, and says which one is taken and which cannot be used now', async () => {
  show(api())

  const choice = await screen.findByRole('combobox', { name: 'Engines run as' })
  await screen.findByText('Here: processes.')
  const options = within(choice).getAllByRole<HTMLOptionElement>('option')
  expect(options.map(({ textContent, disabled }) => `${textContent}${disabled ? ', off' : ''}`)).toEqual([
    "The server's own choice",
    'Processes',
    'Docker containers (cannot be used now), off',
  ])
})

it('puts a parameter back to its default', async () => {
  show(api())
  await type(/^Period/, '7')

  await userEvent.click(screen.getByRole('button', { name: 'Period: back to 14' }))

  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('14')
  expect(mutation()).not.toContain('algorithmParameters')
})

it('has the algorithm in the address, and the fields of its parameters', async () => {
  const router = show(api(), '?algorithm=obi')
  expect(await field(/^Look-back/)).toBeDefined()

  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Algorithm' }), 'Relative strength index')

  expect(router.state.location.search).toBe('?algorithm=rsi')
  expect(await field(/^Period/)).toBeDefined()
  expect(screen.queryByRole('textbox', { name: /^Look-back/ })).toBeNull()
})

it('has what was typed again after a reload, and lets go of it when told to', async () => {
  show(api())
  await type(/^Period/, '7')
  cleanup()

  show(api())

  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('7')
  await userEvent.click(screen.getByRole('button', { name: 'Start over' }))
  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('14')
})

it('does not choke on what another program has put into the tab', async () => {
  sessionStorage.setItem('aw-trade-drafts-1', '[["defaults",{"algorithm":7}]]')
  show(api())

  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('14')
})

it('begins with all of a past run where the address names one, and says what is no parameter any more', async () => {
  show(api(), '?from=r1')

  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('21')
  for (const part of [
    'RSI_PERIOD: 21',
    'ENABLE_SHORTING: false',
    'mode: REPLAY',
    'source: "tape:sample"',
    'speed: 10',
    'durationSeconds: 60',
    'launcher: PROCESS',
  ])
    expect(mutation()).toContain(part)
  expect(mutation()).not.toContain('OLD')
  expect(screen.getByText(/^OLD: no parameter/)).toBeDefined()
})

it('says that a run is not there any more, and begins with the defaults', async () => {
  show(
    (name, variables) => (name === 'RunToRepeat' ? { __typename: 'Query', simulation: null } : api()(name, variables)),
    '?from=gone',
  )

  expect((await screen.findByRole('alert')).textContent).toContain('no such simulation any more')
  expect(((await field(/^Period/)) as HTMLInputElement).value).toBe('14')
})

const asPreset = (name: string, asked: unknown): unknown => {
  if (name !== 'Preset') return undefined
  const at = { __typename: 'ConfigurationVersion', version: asked, ...contents, algorithmParameters: { LOOKBACK: 4 } }
  return {
    __typename: 'Query',
    configuration: { ...PRESET, versionAt: asked === 2 ? { ...at, algorithmParameters: { LOOKBACK: 9 } } : at },
  }
}

it('loads a configuration, at any of its versions, and leaves the market as it was', async () => {
  const router = show(api((name, { version: asked }) => asPreset(name, asked)))
  await type(/^Duration/, '90')

  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Run or configuration' }), 'calm')

  expect(((await field(/^Look-back/)) as HTMLInputElement).value).toBe('9')
  expect(router.state.location.search).toBe('?configuration=c1&version=2')
  expect(mutation()).toContain('MIN_CONFIDENCE: 0.5')
  expect(mutation()).toContain('durationSeconds: 90')

  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Version' }), '1')

  expect(router.state.location.search).toBe('?configuration=c1&version=1')
  await screen.findByText(/^The newest is 2\./)
  expect(((await field(/^Look-back/)) as HTMLInputElement).value).toBe('4')
})

it('saves the next version of the configuration that it began with', async () => {
  const inputs: unknown[] = []
  const router = show(
    api((name, { input, version: asked }) => {
      if (name !== 'SaveConfiguration') return asPreset(name, asked)
      inputs.push(input)
      return payload('saveConfiguration', 'SaveConfigurationPayload', {
        configuration: { ...CALM, version: 3 },
        userErrors: [],
      })
    }),
    '?configuration=c1&version=2',
  )
  await type(/^Look-back/, '12')
  await userEvent.click(screen.getByRole('button', { name: 'Save configuration' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog.textContent).toContain('Becomes version 3 of "calm".')
  await userEvent.type(within(dialog).getByRole('textbox', { name: 'Who saves it' }), 'Bea')

  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))

  expect(await screen.findByText('Saved as version 3 of "calm".')).toBeDefined()
  const button = await screen.findByRole('button', { name: 'Save configuration' })
  await vi.waitFor(() => expect(document.activeElement).toBe(button))
  expect(router.state.location.search).toBe('?configuration=c1&version=3')
  expect(inputs).toEqual([
    {
      name: 'calm',
      algorithm: 'obi',
      algorithmParameters: { LOOKBACK: 12 },
      simulatorParameters: { MIN_CONFIDENCE: 0.5 },
      tags: ['night'],
      notes: null,
      savedBy: 'Bea',
      expectedVersion: 2,
    },
  ])
})

it('says that somebody has saved a newer version, keeps what was typed, and saves on top of it only when asked again', async () => {
  const expected: unknown[] = []
  const stale = error(
    ['input', 'expectedVersion'],
    '"calm" is at version 5, not 2. Look at what changed.',
    'STALE_VERSION',
  )
  const refused = (name: string, { input, version: asked }: Readonly<Record<string, unknown>>) => {
    if (name === 'Presets') return { __typename: 'Query', configurations: listed({ ...CALM, version: 5 }) }
    if (name !== 'SaveConfiguration') return asPreset(name, asked) ?? api()(name, {})
    expected.push((input as { expectedVersion: unknown }).expectedVersion)
    const configuration = expected.length === 1 ? null : { ...CALM, version: 6 }
    const userErrors = expected.length === 1 ? [stale] : []
    return payload('saveConfiguration', 'SaveConfigurationPayload', { configuration, userErrors })
  }
  show(refused, '?configuration=c1&version=2')
  await type(/^Look-back/, '12')
  await userEvent.click(screen.getByRole('button', { name: 'Save configuration' }))
  const dialog = await screen.findByRole('dialog')

  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))

  const alert = await within(dialog).findByRole('alert')
  expect(alert.textContent).toContain('"calm" is at version 5, not 2.')
  const link = within(alert).getByRole('link', { name: 'What changed from version 2 to 5' })
  expect(link.getAttribute('href')).toBe('/configurations?configuration=c1&version=5&against=2')
  expect(dialog.textContent).toContain('Becomes version 6 of "calm".')

  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))

  expect(await screen.findByText('Saved as version 6 of "calm".')).toBeDefined()
  expect(expected).toEqual([2, 5])
})

it("shows the server's faults about a name beside it", async () => {
  const fault = error(['input', 'name'], 'The name must have from 1 to 100 characters.', 'INVALID_CONFIGURATION')
  show(
    api(() => payload('saveConfiguration', 'SaveConfigurationPayload', { configuration: null, userErrors: [fault] })),
  )
  await userEvent.click(await screen.findByRole('button', { name: 'Save configuration' }))
  const dialog = await screen.findByRole('dialog')

  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))

  expect(await within(dialog).findByText('The name must have from 1 to 100 characters.')).toBeDefined()
  expect(within(dialog).getByRole('textbox', { name: 'Name' }).getAttribute('aria-invalid')).toBe('true')
})
