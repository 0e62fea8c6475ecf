import { NativeSelect } from '@mantine/core'
import { Link } from 'react-router'
import { useQuery } from 'urql'
import { formatTime } from '../../../ui/figures/format.ts'
import { useMinute } from '../../../ui/clock.ts'
import { useZone } from '../../../ui/preferences.ts'
import { Section } from '../../../ui/panels/section.tsx'
import type { Base } from '../draft/base.ts'
import { PresetsQuery } from '../documents.ts'
import classes from '../page.module.css'

interface PresetsProps {
  readonly base: Pick<Base, 'run' | 'preset'>
  /** null: the defaults. */
  readonly onChoose: (preset: { readonly id: string; readonly version: number } | null) => void
}

/** What the form begins with: the defaults, a past run, or a version of a configuration. */
export function Presets({ base: { run, preset }, onChoose }: PresetsProps) {
  const [{ data }] = useQuery({ query: PresetsQuery, requestPolicy: 'cache-and-network' })
  const [zone] = useZone()
  const now = useMinute()
  const listed = data?.configurations.edges.map(({ node }) => node) ?? []
  const chosen = preset?.configuration
  const all = chosen === undefined || listed.some(({ id }) => id === chosen.id) ? listed : [chosen, ...listed]
  const begins = run === null ? (chosen?.id ?? '') : 'run'
  const choose = (id: string): void => {
    const found = all.find((one) => one.id === id)
    onChoose(found === undefined ? null : { id, version: found.version })
  }
  const versions = chosen?.versions.edges.map(({ node }) => node) ?? []
  const older = preset !== null && !versions.some(({ version }) => version === preset.version)
  const fromRun =
    run === null ? [] : [{ value: 'run', label: `${run.algorithm.title}, ${formatTime(run.createdAt, zone, now)}` }]
  return (
    <Section framed title="Begin with">
      <div className={classes.fields}>
        <NativeSelect
          label="Run or configuration"
          size="xs"
          value={begins}
          data={[
            { value: '', label: 'The defaults' },
            ...(fromRun.length === 0 ? [] : [{ group: 'Past run', items: fromRun }]),
            ...(all.length === 0
              ? []
              : [{ group: 'Configurations', items: all.map(({ id, name }) => ({ value: id, label: name })) }]),
          ]}
          onChange={(event) => choose(event.currentTarget.value)}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          description={
            data?.configurations.pageInfo.hasNextPage === true
              ? 'The newest 100 are listed; the page of configurations leads here from all.'
              : 'Sets the algorithm and all parameters. The market below stays.'
          }
        />
        {preset === null || chosen === undefined ? null : (
          <NativeSelect
            label="Version"
            size="xs"
            value={String(preset.version)}
            data={[
              ...versions.map(({ version, savedAt, savedBy }) => ({
                value: String(version),
                label: `${version}, ${formatTime(savedAt, zone, now)}${savedBy === null ? '' : `, ${savedBy}`}`,
              })),
              ...(older ? [{ value: String(preset.version), label: String(preset.version) }] : []),
            ]}
            onChange={(event) => onChoose({ id: chosen.id, version: Number(event.currentTarget.value) })}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            description={
              <>
                {preset.version === chosen.version ? 'The newest. ' : `The newest is ${chosen.version}. `}
                <Link to={`/configurations?${String(new URLSearchParams({ configuration: chosen.id }))}`}>
                  Versions and notes
                </Link>
              </>
            }
          />
        )}
      </div>
    </Section>
  )
}
