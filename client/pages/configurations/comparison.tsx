import { Checkbox, NativeSelect } from '@mantine/core'
import { sentenceOf } from '../../graphql/fault.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { countOf, differencesOf, type Difference, type DifferenceGroup } from './differences.ts'
import { ComparedQuery, type Catalogue } from './documents.ts'
import classes from './page.module.css'

interface ComparisonProps {
  readonly id: string
  readonly version: number
  /** 0: nothing. */
  readonly against: number
  /** Whether lines that are the same are left out. */
  readonly only: boolean
  /** Those that can be chosen, newest first. */
  readonly versions: readonly number[]
  readonly catalogue: Catalogue | null
  readonly onChange: (words: Readonly<Record<string, string | null>>) => void
}

function Line({ line, two }: { readonly line: Difference; readonly two: boolean }) {
  const { title, unit, shown, against, changed } = line
  return (
    <tr className={changed ? classes.changed : ''}>
      <th scope="row">
        {title}
        {unit === null ? null : <span className={classes.muted}> {unit}</span>}
      </th>
      <td>{shown}</td>
      {two ? (
        <>
          <td>{against}</td>
          <td className={classes.mark}>{changed ? 'changed' : ''}</td>
        </>
      ) : null}
    </tr>
  )
}

function Lines(props: {
  readonly groups: readonly DifferenceGroup[]
  readonly version: number
  /** null: nothing is compared. */
  readonly against: number | null
}) {
  const { groups, version, against } = props
  const two = against !== null
  return (
    <div className={classes.scroller} tabIndex={0} role="region" aria-label="Parameters of the version">
      <table className={classes.lines}>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Version {version}</th>
            {two ? (
              <>
                <th scope="col">Version {against}</th>
                <th scope="col">
                  <span className="unseen">Whether it changed</span>
                </th>
              </>
            ) : null}
          </tr>
        </thead>
        {groups
          .filter(({ rows }) => rows.length > 0)
          .map(({ title, rows }) => (
            <tbody key={title}>
              <tr className={classes.group}>
                <th scope="rowgroup" colSpan={two ? 4 : 2}>
                  {title}
                </th>
              </tr>
              {rows.map((line) => (
                <Line key={line.key} line={line} two={two} />
              ))}
            </tbody>
          ))}
      </table>
    </div>
  )
}

/** What a version holds, and what is another in a second one. */
export function Comparison({ id, version, against, only, versions, catalogue, onChange }: ComparisonProps) {
  const [{ data: answer, error, fetching, stale }, ask] = useLastingQuery({
    query: ComparedQuery,
    variables: { id, version, against },
  })
  const answered = answer?.configuration?.shown?.version === version
  // Until the server has answered, what is there may be of other versions, or what the cache can make of a part.
  const data = !answered && (fetching || stale || error !== undefined) ? undefined : answer
  const shown = data?.configuration?.shown ?? null
  const found = data?.configuration?.against ?? null
  const other = found?.version === against ? found : null
  const groups = shown === null ? [] : differencesOf(shown, other, catalogue)
  const count = countOf(groups)
  const drawn =
    only && other !== null
      ? groups.map(({ title, rows }) => ({ title, rows: rows.filter(({ changed }) => changed) }))
      : groups
  // One that the list has not loaded can still be named by the address.
  const all = [...new Set([...versions, version, ...(other === null ? [] : [against])])].sort((a, b) => b - a)
  const choices = all.map((one) => ({ value: String(one), label: `Version ${one}` }))
  return (
    <section aria-label="Comparison">
      <div className={classes.compare}>
        <NativeSelect
          aria-label="Version shown"
          size="xs"
          value={String(version)}
          data={choices}
          onChange={(event) => onChange({ version: event.currentTarget.value })}
        />
        against
        <NativeSelect
          aria-label="Version to compare with"
          size="xs"
          value={other === null ? '' : String(against)}
          data={[...(other === null ? [{ value: '', label: 'none' }] : []), ...choices]}
          onChange={(event) => onChange({ version: String(version), against: event.currentTarget.value })}
        />
        {other === null ? null : (
          <>
            <span role="status" className={classes.muted}>
              {count === 0 ? 'Nothing differs.' : count === 1 ? '1 line differs.' : `${count} lines differ.`}
            </span>
            <Checkbox
              label="Only what differs"
              checked={only}
              onChange={(event) => onChange({ only: event.currentTarget.checked ? '1' : null })}
            />
          </>
        )}
      </div>
      {error !== undefined && data === undefined ? (
        <ErrorPanel fault={sentenceOf(error)} retry={() => ask({ requestPolicy: 'network-only' })} />
      ) : null}
      {data === undefined && error === undefined ? <RowSkeletons rows={6} label="Loading the version" /> : null}
      {data !== undefined && shown === null ? <p role="alert">There is no version {version}.</p> : null}
      {shown === null ? null : <Lines groups={drawn} version={version} against={other === null ? null : against} />}
    </section>
  )
}
