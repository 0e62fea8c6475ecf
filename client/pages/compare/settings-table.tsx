import { NONE } from '../../ui/figures/format.ts'
import { Matrix, MatrixRow } from './matrix.tsx'
import classes from './matrix.module.css'
import type { SettingGroup } from './settings.ts'
import type { Found } from './use-runs.ts'

interface SettingsTableProps {
  readonly runs: readonly Found[]
  readonly groups: readonly SettingGroup[]
  readonly onRemove: (id: string) => void
}

/** What the runs ran with, side by side; a row with differences says so by a sign and its ground. */
export function SettingsTable({ runs, groups, onRemove }: SettingsTableProps) {
  return (
    <Matrix label="Settings" runs={runs} heads="letters" onRemove={onRemove}>
      {groups.map(({ title, settings }) => (
        <tbody key={title}>
          <tr className={classes.group}>
            <th scope="rowgroup" colSpan={runs.length + 1}>
              {title}
            </th>
          </tr>
          {settings.map(({ key, title: name, values, differs }) => (
            <MatrixRow
              key={key}
              marked={differs}
              title={
                <>
                  {differs ? (
                    <>
                      <b aria-hidden="true">≠ </b>
                      <span className="unseen">differs: </span>
                    </>
                  ) : null}
                  {name}
                  {name.startsWith(key) || !/^[A-Z_0-9]+$/.test(key) ? null : (
                    <code className={classes.key}>{key}</code>
                  )}
                </>
              }
            >
              {runs.map(({ id }, place) => (
                <td key={id}>{values[place] ?? <span className={classes.why}>{NONE} not a setting of it</span>}</td>
              ))}
            </MatrixRow>
          ))}
        </tbody>
      ))}
    </Matrix>
  )
}
