import { MultiSelect, NativeSelect, SegmentedControl } from '@mantine/core'
import { formatMoment } from '../../../ui/figures/format.ts'
import { MODES } from '../../../ui/figures/modes.ts'
import { Section } from '../../../ui/panels/section.tsx'
import type { Launcher, LauncherOption, Mode, Source } from '../documents.ts'
import { fits, inMode, MOST_PRODUCTS, onSource, SANDBOX, type Market } from '../draft/draft.ts'
import type { Faults } from '../draft/faults.ts'
import { fieldId, NumberField } from './field.tsx'
import classes from '../page.module.css'

const WHAT: Readonly<Record<Mode, string>> = {
  LIVE: 'Runs now, on a feed.',
  REPLAY: 'A tape through the real engines, at a pace of your choice.',
  BACKTEST: 'A tape through the same code, as fast as it goes.',
}

const LAUNCHERS: Readonly<Record<Launcher, string>> = {
  PROCESS: 'Processes',
  DOCKER: 'Docker containers',
  SWARM: 'Docker Swarm services',
}

/** How many products the list shows at once; typing narrows it down. */
const SHOWN_PRODUCTS = 50

interface MarketSectionProps {
  readonly market: Market
  /** null: not known yet. */
  readonly sources: readonly Source[] | null
  /** null: not known yet. */
  readonly launchers: readonly LauncherOption[] | null
  readonly faults: Faults
  /** @param place what was changed */
  readonly onChange: (market: Market, place: string) => void
}

function SourceField({ market, sources, faults, onChange }: MarketSectionProps) {
  const fitting = (sources ?? []).filter(({ name }) => fits(market.mode, name))
  const current = (sources ?? []).find(({ name }) => name === market.source)
  const known = fitting.some(({ name }) => name === market.source)
  const tape = market.mode !== 'LIVE'
  const choose = (name: string): void => {
    const source = fitting.find((one) => one.name === name)
    if (source !== undefined) onChange(onSource(market, source), 'source')
  }
  return (
    <NativeSelect
      id={fieldId('source')}
      label={tape ? 'Tape' : 'Source'}
      description={current?.description ?? (sources === null ? 'The sources are being asked for …' : undefined)}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      size="xs"
      error={faults['source']}
      value={market.source}
      data={[
        // What cannot be chosen any more is still shown as what is chosen.
        ...(known ? [] : [{ value: market.source, label: market.source === '' ? '–' : market.source, disabled: true }]),
        ...fitting.map(({ name, available }) => ({
          value: name,
          label: available ? name : `${name} (cannot be reached)`,
          disabled: !available,
        })),
      ]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}

function ProductsField({ market, sources, faults, onChange }: MarketSectionProps) {
  const offered = sources?.find(({ name }) => name === market.source)?.products ?? []
  const lost = market.products.filter((product) => !offered.includes(product))
  return (
    <MultiSelect
      id={fieldId('products')}
      label="Products"
      description="Type to find one. All are to be quoted in one currency."
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      error={faults['products']}
      searchable
      hidePickedOptions
      selectFirstOptionOnChange
      onKeyDown={(event) => {
        // Enter chooses here; it does not start anything.
        if (event.key === 'Enter') event.preventDefault()
      }}
      limit={SHOWN_PRODUCTS}
      maxValues={MOST_PRODUCTS}
      nothingFoundMessage="This source has no such product"
      data={[...lost, ...offered]}
      value={[...market.products]}
      onChange={(products) => onChange({ ...market, products }, 'products')}
      clearButtonProps={{ 'aria-label': 'Remove all products' }}
    />
  )
}

/** How the engines are launched: what this server has, and of that what can be used now. */
function LauncherField({ market: { launcher, ...market }, launchers, faults, onChange }: MarketSectionProps) {
  const chosen = launchers?.find(({ kind }) => kind === launcher)
  const standard = launchers?.[0]
  const missing = launcher !== null && chosen === undefined
  return (
    <NativeSelect
      id={fieldId('launcher')}
      label="Engines run as"
      description={
        chosen?.message ??
        (missing && launchers !== null
          ? 'This server cannot launch engines like this.'
          : launcher === null && standard !== undefined
            ? `Here: ${LAUNCHERS[standard.kind].toLowerCase()}.`
            : undefined)
      }
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      size="xs"
      error={faults['launcher']}
      data={[
        { value: '', label: "The server's own choice" },
        // What cannot be chosen here is still shown as what is chosen, e.g. by a run of another server.
        ...(missing ? [{ value: launcher, label: LAUNCHERS[launcher], disabled: true }] : []),
        ...(launchers ?? []).map(({ kind, available }) => ({
          value: kind,
          label: available ? LAUNCHERS[kind] : `${LAUNCHERS[kind]} (cannot be used now)`,
          disabled: !available,
        })),
      ]}
      value={launcher ?? ''}
      onChange={(event) => {
        const value = event.currentTarget.value as Launcher | ''
        onChange({ ...market, launcher: value === '' ? null : value }, 'launcher')
      }}
    />
  )
}

/** Where, when and how fast. */
export function MarketSection(props: MarketSectionProps) {
  const { market, sources, faults, onChange } = props
  const { mode, speed, durationSeconds, seed } = market
  const change = (field: 'speed' | 'durationSeconds' | 'seed') => (value: number | string) =>
    onChange({ ...market, [field]: value }, field)
  return (
    <Section framed title="Market">
      <div className={classes.mode}>
        <SegmentedControl
          size="xs"
          aria-label="Mode"
          data={Object.entries(MODES).map(([value, label]) => ({ value, label }))}
          value={mode}
          onChange={(next) => onChange(inMode(market, next as Mode, sources ?? []), 'mode')}
        />
        <span className={classes.muted}>{WHAT[mode]}</span>
      </div>
      <div className={classes.fields}>
        <SourceField {...props} />
        <ProductsField {...props} />
        <NumberField
          place="durationSeconds"
          label={
            <>
              Duration<span className={classes.unit}> s</span>
            </>
          }
          description={
            typeof durationSeconds === 'number' && durationSeconds > 0
              ? `${formatMoment(durationSeconds, 1)} of market time.`
              : `Empty: ${mode === 'LIVE' ? 'until it is stopped' : 'to the end of the tape'}.`
          }
          placeholder={mode === 'LIVE' ? 'until stopped' : 'whole tape'}
          value={durationSeconds}
          step={60}
          least={1}
          error={faults['durationSeconds']}
          onChange={change('durationSeconds')}
        />
        {mode === 'REPLAY' ? (
          <NumberField
            place="speed"
            label={
              <>
                Speed<span className={classes.unit}> × the recorded pace</span>
              </>
            }
            description="1 plays the tape as it was recorded."
            value={speed}
            least={0}
            error={faults['speed']}
            onChange={change('speed')}
          />
        ) : null}
        {market.source === SANDBOX ? (
          <NumberField
            place="seed"
            label="Seed"
            description="Which market is generated. The same seed gives the same one; empty: the server's own."
            placeholder="the server's"
            value={seed}
            least={0}
            error={faults['seed']}
            onChange={change('seed')}
          />
        ) : null}
        <LauncherField {...props} />
      </div>
    </Section>
  )
}
