import { useState } from 'react'
import { Button, Switch } from '@mantine/core'
import { useSearchParams } from 'react-router'
import { Icon } from '../../ui/icons.tsx'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { Section } from '../../ui/panels/section.tsx'
import { spanOf } from './curve.ts'
import { Equity } from './equity.tsx'
import { FiguresTable, Meanings } from './figures-table.tsx'
import classes from './page.module.css'
import { Picker } from './picker.tsx'
import { alignmentOf, FEWEST, idsOf, MOST, onlyDifferences, withRuns, withWord } from './search.ts'
import { SettingsTable } from './settings-table.tsx'
import { caveatsOf, comparableOf, settingsOf, type SettingGroup } from './settings.ts'
import { useRuns, type Compared, type Found } from './use-runs.ts'

const isFound = (one: Compared): one is Found => one.run !== null && one.run !== undefined

/** What could not be shown of what was asked for. */
function Missing({ runs, onRemove }: { readonly runs: readonly Compared[]; readonly onRemove: (id: string) => void }) {
  return runs.flatMap(({ id, letter, run, fault }) => {
    const told =
      fault ??
      (run === null
        ? {
            sentence: `There is no simulation ${letter}.`,
            advice: 'It may have been deleted.',
            details: `Its id: ${id}`,
          }
        : null)
    if (told === null) return []
    return (
      <div key={id} className={classes.missing}>
        <ErrorPanel fault={told} />
        <Button variant="default" onClick={() => onRemove(id)}>
          Take {letter} out
        </Button>
      </div>
    )
  })
}

/** The settings, or those alone that differ. */
function Settings(props: {
  readonly runs: readonly Found[]
  readonly different: boolean
  readonly onToggle: (different: boolean) => void
  readonly onRemove: (id: string) => void
}) {
  const { runs, different, onToggle, onRemove } = props
  const all = settingsOf(
    runs.map(({ run }) => run),
    runs[0]?.simulatorSchema,
  )
  const count = all.flatMap(({ settings }) => settings).filter(({ differs }) => differs).length
  const shown: readonly SettingGroup[] = different
    ? all
        .map(({ title, settings }) => ({ title, settings: settings.filter(({ differs }) => differs) }))
        .filter(({ settings }) => settings.length > 0)
    : all
  return (
    <Section
      title="Settings"
      aside={count === 0 ? 'all the same' : count === 1 ? '1 differs' : `${count} differ`}
      actions={
        <Switch
          size="xs"
          label="Only what differs"
          checked={different}
          onChange={(event) => onToggle(event.currentTarget.checked)}
        />
      }
    >
      {shown.length === 0 ? (
        <p className={classes.note}>These simulations ran with the same settings.</p>
      ) : (
        <SettingsTable runs={runs} groups={shown} onRemove={onRemove} />
      )}
    </Section>
  )
}

/** Two to six runs side by side; which, and how they are shown, is in the address. */
export function Page() {
  const [search, setSearch] = useSearchParams()
  const [picking, setPicking] = useState(false)
  const ids = idsOf(search)
  const runs = useRuns(ids)
  const found = runs.filter(isFound)
  const compared = found.map(({ run }) => run)
  const spans = found.map(({ curve }) => (curve === null ? null : spanOf(curve)))
  const remove = (id: string): void =>
    setSearch(
      withRuns(
        search,
        ids.filter((one) => one !== id),
      ),
    )
  const choose = (
    <Button
      leftSection={<Icon name={ids.length === 0 ? 'compare' : 'new'} size={14} />}
      onClick={() => setPicking(true)}
    >
      Choose simulations
    </Button>
  )
  const loading = ids.length > 0 && runs.every(({ run, fault }) => run === undefined && fault === null)
  return (
    <>
      <PageHeader
        title="Compare"
        aside={ids.length === 0 ? undefined : `${ids.length} of at most ${MOST}`}
        actions={ids.length === 0 ? undefined : choose}
      />
      <Picker
        opened={picking}
        chosen={ids}
        onChoose={(chosen) => {
          setPicking(false)
          setSearch(withRuns(search, chosen))
        }}
        onClose={() => setPicking(false)}
      />
      {ids.length === 0 ? (
        <EmptyState icon="compare" title="Nothing to compare yet" actions={choose}>
          Choose from {FEWEST} to {MOST} simulations, running or ended. Their settings, figures and equity are shown
          side by side.
        </EmptyState>
      ) : null}
      {loading ? <RowSkeletons rows={10} label="Loading the simulations" /> : null}
      <Missing runs={runs} onRemove={remove} />
      {found.length === 0 ? null : (
        <>
          {ids.length < FEWEST ? (
            <p className={classes.note}>This is one simulation alone; choose another to hold it against.</p>
          ) : null}
          {caveatsOf(compared, spans).map((caveat) => (
            <p key={caveat} className={classes.caveat}>
              <Icon name="warning" size={14} /> {caveat}
            </p>
          ))}
          <Equity
            runs={found}
            by={alignmentOf(search)}
            onAlign={(by) => setSearch(withWord(search, 'by', by === 'clock' ? by : null))}
          />
          <Section title="Metrics">
            <FiguresTable
              runs={runs.filter(({ run }) => run !== null)}
              comparable={comparableOf(compared, spans)}
              onRemove={remove}
            />
            <Meanings />
          </Section>
          <Settings
            runs={found}
            different={onlyDifferences(search)}
            onToggle={(different) => setSearch(withWord(search, 'settings', different ? 'different' : null))}
            onRemove={remove}
          />
        </>
      )}
    </>
  )
}
